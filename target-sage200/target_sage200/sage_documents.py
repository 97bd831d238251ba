"""Documents as Sage 200 shows them, whatever their resource: what identifies and proves one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from outbox.rows import SageDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        is_cancelled: Somebody cancelled it in Sage.
        differs: What Sage stored otherwise than it was sent, one sentence; else empty.
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
    is_cancelled: bool = False
    differs: str = ""

    @property
    def has_totals(self) -> bool:
        """Whether Sage told net, VAT and gross."""
        return None not in (self.net, self.tax, self.gross)

    @property
    def is_empty(self) -> bool:
        """Whether it comes to nothing: its lines were deleted."""
        return all(value is not None and not value for value in (self.net, self.tax, self.gross))

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


@dataclass(frozen=True)
class Permit:
    """What goes with each request about a document.

    Attributes:
        observe: Told of each request, for the audit log.
        may_leave: Asked right before each write leaves; renews the lease. On False nothing is sent.
    """

    observe: Observer
    may_leave: Callable[[], bool]


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

    @property
    def at_once(self) -> int:
        """How many rows are looked up together: 1 where each needs a request of its own."""

    def find(self, client: Sage200Client, rows: Sequence[Row]) -> list[FoundDocument]:
        """Ask Sage which documents it has under the numbers of these rows.

        Raises:
            Sage200Error: Sage can't be asked.
        """

    def mine(self, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """The documents among ``found`` that are this row's."""

    def find_accepted(self, client: Sage200Client, row: Row) -> list[FoundDocument]:
        """Ask Sage for what it answered when it took the document (``row.accepted``).

        Raises:
            Sage200Error: Sage can't be asked.
        """

    def send(self, client: Sage200Client, row: Row, permit: Permit) -> Outcome | NotPossible:
        """Send the document, once.

        Raises:
            Sage200Error: Sage can't be asked what must be known before; nothing was sent.
        """

    def read(self, row: Row, answer: Done) -> FoundDocument | NotPossible | None:
        """Read Sage's answer; ``None`` where it does not tell the totals.

        ``NotPossible`` is an answer that says yes, and shows that nothing was done.

        Raises:
            KeyError, TypeError, ValueError: The answer has another shape.
        """


@runtime_checkable
class DraftRoute(Route, Protocol):
    """A route whose documents can be drafts first."""

    def finish(
        self, client: Sage200Client, row: Row, document: FoundDocument, permit: Permit
    ) -> Outcome:
        """Make a draft live.

        Raises:
            Sage200Error: Sage can't be asked what the draft holds.
        """

    def discard(self, client: Sage200Client, document: FoundDocument, permit: Permit) -> Outcome:
        """Delete a draft."""


def same_figures(row: Row, document: FoundDocument) -> bool:
    """Whether net, VAT and gross in Sage are the ones the document was mapped to.

    A document without money (an account, a change of address) has none to compare.
    """
    if "gross" not in row.detail:
        return True
    wanted = _wanted(row)
    return (document.net, document.tax, document.gross) == wanted


def same_account(row: Row, document: FoundDocument) -> bool:
    """Whether a document is on the account it was mapped to; accounts and changes have none."""
    account = account_of(row)
    return account is None or document.customer_id == account


def account_of(row: Row) -> int | None:
    """Sage's id of the account a row's document is for; ``None`` where it is for none."""
    account = (row.document or {}).get("customer_id")
    return None if account is None else int(account)


def folded(value: object) -> str:
    """A text as people read it: case and spaces don't count."""
    return "".join(str(value or "").split()).casefold()


def sentence_of_difference(row: Row, document: FoundDocument, noun: str = "order") -> str:
    """Both sides in one sentence: the accounts where these differ, else the figures."""
    if not same_account(row, document):
        return (
            f"{noun.capitalize()} {row.key.source_key}: Sage 200 has {noun} {document.document_no}"
            f" with this number on another account (id {document.customer_id}) than the one it is"
            f" mapped to (id {account_of(row)})."
        )
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
