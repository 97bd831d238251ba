"""target-sage200: Magento's orders in, Sage 200 sales orders out, through the outbox.

A run has three steps. Everything that comes in is stored in the outbox, and only then does Singer
state go out. Then each order that may have changed is decided: may it post, and as what? At the
end everything that is due is posted, whichever run brought it in.
"""

from __future__ import annotations

import os
import random
import socket
import sys
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click
import psycopg
from outbox import Decision, Outbox, State
from outbox.exact_json import FloatInMoneyPathError
from outbox.exceptions import OutboxUnreachableError
from sage200_client.client import Sage200Client
from sage200_client.exceptions import Sage200Error
from sage200_client.token_store import TokenStore
from singer_sdk import Target
from typing_extensions import override

from target_sage200 import gate
from target_sage200.config_schema import CONFIG_SCHEMA
from target_sage200.decide import OrderDecider
from target_sage200.dispatch import Dispatcher, DispatchRules, dry_run_lines
from target_sage200.exceptions import RunStoppedError, SettingError
from target_sage200.mapping.csv_table import MappingFileError
from target_sage200.mapping.tables import read_tables
from target_sage200.reference import read_codes
from target_sage200.settings import Settings, read_settings
from target_sage200.sinks import SALES_ORDER, OrdersSink, TransactionsSink, UnusedSink

if TYPE_CHECKING:
    from outbox import Row
    from singer_sdk import Sink

    from target_sage200.dispatch import Report
    from target_sage200.mapping.tables import Tables

EXPECTED_FAILURES = (
    FloatInMoneyPathError,
    MappingFileError,
    OutboxUnreachableError,
    RunStoppedError,
    Sage200Error,
    SettingError,
    psycopg.OperationalError,
)
"""What a person can mend: told in one sentence, without a traceback."""


class TargetSage200(Target):
    """Singer target for Sage 200 (UK and Ireland, Professional and Standard)."""

    name = "target-sage200"
    config_jsonschema = CONFIG_SCHEMA
    default_sink_class = UnusedSink

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read the settings; open nothing yet."""
        super().__init__(*args, **kwargs)
        # Order matters to money: sinks are drained one after another.
        self.max_parallelism = 1
        self._received = 0
        self._changed = 0

    @cached_property
    def settings(self) -> Settings:
        """The checked settings."""
        return read_settings(self.config)

    @cached_property
    def outbox(self) -> Outbox:
        """The outbox, its tables made where they are missing."""
        outbox = Outbox(self.settings.outbox_url)
        outbox.ensure_schema()
        return outbox

    def count_received(self, received: int, changed: int) -> None:
        """Count orders that came in, and those that were new or changed."""
        self._received += received
        self._changed += changed

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        return {"orders": OrdersSink, "transactions": TransactionsSink}.get(stream_name, UnusedSink)

    @cached_property
    def tables(self) -> Tables:
        """The mapping tables, checked."""
        return read_tables(self.settings.mappings_dir)

    @override
    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run; what a person can mend is told in one sentence, with exit code 1."""
        try:
            super().invoke(**options)
        except EXPECTED_FAILURES as failure:
            # The first line only: a driver may add the statement, and with it personal data.
            raise click.ClickException(str(failure).strip().splitlines()[0]) from None

    @override
    def process_endofpipe(self) -> None:
        """Store the rest and let state go out; then decide and post."""
        super().process_endofpipe()
        self._decide_and_post()

    @override
    def _handle_termination(self, signum: int, frame: Any) -> None:
        """Stop at once and acknowledge nothing: what was not stored is read again."""
        del frame
        self.logger.warning("Stopped by signal %d; the next run goes on from here.", signum)
        sys.exit(128 + signum)

    def _decide_and_post(self) -> None:
        self.logger.info("Orders read: %d, new or changed: %d.", self._received, self._changed)
        tokens = TokenStore(self.settings.outbox_url, self.settings.token_key)
        tokens.ensure_schema()
        with Sage200Client(self.settings.sage, tokens) as client:
            self._decide(client)
            if self.settings.dry_run:
                for line in dry_run_lines(self.outbox.due(SALES_ORDER, self.settings.source)):
                    self.logger.info("%s", line)
            else:
                self._dispatch(client)
        self._log_summary()

    def _decide(self, client: Sage200Client) -> None:
        """Map all orders that need it, with Sage's codes loaded once."""
        source, tables = self.settings.source, self.tables
        basis = f"{tables.digest}:{self._decision_settings()}"
        self.outbox.reopen(SALES_ORDER, source, basis, gate.TIME_CAUSES)
        rows = self.outbox.undecided(SALES_ORDER, source)
        if not rows:
            return
        decider = OrderDecider(
            tables=tables,
            codes=read_codes(client, {store.currency for store in tables.stores.values()}),
            gate_rules=self.settings.gate,
            order_rules=self.settings.mapping,
            post_when=self.settings.post_when,
            now=datetime.now(timezone.utc),
        )
        while rows:
            self._decide_rows(decider, rows, basis)
            rows = self.outbox.undecided(SALES_ORDER, source, after=rows[-1].id)

    def _decide_rows(self, decider: OrderDecider, rows: list[Row], basis: str) -> None:
        payments = self.outbox.payments_of(
            self.settings.source, [row.source_id for row in rows if row.source_id is not None]
        )
        with self.outbox.transaction():
            for row in rows:
                found = payments.get(row.source_id, []) if row.source_id is not None else []
                self.outbox.decide(row, self._decision(decider, row, found), basis)

    def _decision(
        self, decider: OrderDecider, row: Row, payments: list[dict[str, Any]]
    ) -> Decision:
        """Decide about one order; a defect of ours must not keep all others from being posted."""
        try:
            return decider.decide(row.source_document, payments)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as defect:
            self.logger.exception("Order %s: the mapping failed.", row.key.source_key)
            return Decision(
                State.REJECTED,
                cause="mapping_failed",
                error=f"Order {row.key.source_key}: the mapping failed"
                f" ({type(defect).__name__}: {defect}). Post it by hand and report it.",
            )

    def _decision_settings(self) -> str:
        """Settings that change decisions; their change makes every open order decided anew."""
        return f"{self.settings.gate}|{self.settings.mapping}|{self.settings.post_when}"

    def _dispatch(self, client: Sage200Client) -> None:
        rules = DispatchRules(
            kind=SALES_ORDER,
            source=self.settings.source,
            owner=f"{socket.gethostname()}:{os.getpid()}",
            workers=self.settings.max_connections,
            lease=self.settings.lease,
            max_failures=self.settings.max_failures,
        )
        dispatcher = Dispatcher(
            lambda: Outbox(self.settings.outbox_url), client, rules, random.SystemRandom().random
        )
        report = dispatcher.run()
        self.logger.info("%s", _sentence(report))
        if report.stopped is not None:
            self._log_summary()
            msg = f"Stopped early, nothing is lost: {report.stopped}"
            raise RunStoppedError(msg)

    def _log_summary(self) -> None:
        for line in self.outbox.summary(SALES_ORDER, self.settings.source):
            cause = f" ({line['cause']})" if line["cause"] else ""
            self.logger.info(
                "Outbox: %s%s: %d orders, %s %s.",
                line["state"],
                cause,
                line["documents"],
                line["amount"],
                line["currency"],
            )


def _sentence(report: Report) -> str:
    return (
        f"Posted {report.posted}, found in Sage already {report.adopted}, refused by Sage"
        f" {report.refused}, to be tried again {report.later}, in doubt {report.in_doubt}."
    )
