"""Walking a stream's primary key upwards: range by range, each statement a short one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_sage200.database import ATTEMPTS
from tap_sage200.exceptions import BusyDatabaseError
from tap_sage200.statements import next_key
from tap_sage200.stride import Stride

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_sage200.database import Session
    from tap_sage200.rows import Rows
    from tap_sage200.statements import Statement


@dataclass(frozen=True)
class Batch:
    """What one statement found.

    Attributes:
        upto_key: Every row of the window up to this key has been read.
        rows: The rows; none where nothing changed in the range.
        more: Whether the table has keys above.
    """

    upto_key: int
    rows: Rows
    more: bool


class Walk:
    """One statement's way through a table.

    A range of keys is walked, not a number of rows found: where one row in a hundred thousand
    changed, a statement that looks for five thousand of them would read the whole table, and a
    locked row would stop it however few it is asked for.
    """

    def __init__(
        self, session: Session, walked: Statement, key: str, values: Mapping[str, object]
    ) -> None:
        """Begin with the range that the batch size gives.

        Args:
            session: An open connection.
            walked: The statement; it takes ``after_key``, ``upto_key`` and ``batch_size``.
            key: Alias of its key column.
            values: Its other named parameters.
        """
        self._session = session
        self._statement = walked
        self._next_key = next_key(walked, key)
        self._key = key
        self._values = values
        self._pace = session.pace
        self._stride = Stride(session.pace.batch_size)

    def batches(self, after_key: int, *, ahead: bool) -> Iterator[Batch]:
        """Yield a batch for each statement, those without rows included.

        Args:
            after_key: Where to go on.
            ahead: Read the next batch, in a thread of its own, while this one is worked on. Then
                nothing else may be read from this session meanwhile.

        Raises:
            BusyDatabaseError: Locks were in the way each time.
            AccessError: The login may not read what the statement reads.
            SageReadError: The database failed it for another reason.
        """
        first = self._key_above(after_key)
        if first is None:
            return
        with ThreadPoolExecutor(1, thread_name_prefix="tap-sage200") as reader:
            batch = self._ask(first - 1)
            while batch.more:
                coming = reader.submit(self._ask_rested, batch.upto_key) if ahead else None
                yield batch
                batch = coming.result() if coming else self._ask_rested(batch.upto_key)
        yield batch

    def _ask_rested(self, after_key: int) -> Batch:
        self._pace.sleep(self._pace.pause_seconds)
        return self._ask(after_key)

    def _ask(self, after_key: int) -> Batch:
        """Read one range."""
        started, most = 0.0, self._stride.most_rows

        def parameters() -> Mapping[str, object]:
            nonlocal started
            started = self._pace.clock()
            return {
                **self._values,
                "after_key": after_key,
                "upto_key": self._stride.upto(after_key),
                "batch_size": most,
            }

        rows = self._session.patiently(self._statement, parameters, self._stride.given_up)
        seconds = self._pace.clock() - started
        if len(rows) == most:
            last = int(rows.values[-1][rows.aliases.index(self._key)])
            self._stride.filled(last - after_key)
            return Batch(last, rows, more=True)
        upto = self._stride.upto(after_key)
        self._stride.walked(seconds)
        try:
            following = self._key_above(upto, attempts=1)
        except BusyDatabaseError:
            # What was read goes out; the next statement meets the lock and waits for it.
            return Batch(upto, rows, more=True)
        if following is None:
            return Batch(upto, rows, more=False)
        return Batch(following - 1, rows, more=True)

    def _key_above(self, after_key: int, *, attempts: int = ATTEMPTS) -> Any:
        values = {"after_key": after_key}
        found = self._session.patiently(self._next_key, lambda: values, attempts=attempts)
        return found.values[0][0] if found.values else None
