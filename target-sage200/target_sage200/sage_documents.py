"""Documents as Sage 200 shows them, whatever their resource: what identifies and proves one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from outbox.rows import SageDocument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbox import Row
    from sage200_client.client import Sage200Client
    from sage200_client.exchange import Observer
    from sage200_client.outcomes import Done, Outcome


@dataclass(frozen=True)
class FoundDocument:
    """What identifies and proves a document; money in its currency, ``None`` where not told.

    Attributes:
        id: Sage's id.
        document_no: The number people know it by in Sage.
        customer_id: Its account.
        number: Magento's number, as it was sent.
        held: Sage holds it.
        is_draft: Sage keeps it, but nobody can despatch or invoice it yet.
        as_sent: The fields it was read from, for the audit log.
    """

    id: int
    document_no: str
    customer_id: int | None
    number: str
    net: Decimal | None
    tax: Decimal | None
    gross: Decimal | None
    held: bool
    is_draft: bool
    as_sent: Mapping[str, Any]

    @property
    def has_totals(self) -> bool:
        """Whether Sage told net, VAT and gross."""
        return None not in (self.net, self.tax, self.gross)

    def as_document(self) -> SageDocument:
        """What the outbox keeps of it."""
        return SageDocument(self.id, self.document_no, self.net, self.tax, self.gross)


@dataclass(frozen=True)
class NotPossible:
    """Nothing was sent: what Sage has now does not allow it.

    Attributes:
        cause: Code of ``exception_causes.csv``.
        text: The sentence for the person who must act.
    """

    cause: str
    text: str


class Route(Protocol):
    """One resource of Sage's API as a way for documents: how to ask, send, read and finish.

    Nothing in a route decides about the queue, and nothing it calls is repeated by itself.
    """

    @property
    def resource(self) -> str:
        """Name of the resource, and of the route in ``sync.outbox``."""

    @property
    def noun(self) -> str:
        """What such a document is called in sentences: ``order``, ``receipt``."""

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Ask Sage which documents it has under the numbers of these rows.

        Raises:
            Sage200Error: Sage can't be asked.
        """

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """The documents among ``found`` that are this row's."""

    def send(self, client: Sage200Client, row: Row, observe: Observer) -> Outcome | NotPossible:
        """Send the document, once.

        Raises:
            Sage200Error: Sage can't be asked what must be known before; nothing was sent.
        """

    def read(self, row: Row, answer: Done) -> FoundDocument | None:
        """Read Sage's answer; ``None`` where it does not tell the totals.

        Raises:
            KeyError, TypeError, ValueError: The answer has another shape.
        """


@runtime_checkable
class DraftRoute(Route, Protocol):
    """A route whose documents can be drafts first."""

    def finish(
        self, client: Sage200Client, row: Row, document: FoundDocument, observe: Observer
    ) -> Outcome:
        """Make a draft live.

        Raises:
            Sage200Error: Sage can't be asked what the draft holds.
        """

    def discard(self, client: Sage200Client, document: FoundDocument, observe: Observer) -> Outcome:
        """Delete a draft."""


def same_figures(row: Row, document: FoundDocument) -> bool:
    """Whether net, VAT and gross in Sage are the ones the document was mapped to.

    A document without money (an account, a change of address) has none to compare.
    """
    if "gross" not in row.detail:
        return True
    wanted = _wanted(row)
    return (document.net, document.tax, document.gross) == wanted


def sentence_of_difference(row: Row, document: FoundDocument, noun: str = "order") -> str:
    """Both sets of figures in one sentence."""
    net, tax, gross = _wanted(row)
    return (
        f"{noun.capitalize()} {row.key.source_key}: Magento says {net} net, {tax} VAT, {gross}"
        f" gross; Sage 200 {noun} {document.document_no} says {document.net} net, {document.tax}"
        f" VAT, {document.gross} gross."
    )


def money(body: Mapping[str, Any], field: str) -> Decimal | None:
    """A money field of an answer, exact."""
    value = body.get(field)
    return None if value is None else Decimal(value)


def _wanted(row: Row) -> tuple[Decimal, Decimal, Decimal]:
    net, tax, gross = (Decimal(row.detail[name]) for name in ("net", "tax", "gross"))
    return net, tax, gross
