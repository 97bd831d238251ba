"""The outbox's tables: taking documents in, deciding about them, handing them out once only."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from outbox.exact_json import digest, dumps, loads
from outbox.exceptions import OutboxUnreachableError
from outbox.rows import UNDECIDED, Attempt, Decision, Key, Row, SageDocument, SourceDocument, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta

    from typing_extensions import Self

    from outbox.rows import PaymentTransaction

_SCHEMA_LOCK = 7_268_200
"""Advisory lock under which the schema is made, so that two first starts don't collide."""

_ROW_COLUMNS = sql.SQL(
    "id, kind, source, source_key, source_id, state, source_document, document, content_hash,"
    " refused_hash, amount, currency, attempts, cause, detail"
)


class Outbox:
    """The durable queue. One instance is one connection; give each thread its own."""

    def __init__(self, url: str) -> None:
        """Connect.

        Args:
            url: libpq URL of the PostgreSQL database that holds schema ``sync``.

        Raises:
            OutboxUnreachableError: The database does not answer or refuses the login.
        """
        try:
            self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        except psycopg.OperationalError as error:
            raise OutboxUnreachableError(str(error)) from error
        set_json_dumps(dumps, self._connection)
        set_json_loads(loads, self._connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return itself; the connection is closed at the end of the ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def ensure_schema(self) -> None:
        """Make schema ``sync`` and its tables where they are missing."""
        statements = files("outbox").joinpath("schema.sql").read_text(encoding="utf-8")
        with self._connection.transaction():
            self._connection.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            self._connection.execute(cast("Any", statements))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside one all-or-nothing change."""
        with self._connection.transaction():
            yield

    def receive(self, documents: Sequence[SourceDocument]) -> int:
        """Store documents as Magento gave them; all of them or none.

        A new document waits for a decision. A changed one is decided again as long as nothing
        was sent for it; once it was sent, only Magento's copy is renewed. The same content again,
        and a copy older than the stored one, change nothing.

        Returns:
            How many rows were added or changed.
        """
        if not documents:
            return 0
        rows = [
            {
                "kind": document.key.kind,
                "source": document.key.source,
                "source_key": document.key.source_key,
                "source_id": document.source_id,
                "body": Jsonb(document.body),
                "hash": digest(document.body),
                "updated_at": document.updated_at,
            }
            for document in documents
        ]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                """
                insert into sync.outbox as o (
                  kind, source, source_key, source_id, state, cause, source_document, source_hash,
                  source_updated_at
                )
                values (
                  %(kind)s, %(source)s, %(source_key)s, %(source_id)s, 'waiting',
                  'not_decided_yet', %(body)s, %(hash)s, %(updated_at)s
                )
                on conflict (kind, source, source_key) do update set
                  source_document = excluded.source_document,
                  source_hash = excluded.source_hash,
                  source_id = excluded.source_id,
                  source_updated_at = excluded.source_updated_at,
                  needs_decision = o.state in ('waiting', 'ready', 'rejected'),
                  amended_at = case when o.state = 'posted' then now() else o.amended_at end,
                  updated_at = now()
                where o.source_hash <> excluded.source_hash
                  and (
                    o.source_updated_at is null
                    or excluded.source_updated_at is null
                    or excluded.source_updated_at >= o.source_updated_at
                  )
                """,
                rows,
            )
            return cursor.rowcount

    def receive_payments(self, source: str, payments: Sequence[PaymentTransaction]) -> int:
        """Store payment transactions; waiting orders they belong to are decided again.

        Returns:
            How many transactions were new or changed.
        """
        if not payments:
            return 0
        rows = [
            (
                source,
                payment.transaction_id,
                payment.order_id,
                payment.txn_type,
                payment.txn_id,
                payment.parent_txn_id,
                payment.is_closed,
                payment.created_at,
            )
            for payment in payments
        ]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                """
                insert into sync.payment_transaction as p values (%s, %s, %s, %s, %s, %s, %s, %s)
                on conflict (source, transaction_id) do update set
                  order_id = excluded.order_id,
                  txn_type = excluded.txn_type,
                  txn_id = excluded.txn_id,
                  parent_txn_id = excluded.parent_txn_id,
                  is_closed = excluded.is_closed,
                  created_at = excluded.created_at
                where (p.txn_type, p.is_closed) is distinct from
                  (excluded.txn_type, excluded.is_closed)
                """,
                rows,
            )
            changed = cursor.rowcount
            cursor.execute(
                """
                update sync.outbox set needs_decision = true
                where source = %s and source_id = any(%s) and state in ('waiting', 'rejected')
                """,
                (source, [payment.order_id for payment in payments]),
            )
        return changed

    def payments_of(self, source: str, order_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
        """Return the stored payment transactions by Magento order id."""
        found: dict[int, list[dict[str, Any]]] = {}
        rows = self._connection.execute(
            """
            select order_id, txn_type, txn_id, is_closed, created_at
            from sync.payment_transaction
            where source = %s and order_id = any(%s)
            order by transaction_id
            """,
            (source, list(order_ids)),
        )
        for row in rows:
            found.setdefault(row["order_id"], []).append(row)
        return found

    def reopen(self, kind: str, source: str, basis: str, causes: Sequence[str]) -> int:
        """Mark for a new decision what may now be decided otherwise.

        These are: rejected documents (a code may exist in Sage by now), documents that wait for
        one of ``causes`` (time passed), and documents decided under other mappings or settings.

        Args:
            kind: Kind of document.
            source: Name of the Magento installation.
            basis: Digest of the mappings and settings now in force.
            causes: Causes that only need time.

        Returns:
            How many rows were marked.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set needs_decision = true
            where kind = %s and source = %s and not needs_decision
              and state in ('waiting', 'ready', 'rejected')
              and (
                state = 'rejected' or cause = any(%s)
                or decision_basis is distinct from %s
              )
            """,
            (kind, source, list(causes), basis),
        )
        return cursor.rowcount

    def undecided(self, kind: str, source: str, limit: int = 500, after: int = 0) -> list[Row]:
        """Return documents that need a decision, in the order they came in."""
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and needs_decision and id > %s
              and state in ('waiting', 'ready', 'rejected')
            order by id limit %s
            """
        ).format(_ROW_COLUMNS)
        rows = self._connection.execute(query, (kind, source, after, limit))
        return [_row(row) for row in rows]

    def decide(self, row: Row, decision: Decision, basis: str) -> State:
        """Write a decision, if the row is still undecided.

        A document that Sage refused in exactly this form stays rejected, with Sage's words,
        until it, a mapping or a person (``outbox retry``) changes something.

        Returns:
            The state the row has now.
        """
        state, cause, error = decision.state, decision.cause, decision.error
        content = None if decision.document is None else digest(decision.document)
        keep_refusal = state is State.READY and content == row.refused_hash
        result = self._connection.execute(
            """
            update sync.outbox set
              state = case when %(keep)s then 'rejected' else %(state)s end,
              cause = case when %(keep)s then cause else %(cause)s end,
              error = case when %(keep)s then error else %(error)s end,
              detail = %(detail)s,
              amount = %(amount)s,
              currency = %(currency)s,
              document = %(document)s,
              content_hash = %(content)s,
              trimmed = %(trimmed)s,
              due_at = case when content_hash is distinct from %(content)s then now()
                else due_at end,
              attempts = case when content_hash is distinct from %(content)s then 0
                else attempts end,
              needs_decision = source_hash <> %(source_hash)s,
              decision_basis = %(basis)s,
              decided_at = now(),
              updated_at = now()
            where id = %(id)s and state = any(%(undecided)s)
            returning state
            """,
            {
                "id": row.id,
                "keep": keep_refusal,
                "state": state.value,
                "cause": cause,
                "error": error,
                "detail": Jsonb(dict(decision.detail)),
                "amount": decision.amount,
                "currency": decision.currency,
                "document": None if decision.document is None else Jsonb(decision.document),
                "content": content,
                "trimmed": Jsonb(list(decision.trimmed)),
                "source_hash": digest(row.source_document),
                "basis": basis,
                "undecided": [item.value for item in UNDECIDED],
            },
        ).fetchone()
        if result is None:
            return self.state_of(row.key)
        return State(result["state"])

    def due(self, kind: str, source: str) -> list[Row]:
        """Return the ready documents that are due now, without claiming them."""
        query = sql.SQL(
            """
            select {} from sync.outbox
            where kind = %s and source = %s and state = 'ready' and due_at <= now()
              and not needs_decision
            order by id
            """
        ).format(_ROW_COLUMNS)
        return [_row(row) for row in self._connection.execute(query, (kind, source))]

    def claim(self, kind: str, source: str, owner: str, lease: timedelta) -> Row | None:
        """Take one due document for posting or for asking; nobody else gets it meanwhile.

        A ready document becomes ``in_flight``. A document in flight whose lease has ended (its
        worker died) becomes ``in_doubt``. The lease must be longer than a request can live, so
        that nothing is still under way at Sage when it is asked about.

        Returns:
            The row in its new state, or ``None`` when nothing is due.
        """
        query = sql.SQL(
            """
            with next as (
              select id from sync.outbox
              where kind = %(kind)s and source = %(source)s and due_at <= now()
                and (
                  (state = 'ready' and not needs_decision)
                  or (state in ('in_flight', 'in_doubt')
                    and (lease_until is null or lease_until < now()))
                )
              order by state = 'ready', id
              for update skip locked
              limit 1
            )
            update sync.outbox o set
              state = case when state = 'ready' then 'in_flight' else 'in_doubt' end,
              attempts = attempts + 1,
              lease_owner = %(owner)s,
              lease_until = now() + %(lease)s,
              updated_at = now()
            from next where o.id = next.id
            returning {}
            """
        ).format(sql.SQL("o.") + sql.SQL(", o.").join(_column_names()))
        parameters = {"kind": kind, "source": source, "owner": owner, "lease": lease}
        row = self._connection.execute(query, parameters).fetchone()
        return None if row is None else _row(row)

    def start_post(self, row: Row, owner: str, lease: timedelta) -> bool:
        """Turn a document in doubt, of which Sage knows nothing, into one in flight.

        Returns:
            ``False`` when somebody else took it over; then nothing may be sent.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox
            set state = 'in_flight', lease_until = now() + %s, updated_at = now()
            where id = %s and lease_owner = %s and state = 'in_doubt'
            """,
            (lease, row.id, owner),
        )
        return cursor.rowcount == 1

    def posted(
        self, row: Row, sage: SageDocument, *, cause: str | None = None, error: str | None = None
    ) -> bool:
        """Record that Sage 200 has the document.

        Args:
            row: The row.
            sage: What Sage answered.
            cause: Set where the document needs a look although it is posted.
            error: The sentence that goes with ``cause``.

        Returns:
            ``False`` when the row already names another Sage document: Sage has two.
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set
              state = 'posted', cause = %s, error = %s, sage_id = %s, sage_document_no = %s,
              sage_net = %s, sage_tax = %s, sage_gross = %s, posted_at = coalesce(posted_at, now()),
              needs_decision = false, lease_until = null, lease_owner = null, updated_at = now()
            where id = %s and (sage_id is null or sage_id = %s)
            """,
            (
                cause,
                error,
                sage.id,
                sage.document_no,
                sage.net,
                sage.tax,
                sage.gross,
                row.id,
                sage.id,
            ),
        )
        return cursor.rowcount == 1

    def refused(self, row: Row, cause: str, error: str) -> None:
        """Record Sage's refusal; the same document is not sent again by itself."""
        self._release(
            row,
            State.REJECTED,
            sql.SQL("cause = %s, error = %s, refused_hash = content_hash"),
            (cause, error),
        )

    def later(self, row: Row, cause: str, error: str, delay: timedelta) -> None:
        """Put a document back that certainly did not reach Sage; try again after ``delay``."""
        self._release(
            row,
            State.READY,
            sql.SQL("cause = %s, error = %s, due_at = now() + %s"),
            (cause, error, delay),
        )

    def in_doubt(self, row: Row, cause: str, error: str, delay: timedelta) -> None:
        """Record that the document's fate is unknown; ask Sage after ``delay``."""
        self._release(
            row,
            State.IN_DOUBT,
            sql.SQL("cause = %s, error = %s, due_at = now() + %s"),
            (cause, error, delay),
        )

    def _release(self, row: Row, state: State, change: sql.SQL, values: tuple[object, ...]) -> None:
        query = sql.SQL(
            """
            update sync.outbox set
              state = %s, {}, lease_until = null, lease_owner = null, updated_at = now()
            where id = %s and state in ('ready', 'in_flight', 'in_doubt')
            """
        ).format(change)
        self._connection.execute(query, (state.value, *values, row.id))

    def log(self, row: Row, attempt: Attempt) -> None:
        """Add a call to the audit log."""
        self._connection.execute(
            """
            insert into sync.outbox_attempt
              (outbox_id, action, request, response, status_code, outcome, duration_ms)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            (
                row.id,
                attempt.action,
                None if attempt.request is None else Jsonb(attempt.request),
                None if attempt.response is None else Jsonb(attempt.response),
                attempt.status_code,
                attempt.outcome,
                attempt.duration_ms,
            ),
        )

    def state_of(self, key: Key) -> State:
        """Return the state of one document.

        Raises:
            KeyError: It is not in the outbox.
        """
        found = self._connection.execute(
            "select state from sync.outbox where kind = %s and source = %s and source_key = %s",
            (key.kind, key.source, key.source_key),
        ).fetchone()
        if found is None:
            raise KeyError(key)
        return State(found["state"])

    def summary(self, kind: str, source: str) -> Sequence[Mapping[str, Any]]:
        """Count documents and sum their gross by state, cause and currency."""
        return self._connection.execute(
            """
            select state, cause, currency, count(*) as documents, sum(amount) as amount
            from sync.outbox where kind = %s and source = %s
            group by state, cause, currency order by state, cause, currency
            """,
            (kind, source),
        ).fetchall()

    def rows_in(self, state: str) -> list[tuple[Any, ...]]:
        """Return number, amount, currency, cause and message of the documents in one state."""
        rows = self._connection.execute(
            """
            select source_key, amount, currency, cause, error from sync.outbox
            where state = %s order by source_key
            """,
            (state,),
        )
        return [tuple(row.values()) for row in rows]

    def release(self, source_key: str, kind: str = "sales_order") -> int:
        """Let a rejected document be sent again: a person says that the reason is gone.

        Returns:
            How many rows were released (0 where none is rejected).
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set refused_hash = null, needs_decision = true, due_at = now(),
              updated_at = now()
            where kind = %s and source_key = %s and state = 'rejected'
            """,
            (kind, source_key),
        )
        return cursor.rowcount

    def ignore(self, source_key: str, reason: str, who: str, kind: str = "sales_order") -> int:
        """Take a document that was never sent out of the way: a person's decision.

        Returns:
            How many rows were ignored (0 where it is posted, in flight or in doubt).
        """
        cursor = self._connection.execute(
            """
            update sync.outbox set state = 'ignored', cause = 'ignored_by_person', error = %s,
              detail = detail || jsonb_build_object('ignored_by', %s::text),
              needs_decision = false, updated_at = now()
            where kind = %s and source_key = %s and state in ('waiting', 'ready', 'rejected')
            """,
            (reason, who, kind, source_key),
        )
        return cursor.rowcount


def _column_names() -> list[sql.Composable]:
    return [sql.SQL(name.strip()) for name in _ROW_COLUMNS.as_string().split(",")]


def _row(found: Mapping[str, Any]) -> Row:
    return Row(
        id=found["id"],
        key=Key(found["kind"], found["source"], found["source_key"]),
        source_id=found["source_id"],
        state=State(found["state"]),
        source_document=found["source_document"],
        document=found["document"],
        content_hash=found["content_hash"],
        refused_hash=found["refused_hash"],
        amount=found["amount"],
        currency=found["currency"],
        attempts=found["attempts"],
        cause=found["cause"],
        detail=found["detail"],
    )
