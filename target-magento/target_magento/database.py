"""The PostgreSQL connection, the tables' making, and what Sage reported."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
from outbox.exact_json import loads
from outbox.exceptions import OutboxUnreachableError
from psycopg import sql
from psycopg.types.json import set_json_loads

from target_magento.exceptions import AlreadyRunningError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal

    from psycopg.abc import Params

    Statement = str | sql.SQL | sql.Composed

_SCHEMA_LOCK = 7_268_200
"""The outbox takes the same lock: both make schema ``sync``."""
_PUBLISH_LOCK = 7_268_202


@dataclass(frozen=True)
class Level:
    """One item in one warehouse, as ``stock_levels`` reports it, in stock units."""

    warehouse_item_id: int
    item_code: str
    warehouse_name: str
    for_sale: bool
    free: Decimal
    allocated_to_web: Decimal
    unallocated_web_demand: Decimal
    read_at: datetime


@dataclass(frozen=True)
class OrderLine:
    """One goods line of a document that bears a customer's number, in selling units."""

    sales_document_line_id: int
    sales_document_id: int
    customer_document_no: str
    item_code: str
    warehouse_name: str | None
    line_quantity: Decimal
    despatched_quantity: Decimal
    read_at: datetime


class Database:
    """One connection. What a run works on lives in its temporary tables and ends with it."""

    def __init__(self, url: str) -> None:
        """Connect and make what is missing.

        Args:
            url: libpq URL of the database that holds schema ``sync``.

        Raises:
            OutboxUnreachableError: The database does not answer or refuses the login.
        """
        try:
            self.connection = psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError as error:
            raise OutboxUnreachableError(str(error)) from error
        set_json_loads(loads, self.connection)
        statements = files("target_magento").joinpath("schema.sql").read_text(encoding="utf-8")
        with self.connection.transaction():
            self.execute("set local client_min_messages = warning")
            # "create … if not exists" collides with itself when two first starts coincide.
            self.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            self.execute(statements)
        self._make_incoming()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def execute(self, query: Statement, params: Params | None = None) -> psycopg.Cursor[Any]:
        """Run one statement."""
        return self.connection.execute(query, params)

    def single(self, query: Statement, params: Params | None = None) -> Any:
        """Return the first column of the only row."""
        row = self.execute(query, params).fetchone()
        return None if row is None else row[0]

    def copy(self, table: sql.Composable, rows: Iterable[Sequence[object]]) -> None:
        """Load rows into a table; ``table`` may name its columns in brackets."""
        statement = sql.SQL("copy {} from stdin").format(table)
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Be the only run that publishes to this database.

        Raises:
            AlreadyRunningError: Another one does.
        """
        if not self.single("select pg_try_advisory_lock(%s)", (_PUBLISH_LOCK,)):
            raise AlreadyRunningError(
                "Another run of target-magento publishes stock from this database; start again "
                "when it has ended."
            )
        try:
            yield
        finally:
            if not self.connection.closed:
                self.execute("select pg_advisory_unlock(%s)", (_PUBLISH_LOCK,))

    def save_levels(self, levels: Iterable[Level]) -> None:
        """Remember levels; the latest read of each wins. All of them or none."""
        with self.connection.transaction():
            self.execute("truncate incoming_level")
            self.copy(
                sql.SQL("incoming_level"),
                (
                    (
                        number,
                        level.warehouse_item_id,
                        level.item_code,
                        level.warehouse_name,
                        level.for_sale,
                        level.free,
                        level.allocated_to_web,
                        level.unallocated_web_demand,
                        level.read_at,
                    )
                    for number, level in enumerate(levels)
                ),
            )
            self.execute(
                """
                insert into sync.stock_level as t
                select distinct on (warehouse_item_id)
                  warehouse_item_id, item_code, warehouse_name, for_sale, free_quantity,
                  allocated_to_web_quantity, unallocated_web_demand_quantity, read_at
                from incoming_level
                order by warehouse_item_id, read_at desc, number desc
                on conflict (warehouse_item_id) do update set
                  item_code = excluded.item_code,
                  warehouse_name = excluded.warehouse_name,
                  for_sale = excluded.for_sale,
                  free_quantity = excluded.free_quantity,
                  allocated_to_web_quantity = excluded.allocated_to_web_quantity,
                  unallocated_web_demand_quantity = excluded.unallocated_web_demand_quantity,
                  read_at = excluded.read_at
                where excluded.read_at >= t.read_at
                  and (
                    t.item_code, t.warehouse_name, t.for_sale, t.free_quantity,
                    t.allocated_to_web_quantity, t.unallocated_web_demand_quantity
                  ) is distinct from (
                    excluded.item_code, excluded.warehouse_name, excluded.for_sale,
                    excluded.free_quantity, excluded.allocated_to_web_quantity,
                    excluded.unallocated_web_demand_quantity
                  )
                """
            )
            self.execute(
                """
                insert into level_of_run as t
                select warehouse_item_id, max(read_at) from incoming_level group by 1
                on conflict (warehouse_item_id) do update
                set read_at = greatest(t.read_at, excluded.read_at)
                """
            )

    def save_order_lines(self, lines: Iterable[OrderLine]) -> None:
        """Remember goods lines; the latest read of each wins. All of them or none."""
        with self.connection.transaction():
            self.execute("truncate incoming_line")
            self.copy(
                sql.SQL("incoming_line"),
                (
                    (
                        number,
                        line.sales_document_line_id,
                        line.sales_document_id,
                        line.customer_document_no,
                        line.item_code,
                        line.warehouse_name,
                        line.line_quantity,
                        line.despatched_quantity,
                        line.read_at,
                    )
                    for number, line in enumerate(lines)
                ),
            )
            self.execute(
                """
                insert into sync.stock_order_line as t
                select distinct on (sales_document_line_id)
                  sales_document_line_id, sales_document_id, customer_document_no, item_code,
                  warehouse_name, line_quantity, despatched_quantity, read_at
                from incoming_line
                order by sales_document_line_id, read_at desc, number desc
                on conflict (sales_document_line_id) do update set
                  sales_document_id = excluded.sales_document_id,
                  customer_document_no = excluded.customer_document_no,
                  item_code = excluded.item_code,
                  warehouse_name = excluded.warehouse_name,
                  line_quantity = excluded.line_quantity,
                  despatched_quantity = excluded.despatched_quantity,
                  read_at = excluded.read_at
                where excluded.read_at >= t.read_at
                  and (
                    t.sales_document_id, t.customer_document_no, t.item_code, t.warehouse_name,
                    t.line_quantity, t.despatched_quantity
                  ) is distinct from (
                    excluded.sales_document_id, excluded.customer_document_no,
                    excluded.item_code, excluded.warehouse_name, excluded.line_quantity,
                    excluded.despatched_quantity
                  )
                """
            )

    def _make_incoming(self) -> None:
        self.execute(
            """
            create temp table incoming_level as
            select 0::bigint as number, * from sync.stock_level with no data
            """
        )
        self.execute(
            """
            create temp table incoming_line as
            select 0::bigint as number, * from sync.stock_order_line with no data
            """
        )
        self.execute(
            "create temp table level_of_run"
            " (warehouse_item_id bigint primary key, read_at timestamptz not null)"
        )
