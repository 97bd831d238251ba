"""What a run came to, read from the warehouse and told in plain words."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

MOST_IMPORTANT = 5
WIDTH = 98

_ORDERS = """
select state, cause, currency, count(*) as orders, sum(amount) as gross
from sync.outbox where kind = 'sales_order'
group by state, cause, currency
order by array_position(array['posted', 'ready', 'in_flight', 'in_doubt', 'rejected', 'waiting'],
  state), cause nulls first, currency
"""
_POSTED_NOW = "select count(*) as orders from sync.outbox where posted_at >= %s"
_STOCK = """
select state, count(*) as levels from sync.published_stock group by state order by state
"""
_PUBLISHED_NOW = "select count(*) as levels from sync.published_stock where published_at >= %s"
_TOTALS = """
select state, coalesce(order_currency, sage_currency) as currency, count(*) as orders,
  sum(magento_gross_order_currency) as magento, sum(sage_gross_sage_currency) as sage
from analytics.reconciliation_orders group by 1, 2 order by 1, 2
"""
_EXCEPTIONS = """
select severity, cause, reference, amount_at_stake_gross as amount, currency, owner, remedy, title
from analytics.drift_exceptions
order by severity_rank, amount_at_stake_gross desc nulls last, reference
"""


def report_lines(warehouse_url: str, since: datetime) -> Iterator[str]:
    """Yield the lines of the result.

    Args:
        warehouse_url: libpq URL of the warehouse, after a run of the job ``all``.
        since: When the run began.
    """
    with psycopg.connect(warehouse_url, row_factory=dict_row) as connection:
        yield from _orders(connection.execute(_ORDERS).fetchall())
        posted = connection.execute(_POSTED_NOW, (since,)).fetchall()
        yield f"  Posted to Sage 200 in this run: {posted[0]['orders']}"
        yield from _stock(connection.execute(_STOCK).fetchall())
        published = connection.execute(_PUBLISHED_NOW, (since,)).fetchall()
        yield f"  Published to Magento in this run: {published[0]['levels']}"
        yield from _totals(connection.execute(_TOTALS).fetchall())
        yield from _exceptions(connection.execute(_EXCEPTIONS).fetchall())
    yield from _look_further()


def _orders(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    total = sum(row["orders"] for row in rows)
    yield ""
    yield f"Orders: {total} read from Magento"
    for row in rows:
        cause = f": {row['cause']}" if row["cause"] else ""
        money = _money(row["gross"], row["currency"])
        yield f"  {row['orders']:>4}  {row['state'] + cause:<34} {money:>16}"


def _stock(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield ""
    yield f"Stock: {sum(row['levels'] for row in rows)} levels (SKU and source) looked at"
    for row in rows:
        yield f"  {row['levels']:>4}  {row['state']}"


def _totals(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield ""
    yield "Reconciliation, order by order                Magento gross         Sage gross"
    for row in rows:
        magento = _money(row["magento"], row["currency"])
        sage = _money(row["sage"], row["currency"])
        yield f"  {row['orders']:>4}  {row['state']:<32} {magento:>18} {sage:>18}"


def _exceptions(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield ""
    shown = min(MOST_IMPORTANT, len(rows))
    yield f"Exceptions: {len(rows)} open, the {shown} most important"
    for row in rows[:MOST_IMPORTANT]:
        money = _money(row["amount"], row["currency"])
        yield f"  {row['severity']:<9}{row['reference']:<14}{money:>16}  {row['title']}"
        yield from wrap(
            f"{row['owner']}: {row['remedy']}",
            WIDTH,
            initial_indent=" " * 11,
            subsequent_indent=" " * 11,
        )


def _look_further() -> Iterator[str]:
    yield ""
    yield "Look further:"
    yield '  .venv/bin/sandbox psql -c "select * from drift_exceptions"'
    yield "  .venv/bin/sandbox meltano run orders-to-sage"
    yield "  .venv/bin/sandbox up"
    yield ""


def _money(amount: Any, currency: str | None) -> str:
    return "" if amount is None else f"{amount:,.2f} {currency or ''}".rstrip()
