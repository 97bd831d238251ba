"""What Sage has already: asked by number before anything is sent, and whenever there is doubt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from outbox.rows import Attempt
from sage200_client.exceptions import ReportAnswer, Sage200Error

from target_sage200.dispatch_recording import Recording
from target_sage200.sage_documents import NotPossible, same_account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbox import Row
    from sage200_client.outcomes import Done

    from target_sage200.sage_documents import FoundDocument, Route

ACCEPTED_AGAIN = timedelta(hours=1)
OTHER_SHAPE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading an answer of another shape than documented ends in."""


class LookUps(Recording):
    """Asking Sage what it has, and what follows where it can't be asked."""

    def look_up(self, route: Route, rows: Sequence[Row]) -> list[FoundDocument]:
        """Ask Sage for the documents of some rows.

        Raises:
            Sage200Error: Sage can't be asked, or its answer has another shape.
        """
        try:
            return route.find(self._client, rows)
        except OTHER_SHAPE as error:
            raise _unreadable(route, error) from error

    def of(self, route: Route, row: Row, found: Sequence[FoundDocument]) -> list[FoundDocument]:
        """Which of these are this row's; those of other accounts only where no row has them."""
        return [
            document
            for document in route.mine(row, found)
            if same_account(row, document)
            or self.outbox.holder(row, document.id, route.resource) is None
        ]

    def ask(self, route: Route, row: Row) -> list[FoundDocument]:
        """Ask Sage about one document, by its number and by what Sage answered when it took it.

        Raises:
            Sage200Error: Sage can't be asked, or its answer has another shape.
        """
        found = self.of(route, row, self.look_up(route, [row]))
        if not found and row.accepted is not None:
            try:
                found = route.find_accepted(self._client, row)
            except OTHER_SHAPE as error:
                raise _unreadable(route, error) from error
        self.outbox.log(
            row,
            Attempt(
                action="look_up",
                outcome=f"{len(found)} found",
                request={"resource": route.resource, "number": row.key.source_key},
                response=[document.as_sent for document in found],
            ),
        )
        return found

    def read(
        self, route: Route, row: Row, done: Done
    ) -> tuple[FoundDocument | NotPossible | None, str]:
        """What Sage made, from its answer or else from Sage; or why that can't be told."""
        try:
            document = route.read(row, done)
            if document is None:
                found = self.of(route, row, self.look_up(route, [row]))
                document = found[0] if len(found) == 1 else None
        except (Sage200Error, *OTHER_SHAPE) as error:
            return None, f"its answer can't be read ({type(error).__name__}: {error})"
        return document, "it can't be told which document it made"

    def not_looked_up(self, rows: Sequence[Row], error: Sage200Error) -> None:
        """Nothing is sent of what could not be asked about."""
        if len(rows) == 1:
            self.could_not_send(rows[0], error)
        else:
            self._report.stop(self._kind, str(error))
            self._stop_all_where(error)

    def still_in_doubt(self, row: Row, error: Sage200Error) -> None:
        """Sage could not be asked about a document in doubt."""
        self.outbox.in_doubt(row, row.cause or "fate_unknown", str(error), self.backoff(row))
        self.fail("in_doubt", error)

    def accepted_and_gone(self, route: Route, row: Row) -> None:
        """Sage took the document and does not show it: only a person may have it sent again."""
        said = ", ".join(f"{name} {value}" for name, value in (row.accepted or {}).items())
        self.ask_a_person(
            row,
            "accepted_not_found",
            f"Sage 200 took {route.noun} {row.key.source_key} ({said or 'without naming it'}) and"
            " shows it nowhere. Look for it there; if it is not there send it again with: outbox"
            f" retry {row.key.source_key} --kind {row.key.kind}",
            ACCEPTED_AGAIN,
        )


def _unreadable(route: Route, error: Exception) -> ReportAnswer:
    return ReportAnswer(
        f"Sage 200's answer about {route.resource} has another shape than documented"
        f" ({type(error).__name__}: {error}); report it."
    )
