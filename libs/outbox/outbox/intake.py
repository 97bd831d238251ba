"""Documents and payments as Magento gave them: stored whole, in one transaction a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from outbox.connection import Connected
from outbox.exact_json import clean, digest
from outbox.rows import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbox.rows import PaymentTransaction, SourceDocument


_INTAKE_LOCK = 7_268_201
"""Advisory lock under which numbers are given to documents."""
_RECEIVE = """
    insert into sync.outbox as o (
      kind, source, source_key, source_id, state, cause, source_document, source_hash,
      source_updated_at, group_key
    )
    values (
      %(kind)s, %(source)s, %(source_key)s, %(source_id)s, 'waiting',
      'not_decided_yet', %(body)s, %(hash)s, %(updated_at)s, %(group)s
    )
    on conflict (kind, source, source_key) do update set
      source_document = excluded.source_document,
      source_hash = excluded.source_hash,
      source_id = excluded.source_id,
      source_updated_at = excluded.source_updated_at,
      revision = o.revision + 1,
      needs_decision = o.state in ('waiting', 'ready', 'rejected'),
      amended_at = case when o.state = 'posted' then now() else o.amended_at end,
      updated_at = now()
    where o.source_hash <> excluded.source_hash
      and (
        o.source_updated_at is null
        or excluded.source_updated_at is null
        or excluded.source_updated_at >= o.source_updated_at
      )
"""


class Intake(Connected):
    """The intake of the queue."""

    def receive(self, documents: Sequence[SourceDocument]) -> int:
        """Store documents as Magento gave them; all of them or none.

        A new document waits for a decision. A changed one is decided again as long as nothing
        was sent for it; once it was sent, only Magento's copy is renewed. The same content again,
        and a copy older than the stored one, change nothing.

        Of an ``exclusive`` document whose number another one has, the first stays what it is; the
        second becomes a row of its own.

        Returns:
            How many rows were added or changed.
        """
        if not documents:
            return 0
        with self._connection.transaction(), self._connection.cursor() as cursor:
            rows = [_columns(document) for document in self._each_under_its_own_key(documents)]
            # In one order, so that two runs can't wait for each other.
            rows.sort(key=lambda row: (row["kind"], row["source"], row["source_key"]))
            cursor.executemany(_RECEIVE, rows)
            return cursor.rowcount

    def _each_under_its_own_key(
        self, documents: Sequence[SourceDocument]
    ) -> Sequence[SourceDocument]:
        """Give documents whose number belongs to another document already a key of their own."""
        exclusive = [one.key for one in documents if one.exclusive]
        if not exclusive:
            return documents
        # Else two runs could give one number to two documents.
        self._connection.execute("select pg_advisory_xact_lock(%s)", (_INTAKE_LOCK,))
        rows = self._connection.execute(
            "select kind, source, source_key, source_id from sync.outbox"
            " where kind = any(%s) and source = any(%s) and source_key = any(%s)"
            " and source_id is not null",
            (
                list({key.kind for key in exclusive}),
                list({key.source for key in exclusive}),
                list({key.source_key for key in exclusive}),
            ),
        )
        owners = {
            Key(row["kind"], row["source"], row["source_key"]): row["source_id"] for row in rows
        }
        return [
            _apart(one)
            if one.exclusive and owners.setdefault(one.key, one.source_id) != one.source_id
            else one
            for one in documents
        ]

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
            for payment in sorted(payments, key=lambda one: one.transaction_id)
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
                update sync.outbox set needs_decision = true, revision = revision + 1
                where id in (
                  select id from sync.outbox
                  where source = %s and source_id = any(%s) and state in ('waiting', 'rejected')
                  order by kind, source_key for update
                )
                """,
                (source, [payment.order_id for payment in payments]),
            )
        return changed

    def payments_of(self, source: str, order_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
        """Return the stored payment transactions by Magento order id."""
        found: dict[int, list[dict[str, Any]]] = {}
        rows = self._connection.execute(
            """
            select order_id, txn_type, txn_id, parent_txn_id, is_closed, created_at
            from sync.payment_transaction
            where source = %s and order_id = any(%s)
            order by transaction_id
            """,
            (source, list(order_ids)),
        )
        for row in rows:
            found.setdefault(row["order_id"], []).append(row)
        return found


def _columns(document: SourceDocument) -> dict[str, Any]:
    # What can't be stored is replaced first, so that the hash is that of what reads back.
    body = clean(document.body)
    return {
        "kind": document.key.kind,
        "source": document.key.source,
        "source_key": clean(document.key.source_key),
        "source_id": document.source_id,
        "body": Jsonb(body),
        "hash": digest(body),
        "updated_at": document.updated_at,
        "group": clean(document.group_key),
    }


def _apart(document: SourceDocument) -> SourceDocument:
    key = document.key
    apart = f"{key.source_key}#entity {document.source_id}"
    return replace(document, key=Key(key.kind, key.source, apart))
