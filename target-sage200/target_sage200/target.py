"""target-sage200: Magento's orders in, Sage 200 sales orders out, through the outbox.

A run has three steps. Everything that comes in is stored in the outbox, and only then does Singer
state go out. Then each order that may have changed is decided: may it post, and as what? At the
end everything that is due is posted, whichever run brought it in.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click
import psycopg
from outbox import Outbox
from outbox.command import main as outbox_command
from outbox.exact_json import FloatInMoneyPathError
from outbox.exceptions import OutboxUnreachableError
from sage200_client.client import Sage200Client
from sage200_client.exceptions import Sage200Error
from sage200_client.token_store import TokenStore
from singer_sdk import Target
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from target_sage200.config_schema import CONFIG_SCHEMA
from target_sage200.exceptions import RunStoppedError, SettingError
from target_sage200.mapping.csv_table import MappingFileError
from target_sage200.mapping.tables import read_tables
from target_sage200.run import Run
from target_sage200.settings import Settings, read_settings
from target_sage200.sinks import SALES_ORDER, OrdersSink, ProductsSink, TransactionsSink, UnusedSink

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk import Sink

    from target_sage200.dispatch import Dispatcher
    from target_sage200.dispatch_report import Report
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
        self._dispatcher: Dispatcher | None = None
        self._signal = 0

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
        return {
            "orders": OrdersSink,
            "transactions": TransactionsSink,
            "products": ProductsSink,
        }.get(stream_name, UnusedSink)

    @cached_property
    def tables(self) -> Tables:
        """The mapping tables, checked."""
        return read_tables(self.settings.mappings_dir)

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The Singer target, and below it ``outbox``: the queue's own commands."""
        singer = super().get_singer_command()
        group = _SingerGroup(
            singer.name,
            logger=cls.logger,
            params=singer.params,
            callback=_unless_subcommand(singer.callback),
            help=singer.help,
            invoke_without_command=True,
        )
        group.add_command(_outbox)
        return group

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
        try:
            self._decide_and_post()
        finally:
            self.outbox.close()

    @override
    def _handle_termination(self, signum: int, frame: Any) -> None:
        """Before posting: stop at once, what was not stored is read again. Later: finish the posts.

        Documents whose request is on its way are waited for and recorded; no other is begun.
        """
        del frame
        self.logger.warning("Stopped by signal %d; the next run goes on from here.", signum)
        if self._dispatcher is None:
            sys.exit(128 + signum)
        self._signal = signum
        self._dispatcher.report.pause(f"stopped by signal {signum}")

    def _decide_and_post(self) -> None:
        self.logger.info("Orders read: %d, new or changed: %d.", self._received, self._changed)
        tokens = TokenStore(
            self.settings.outbox_url, self.settings.token_key, url_setting="outbox_url"
        )
        tokens.ensure_schema()
        with Sage200Client(self.settings.sage, tokens) as client:
            if warning := client.login_warning():
                self.logger.warning("%s", warning)
            run = Run(self.settings, self.tables, self.outbox, client, self.logger)
            self._dispatcher = run.dispatcher
            report = run.work()
        self.logger.info("%s", _sentence(report))
        self._log_summary()
        if self._signal:
            sys.exit(128 + self._signal)
        if report.stopped is not None:
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


class _SingerGroup(SingerCommand, click.Group):
    """Singer's own command, which says what is wrong with the settings, with commands below it."""


def _unless_subcommand(callback: Callable[..., Any] | None) -> Callable[..., Any]:
    def run(**options: Any) -> None:
        if click.get_current_context().invoked_subcommand is None and callback is not None:
            callback(**options)

    return run


@click.command(
    "outbox",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    help="Look at the queue, retry, replay or ignore documents (outbox --help).",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def _outbox(arguments: tuple[str, ...]) -> None:
    sys.exit(outbox_command(arguments, "target-sage200 outbox"))


def _sentence(report: Report) -> str:
    why = report.paused or report.limited
    pause = f" Not all was sent: {why}." if why else ""
    return (
        f"Posted {report.posted}, found in Sage already {report.adopted}, refused by Sage"
        f" {report.refused}, to be tried again {report.later}, in doubt {report.in_doubt}.{pause}"
    )
