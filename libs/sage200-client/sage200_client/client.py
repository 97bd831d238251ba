"""The client of Sage 200's REST API: reads that are repeated, writes that never are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage200_client import contract, paging
from sage200_client.answers import (
    REPEAT_READ,
    broken_contract,
    checked_read,
    outcome_of,
    outcome_without_answer,
)
from sage200_client.backoff import Backoff
from sage200_client.calling import Call, Caller
from sage200_client.exceptions import FixSettings, RetryLater
from sage200_client.outcomes import NotAllowed, Outcome, TryLater, Withheld
from sage200_client.paging import Query
from sage200_client.tokens import AccessTokens
from sage200_client.transport import HeldBack, NoAnswer, Transport, request_path
from sage200_client.wire import decode_body, encode_body, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from sage200_client.exchange import Observer
    from sage200_client.odata import Filter
    from sage200_client.settings import Sage200Settings
    from sage200_client.token_store import TokenStore


class Sage200Client:
    """One company of one Sage 200 site; safe to share between threads.

    Use it as a context manager, or call :meth:`close`.
    """

    def __init__(
        self,
        settings: Sage200Settings,
        tokens: TokenStore,
        *,
        backoff: Backoff | None = None,
        renew_in_own_process: bool = True,
    ) -> None:
        """Keep the parts; nothing is asked before the first call.

        Args:
            settings: Where and who.
            tokens: The store of the rotating tokens; its table must exist (``ensure_schema``).
            backoff: How reads are repeated; clock, sleep and chance are given with it.
            renew_in_own_process: Renew the tokens in a process that goes on where this one is
                killed, so that a kill costs no login; it has the computer's own clock. False for
                programs that are embedded where ``sys.executable`` is no Python.
        """
        self._settings = settings
        self._tokens = tokens
        self._backoff = backoff or Backoff()
        self._transport = Transport(settings)
        self._caller = Caller(
            AccessTokens(
                settings,
                tokens,
                clock=self._backoff.now,
                sleep=self._backoff.sleep,
                renew_in_own_process=renew_in_own_process,
            ),
            self._transport,
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        self._transport.close()

    def login_warning(self) -> str | None:
        """Return a sentence where the login ends within ``login_warning_days``, else None.

        Raises:
            FixSettings: The stored tokens are encrypted and the key is missing or another one.
            RetryLater: The token store can't be reached.
        """
        return self._tokens.login_warning(self._settings, self._backoff.now())

    def get(
        self,
        resource: str,
        *,
        filter: Filter | str | None = None,  # noqa: A002 - named as OData names it
        select: Sequence[str] | None = None,
        orderby: str | None = None,
        top: int | None = None,
        skip: int | None = None,
        expand: Sequence[str] | None = None,
        observe: Observer | None = None,
    ) -> list[dict[str, Any]] | dict[str, Any]:
        """Read a list or, by its path, one record.

        Time-outs, cut connections, 429 and 5xx are repeated with growing waits.

        Args:
            resource: ``sop_orders``, ``sop_orders/123``, ``customers/5/sop_orders``.
            filter: A filter of :mod:`.odata`, or its text.
            select: Fields, also nested ones such as ``customer.name``.
            orderby: For instance ``id`` or ``document_date desc``.
            top: Most records; Sage gives 500 where it isn't told, 5000 at most.
            skip: Records to leave out; Sage takes it only together with ``orderby``.
            expand: Nested records to include.
            observe: Told of each request.

        Returns:
            The records of a list, or the one record; numbers with a fraction as ``Decimal``.

        Raises:
            FixRequest: Sage refused it (400), or has no such path in this release (404).
            FixSettings: 401, 403, or a setting is missing.
            RetryLater: Not reached after all attempts.
            ReportAnswer: The answer isn't JSON of a known shape.
            ValueError: ``skip`` without ``orderby``.
        """
        return self._get(Query(resource, filter, select, orderby, top, skip, expand), observe)

    def get_all(
        self,
        resource: str,
        *,
        select: Sequence[str] | None = None,
        filter: Filter | None = None,  # noqa: A002 - named as OData names it
        expand: Sequence[str] | None = None,
        key: str = "id",
        orderby: str | None = None,
        page_size: int = paging.MOST_RECORDS,
        observe: Observer | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Read every record of a list, page by page, while it is iterated over.

        Pages follow the key (``$orderby=id``, ``id gt last``), so that records which come or go
        meanwhile shift nothing. Resources without that field (most views) are read with ``$skip``
        in the order of all their fields that end in ``_id``, or of ``orderby``: there a record may
        be missed or seen twice while others change, so name a unique ``key`` where there is one.

        Args:
            resource: For instance ``products``.
            select: Fields; the key is added where it is left out.
            filter: Which records.
            expand: Nested records to include.
            key: A unique integer field that can be filtered on.
            orderby: Order of a resource that has no key; asks for ``$skip``.
            page_size: Records a request, 5000 at most.
            observe: Told of each request.

        Yields:
            The records.

        Raises:
            FixRequest, FixSettings, RetryLater, ReportAnswer: As :meth:`get`.
        """

        def fetch(query: Query) -> list[dict[str, Any]]:
            return rows_of(self._get(query, observe))

        name = resource.rpartition("/")[2]
        query = Query(resource, filter, select, orderby, page_size, expand=expand)
        if orderby is None and contract.has_field(name, key):
            yield from paging.by_key(fetch, query, filter, key)
        else:
            order = orderby or contract.order_without_key(name)
            yield from paging.by_skip(
                fetch, Query(resource, filter, select, order, page_size, expand=expand)
            )

    def post(
        self,
        resource: str,
        body: Any,
        *,
        observe: Observer | None = None,
        checked: bool = True,
        may_leave: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Send a new document. Sent once: see :mod:`.outcomes` for what may come of it.

        What the contract forbids is not sent: ``Refused`` names the field, its limit and the value.

        Only a 401 is followed by a second try, once, with a new access token: it comes from the
        sign-in check in front of Sage 200, before the document is looked at, so nothing was done.

        Args:
            resource: For instance ``sop_orders``.
            body: The document; numbers as int or ``Decimal``, sent digit for digit.
            observe: Told of each request, for an audit row; what it raises reaches the caller.
            checked: False sends it whatever the contract says, for a release with newer fields.
            may_leave: Asked when token and connection are at hand, right before each request
                leaves; on False nothing is sent. It is the place to renew a lease. It must be
                quick, as a connection is taken while it is asked.

        Returns:
            Done, Refused, TryLater, Unknown, NotAllowed or Withheld.

        Raises:
            TypeError: The body holds a float: a defect of the caller.
            ValueError: The body holds a number that isn't finite: a defect of the caller.
        """
        content = encode_body(body)
        broken = broken_contract("POST", resource, body) if checked else None
        return broken or self._write(
            Call("POST", request_path(resource, {}), body, content, observe, may_leave)
        )

    def put(
        self,
        resource: str,
        record_id: int,
        body: Any,
        *,
        observe: Observer | None = None,
        checked: bool = True,
        may_leave: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Change a document; else as :meth:`post`."""
        content = encode_body(body)
        broken = broken_contract("PUT", resource, body) if checked else None
        path = request_path(f"{resource}/{record_id}", {})
        return broken or self._write(Call("PUT", path, body, content, observe, may_leave))

    def delete(
        self,
        resource: str,
        record_id: int,
        *,
        observe: Observer | None = None,
        may_leave: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Delete a document, a draft for instance; else as :meth:`post`."""
        path = request_path(f"{resource}/{record_id}", {})
        return self._write(Call("DELETE", path, observe=observe, may_leave=may_leave))

    def _get(self, query: Query, observe: Observer | None) -> list[dict[str, Any]] | dict[str, Any]:
        answer = decode_body(self._read(Call("GET", query.path(), observe=observe)))
        if isinstance(answer, dict) and not isinstance(answer.get("value"), list):
            return answer
        return rows_of(answer)

    def _read(self, call: Call) -> bytes:
        """Send a read until it is answered for good or the attempts are used up."""
        repeats = 0
        while True:
            asked: float | None = None
            try:
                answer = self._caller.send(call)
            except NoAnswer as error:
                trouble = error.reason
            except RetryLater as error:
                trouble, asked = str(error), error.retry_after_seconds
            else:
                if answer.status not in REPEAT_READ:
                    return checked_read(self._settings.api_url, call.path, answer)
                trouble = f"it answered {answer.status}"
                asked = self._backoff.retry_after(answer.retry_after)
            repeats += 1
            too_long = asked is not None and asked > self._backoff.most_seconds
            if repeats >= self._backoff.attempts or too_long:
                raise RetryLater(
                    f"Sage 200 could not be read ({call.path.partition('?')[0]}), "
                    f"tried {repeats} times: {trouble.rstrip('.')}. Try later.",
                    asked,
                )
            self._backoff.sleep(self._backoff.wait(repeats - 1, asked))

    def _write(self, call: Call) -> Outcome:
        what = f"{call.method} {call.path.lstrip('/')}"
        try:
            answer = self._caller.send(call)
        except NoAnswer as error:
            return outcome_without_answer(what, error)
        except HeldBack:
            return Withheld()
        except RetryLater as error:
            return TryLater(str(error), retry_after_seconds=error.retry_after_seconds)
        except FixSettings as error:
            return NotAllowed(str(error))
        asked = self._backoff.retry_after(answer.retry_after)
        return outcome_of(self._settings.api_url, what, answer, asked)
