"""What a run would send to Sage 200, one sentence a document, and what it comes to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_sage200.mapping.money import pennies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from outbox import Row


def dry_run_lines(kind: str, rows: Iterable[Row]) -> Iterator[str]:
    """Yield a sentence for each document of one kind, and their total by currency.

    Args:
        kind: Kind of document.
        rows: What is due of it.
    """
    name = kind.replace("sales_", "").replace("_", " ")
    count, totals = 0, dict[str, Decimal]()
    for row in rows:
        count += 1
        lines: Sequence[Any] = (row.document or {}).get("lines", ())
        facts = [f"{len(lines)} lines"] if lines else []
        if row.amount is not None and row.currency is not None:
            facts.insert(0, f"{pennies(row.amount)} {row.currency}")
            totals[row.currency] = totals.get(row.currency, Decimal(0)) + row.amount
        yield f"Would post {name} {row.key.source_key}{': ' if facts else ''}{', '.join(facts)}"
    if count:
        money = ", ".join(f"{pennies(total)} {currency}" for currency, total in totals.items())
        yield f"Would post {count} in all of kind {name}{': ' if money else ''}{money}"
