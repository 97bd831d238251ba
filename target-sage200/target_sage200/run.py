"""What a run does once everything is stored: see to changes, decide, post, in this order."""

from __future__ import annotations

import os
import random
import socket
import threading
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from outbox import Decision, Outbox, State

from target_sage200 import gate
from target_sage200.account_changes import decide_account_change, note_account
from target_sage200.decide import OrderDecider
from target_sage200.dispatch import Dispatcher
from target_sage200.dispatch_report import DispatchRules
from target_sage200.dry_run import dry_run_lines
from target_sage200.follow_up import (
    CHANGES,
    decision_of,
    follow_up,
    number_taken,
    replaces_live_order,
)
from target_sage200.magento_options import OptionWords, option_ids
from target_sage200.receipts import RECEIPT, RECEIPT_WAITS_FOR, decide_receipt, receipt_of
from target_sage200.reference import read_codes
from target_sage200.sage_customers import (
    ACCOUNT_CHANGE,
    CUSTOMER,
    account_document,
    decide_account,
)
from target_sage200.sage_orders import SOP_ORDERS
from target_sage200.sinks import SALES_ORDER
from target_sage200.ways import default_way, ways_of, web_accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from logging import Logger

    from outbox import Row
    from sage200_client.client import Sage200Client

    from target_sage200.dispatch_report import Report
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables
    from target_sage200.sage_documents import Route
    from target_sage200.settings import Settings

WAITS_FOR_OTHERS = ("replaces_live_order", "account_to_be_opened")
"""Causes that end when another document is posted: such orders are decided again in every run."""

DEFECTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a document that nobody foresaw ends in."""


class Run:
    """One run against one company."""

    def __init__(
        self, settings: Settings, tables: Tables, outbox: Outbox, client: Sage200Client, log: Logger
    ) -> None:
        """Keep the parts; nothing is asked yet."""
        self._settings = settings
        self._tables = tables
        self._outbox = outbox
        self._client = client
        self._log = log
        self._codes_lock = threading.Lock()
        self.dispatcher = Dispatcher(
            lambda: Outbox(settings.outbox_url),
            client,
            DispatchRules(
                source=settings.source,
                # Containers may share name and number of process.
                owner=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex}",
                connections=settings.max_connections,
                lease=settings.lease,
                max_failures=settings.max_failures,
                max_documents=settings.max_documents,
                on_total_difference=settings.on_total_difference,
                may_post=lambda: settings.window is None or settings.window.is_open(now()),
            ),
            random.SystemRandom().random,
        )

    def work(self) -> Report:
        """See to changes, decide and post; return what happened."""
        self._follow_up()
        if not self._settings.dry_run:
            self.dispatcher.look_again(SALES_ORDER, self._routes(SALES_ORDER), SOP_ORDERS)
            for kind in CHANGES:
                self._dispatch(kind)
        self._decide_orders()
        self._decide_all(CUSTOMER, decide_account)
        if self._settings.dry_run:
            self._decide_all(ACCOUNT_CHANGE, decide_account_change)
            for kind in (*CHANGES, CUSTOMER, ACCOUNT_CHANGE, SALES_ORDER, RECEIPT):
                for line in dry_run_lines(kind, self._due(kind)):
                    self._log.info("%s", line)
        else:
            self._open_accounts()
            self._decide_all(ACCOUNT_CHANGE, decide_account_change)
            self._dispatch(ACCOUNT_CHANGE)
            self._dispatch(SALES_ORDER)
            self._decide_receipts()
            self._dispatch(RECEIPT)
        return self.dispatcher.report

    @cached_property
    def _codes(self) -> SageCodes:
        """Sage's codes, loaded once and only where something is to be decided."""
        return read_codes(
            self._client,
            {store.currency for store in self._tables.stores.values()},
            with_nominals=bool(self._tables.nominals),
            with_banks=self._tables.wants_receipts,
            customer_key=(
                self._settings.mapping.customer_key_field if self._tables.opens_accounts else ""
            ),
        )

    def _web_accounts(self) -> frozenset[int]:
        with self._codes_lock:  # workers ask
            accounts = self._codes.customers
        return web_accounts(self._tables, accounts)

    def _routes(self, kind: str) -> Mapping[str, Route]:
        settings = self._settings
        return ways_of(
            kind, settings, self._outbox.routes_used(kind, settings.source), self._web_accounts
        )

    def _dispatch(self, kind: str) -> None:
        basis = self._basis if kind == SALES_ORDER else ""
        self.dispatcher.run(kind, self._routes(kind), default_way(kind), basis)

    def _due(self, kind: str) -> Iterator[Row]:
        after = 0
        while rows := self._outbox.due(kind, self._settings.source, after=after):
            yield from rows
            after = rows[-1].id

    def _follow_up(self) -> None:
        """Classify changes of posted orders, and decide what comes of them."""
        source, after = self._settings.source, 0
        while rows := self._outbox.amended(SALES_ORDER, source, after=after):
            after = rows[-1].id
            for row in rows:
                self._follow_up_one(row)
        for kind in CHANGES:
            self._decide_all(kind, decision_of)

    def _follow_up_one(self, row: Row) -> None:
        """See to one change; a defect of ours must not keep all others from being seen to."""
        countries = self._codes.countries
        try:
            follow_up(self._outbox, row, countries, self._settings.mapping.text_encoding)
        except DEFECTS as defect:
            self._log.exception("Order %s: its change could not be read.", row.key.source_key)
            self._outbox.amendment_seen(row, "mapping_failed", _of_defect(row, defect))

    def _decide_orders(self) -> None:
        """Map all orders that need it."""
        source = self._settings.source
        basis = self._basis
        causes = (*gate.TIME_CAUSES, *WAITS_FOR_OTHERS)
        self._outbox.reopen(SALES_ORDER, source, basis, causes)
        rows = self._outbox.undecided(SALES_ORDER, source)
        if not rows:
            return
        decider = OrderDecider(
            tables=self._tables,
            codes=self._codes,
            gate_rules=self._settings.gate,
            order_rules=self._settings.mapping,
            post_when=self._settings.post_when,
            now=now(),
            order_route=self._settings.order_route,
        )
        while rows:
            self._decide_rows(decider, rows, basis)
            rows = self._outbox.undecided(SALES_ORDER, source, after=rows[-1].id)

    def _decide_rows(self, decider: OrderDecider, rows: list[Row], basis: str) -> None:
        payments = self._outbox.payments_of(
            self._settings.source, [row.source_id for row in rows if row.source_id is not None]
        )
        options = self._options(rows)
        with self._outbox.transaction():
            for row in rows:
                found = payments.get(row.source_id, []) if row.source_id is not None else []
                decision = self.decision(decider, row, found, options)
                self._outbox.decide(row, decision, basis)
                if "new_account" in decision.detail:
                    account = account_document(
                        row.key.source, row.source_id or 0, decision.detail["new_account"]
                    )
                    self._outbox.receive([account])
                if "account_update" in decision.detail:
                    note_account(self._outbox, row, decision.detail["account_update"])
                if "receipt" in decision.detail:
                    self._outbox.receive([receipt_of(row, decision.detail["receipt"])])

    def _decide_all(self, kind: str, decision: Callable[[Row], Decision]) -> None:
        """Decide about documents that only need to be taken as they are."""
        source, after = self._settings.source, 0
        self._outbox.reopen(kind, source, "", ())
        while rows := self._outbox.undecided(kind, source, after=after):
            after = rows[-1].id
            for row in rows:
                self._outbox.decide(row, decision(row), "")

    def _open_accounts(self) -> None:
        """Open accounts that orders wait for, and decide those orders again."""
        if not self._tables.opens_accounts:
            return
        report = self.dispatcher.report
        before = report.posted + report.adopted
        self._dispatch(CUSTOMER)
        if report.posted + report.adopted > before:
            # Not "del": where nothing was decided they were never loaded.
            self.__dict__.pop("_codes", None)
            self._decide_orders()

    def _decide_receipts(self) -> None:
        """See which receipts may be posted now that orders were."""
        source = self._settings.source
        self._outbox.reopen(RECEIPT, source, "", RECEIPT_WAITS_FOR)
        after = 0
        while rows := self._outbox.undecided(RECEIPT, source, after=after):
            after = rows[-1].id
            for row in rows:
                orders = self._outbox.group(SALES_ORDER, source, row.group_key)
                order_id = orders[0].source_id if orders else None
                payments = {} if order_id is None else self._outbox.payments_of(source, [order_id])
                decision = decide_receipt(
                    row, orders[0] if orders else None, payments.get(order_id or 0, ())
                )
                self._outbox.decide(row, decision, "")

    def _options(self, rows: list[Row]) -> dict[int, OptionWords]:
        """What the custom options of some orders are called."""
        wanted = {number for row in rows for number in option_ids(row.source_document)}
        known = self._outbox.options_of(self._settings.source, wanted)
        return {number: OptionWords(one.title, one.values) for number, one in known.items()}

    def decision(
        self,
        decider: OrderDecider,
        row: Row,
        payments: list[dict[str, Any]],
        options: Mapping[int, OptionWords],
    ) -> Decision:
        """Decide about one order; a defect of ours must not keep all others from being posted."""
        try:
            taken = number_taken(row)
            return taken or self._after_others(
                row, decider.decide(row.source_document, payments, options)
            )
        except DEFECTS as defect:
            self._log.exception("Order %s: the mapping failed.", row.key.source_key)
            error = _of_defect(row, defect)
            return Decision(State.REJECTED, cause="mapping_failed", error=error)

    def _after_others(self, row: Row, decision: Decision) -> Decision:
        """Let an order that replaces another wait until that one is cancelled in Sage."""
        if decision.state is not State.READY:
            return decision
        replaced = replaces_live_order(self._outbox, row)
        if replaced is None:
            return decision
        return Decision(
            State.WAITING,
            cause="replaces_live_order",
            error=f"Order {row.key.source_key} replaces order {replaced}, which is not cancelled in"
            " Sage 200 yet.",
            detail=decision.detail,
            amount=decision.amount,
            currency=decision.currency,
        )

    @property
    def _basis(self) -> str:
        """Tables and settings that decide about orders; their change makes all decided anew."""
        settings = self._settings
        decide = f"{settings.gate}|{settings.mapping}|{settings.post_when}|{settings.order_route}"
        return f"{self._tables.digest}:{decide}"


def _of_defect(row: Row, defect: Exception) -> str:
    return (
        f"Order {row.key.source_key}: the mapping failed ({type(defect).__name__}: {defect})."
        " See to it by hand and report it."
    )


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(timezone.utc)
