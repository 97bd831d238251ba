"""Documents and payments as Magento gave them: stored whole, in one transaction a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from outbox.connection import Connected
from outbox.exact_json import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbox.rows import PaymentTransaction, SourceDocument


class Intake(Connected):
    """The intake of the queue."""

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
                "group": document.group_key,
            }
            for document in documents
        ]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                """
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
