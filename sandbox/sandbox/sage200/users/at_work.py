"""Users at work: threads whose transactions are short or long, are rolled back, and collide."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from psycopg.errors import DeadlockDetected, LockNotAvailable
from typing_extensions import Self

from sandbox.sage200.users.changes import Changes, Gone, keys_of
from sandbox.sage200.users.what_changes import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.sage200.users.what_changes import Kind

# Deadlocks are found before a lock is given up, and nobody waits long for one who stays open.
_OPTIONS = "-c deadlock_timeout=5ms -c lock_timeout=40ms"
_LONG_AT_ONCE = 2
_WHAT = ("insert", "delete", "update", "update")
_ELSEWHERE = 5
Task: TypeAlias = "tuple[Kind, str]"


@dataclass
class UsersAtWork:
    """Users who change a company until they are told to stop; a context manager.

    Attributes:
        url: The company's database.
        first: Number of the first user, which no other one ever had.
        tables: What they change; now and then any other table.
        users: How many.
        gone: Rows they deleted, of committed transactions.
        counts: How often something happened.
    """

    url: str
    first: int
    tables: Sequence[str]
    users: int = 4
    gone: Gone = field(default_factory=Gone)
    counts: Counter[str] = field(default_factory=Counter)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _runs: int = 0
    _stopped: bool = False
    _plan: list[Task] = field(default_factory=list)
    _failures: list[Exception] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _long: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_LONG_AT_ONCE))

    def __enter__(self) -> Self:
        """Let them begin."""
        for number in range(self.first, self.first + self.users):
            thread = threading.Thread(target=self._work, args=(number,), name=f"user {number}")
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let them end what they are about, and wait for it.

        Raises:
            Exception: What one of them met that is no part of the play.
        """
        with self._news:
            self._stopped = True
            self._news.notify_all()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def do_more(self, transactions: int) -> None:
        """Wait until so many more transactions were committed."""
        with self._news:
            enough = self.counts["committed"] + transactions
            self._news.wait_for(lambda: self.counts["committed"] >= enough or bool(self._failures))

    def a_run_ended(self) -> None:
        """Tell those whose transaction stays open over a whole run of the reader."""
        with self._news:
            self._runs += 1
            self._news.notify_all()

    def _work(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 (a user's dice)
        keys = keys_of(number, falling=chance.random() < 0.5)  # noqa: PLR2004 (even odds)
        try:
            with psycopg.connect(
                self.url, options=_OPTIONS, cursor_factory=psycopg.ClientCursor
            ) as connection:
                changes = Changes(connection, chance, keys)
                while not self._stopped:
                    self._transaction(connection, changes, chance)
                    self._pause(chance.random() * 0.06)
        except Exception as error:  # noqa: BLE001 (told to the test, in its own thread)
            with self._news:
                self._failures.append(error)
                self._news.notify_all()

    def _transaction(
        self, connection: psycopg.Connection[Any], changes: Changes, chance: random.Random
    ) -> None:
        gone = Gone()
        try:
            for _ in range(chance.randint(1, 4)):
                gone.add(self._change(connection, changes, chance))
                self._pause(chance.random() * 0.01)
            if chance.random() < 0.25:  # noqa: PLR2004 (some)
                self._collide(changes, chance)
            dice = chance.random()
            if dice < 0.06:  # noqa: PLR2004 (some)
                self._stay_open(chance.randint(1, 2))
            elif dice < 0.14:  # noqa: PLR2004 (some)
                changes.block(chance.choice(self._mostly))
                self._pause(0.04)
        except DeadlockDetected:
            self._ended(connection, "deadlock")
        except LockNotAvailable:
            self._ended(connection, "gave up on a lock")
        else:
            if chance.random() < 0.15:  # noqa: PLR2004 (some)
                self._ended(connection, "rolled back")
            else:
                self._ended(connection, "committed", gone)

    def _change(
        self, connection: psycopg.Connection[Any], changes: Changes, chance: random.Random
    ) -> Gone:
        kind, what = self._next_task(chance)
        undone = chance.random() < 0.1  # noqa: PLR2004 (some)
        if undone:
            connection.execute("savepoint undone")
        gone = Gone()
        if what == "insert":
            changes.insert(kind)
        elif what == "delete":
            gone = changes.delete(kind)
        else:
            changes.update(kind)
        if undone:
            connection.execute("rollback to savepoint undone")
            with self._news:
                self.counts["savepoint"] += 1
            return Gone()
        return gone

    def _next_task(self, chance: random.Random) -> Task:
        """Return what is next in the plan that all share, so that each thing is done soon."""
        with self._news:
            if not self._plan:
                mostly = [(kind, what) for kind in self._mostly for what in _WHAT]
                self._plan += [(kind, what) for kind, what in mostly if kind.can(what)]
                self._plan += [(chance.choice(KINDS), "update") for _ in range(_ELSEWHERE)]
                chance.shuffle(self._plan)
            return self._plan.pop()

    def _collide(self, changes: Changes, chance: random.Random) -> None:
        """Alter two rows that others alter too, in any order."""
        rows = [KINDS[0], KINDS[1]]
        chance.shuffle(rows)
        for kind in rows:
            changes.update_first(kind)
            self._pause(0.01)

    @property
    def _mostly(self) -> list[Kind]:
        return [kind for kind in KINDS if kind.table in self.tables]

    def _pause(self, seconds: float) -> None:
        with self._news:
            self._news.wait_for(lambda: self._stopped, seconds)

    def _stay_open(self, runs: int) -> None:
        """Hold everything until so many runs of the reader have ended; not all users at once."""
        if not self._long.acquire(blocking=False):
            return
        try:
            with self._news:
                self.counts["stayed open"] += 1
                until = self._runs + runs
                self._news.wait_for(lambda: self._runs >= until or self._stopped)
        finally:
            self._long.release()

    def _ended(
        self, connection: psycopg.Connection[Any], how: str, gone: Gone | None = None
    ) -> None:
        if gone is None:
            connection.rollback()
        else:
            connection.commit()
        with self._news:
            self.counts[how] += 1
            if gone is not None:
                self.gone.add(gone)
            self._news.notify_all()
