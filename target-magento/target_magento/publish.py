"""One run: compare what Sage reported with what Magento holds, and send the differences."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from magento_client import MagentoClient

from target_magento.exceptions import (
    AllRefusedError,
    GuardStoppedError,
    PublishError,
    StaleReadError,
    UnknownSkusError,
)
from target_magento.guard import FEWEST_ROWS, objection
from target_magento.plan import Plan
from target_magento.published import PublishedStock, RunFigures
from target_magento.settings import CompareWith
from target_magento.shop import Shop
from target_magento.wanted import WantedStock

if TYPE_CHECKING:
    import logging

    from target_magento.database import Database
    from target_magento.mapping_tables import Mappings
    from target_magento.settings import StockSettings
    from target_magento.shop import Change, Refusal

_SAMPLE = 20
_SKUS_REMEMBERED_AT_A_TIME = 1000


class StockRun:
    """One run of publishing; made for one use."""

    def __init__(
        self,
        settings: StockSettings,
        mappings: Mappings,
        database: Database,
        logger: logging.Logger,
    ) -> None:
        """Prepare; nothing is read or sent yet."""
        self._settings = settings
        self._mappings = mappings
        self._db = database
        self._log = logger
        self._record = PublishedStock(database)
        self._figures = RunFigures()

    def publish(self) -> RunFigures:
        """Publish what differs.

        Returns:
            What was done.

        Raises:
            PublishError: The run stopped; what could be decided is recorded.
            magento_client.MagentoError: Magento is away or doesn't let us in; the next run goes
                on where this one stopped.
        """
        with self._db.publishing(), MagentoClient(self._settings.magento) as client:
            self._record.start_run()
            try:
                outcome = self._publish(Shop(client))
            except PublishError as error:
                stopped = isinstance(error, (GuardStoppedError, StaleReadError))
                self._record.finish_run(
                    "stopped" if stopped else "failed", self._figures, str(error)
                )
                raise
            except Exception as error:
                self._record.finish_run("failed", self._figures, str(error))
                raise
            sentence = self._summary()
            self._record.finish_run(outcome, self._figures, sentence)
        self._log.info(sentence)
        return self._figures

    def _publish(self, shop: Shop) -> str:
        now = datetime.now(timezone.utc)
        oldest_read = now - self._settings.max_age
        plan = Plan(self._db)
        wanted = WantedStock(self._db, self._mappings, oldest_read)
        plan.fill(wanted.items())
        if wanted.unmapped:
            self._log.info(
                "Not published, as mappings/warehouses.csv does not name them: %s",
                ", ".join(sorted(wanted.unmapped)),
            )
        sources = shop.sources()
        self._compare(plan, shop, sources)
        self._leave_out(plan, shop, sources)
        counts = plan.count()
        figures = self._figures
        figures.levels_read = self._db.single("select count(*) from level_of_run")
        figures.stale = counts.get("stale", 0)
        figures.skipped = counts.get("skipped", 0)
        figures.different = counts.get("due", 0)
        figures.compared = counts.get("same", 0) + figures.different + figures.stale
        self._record.record_plan({"same": "published", "stale": "stale", "skipped": "skipped"})
        gone = self._record.record_gone()
        if gone:
            self._log.warning(
                "%d source items have stock in Magento of which Sage reports no level any more "
                "(cause unknown_in_sage in sync.published_stock)",
                gone,
            )
        self._stop_if_wrong(plan, oldest_read)
        if self._settings.dry_run:
            return self._only_show(plan)
        self._record.record_plan({"due": "due"})
        self._send(plan, shop)
        return "partly_refused" if figures.refused else "published"

    def _compare(self, plan: Plan, shop: Shop, sources: dict[str, bool]) -> None:
        if self._settings.compare_with is CompareWith.MAGENTO:
            usable = [code for code in self._mappings.sources if sources.get(code)]
            plan.load_held(shop.source_items(usable) if usable else [])
        else:
            plan.use_published_as_held()
        plan.compare()

    def _leave_out(self, plan: Plan, shop: Shop, sources: dict[str, bool]) -> None:
        """Leave out what must not be written to Magento, with reasons."""
        for code in self._mappings.sources:
            if code not in sources:
                cause = "source_unknown"
                error = (
                    f'Magento has no source "{code}"; correct mappings/warehouses.csv or create '
                    "the source."
                )
            elif not sources[code]:
                cause = "source_disabled"
                error = (
                    f'The source "{code}" is disabled in Magento; enable it, or take it out of '
                    "mappings/warehouses.csv."
                )
            else:
                continue
            self._log.warning("Source left out: %s", error)
            plan.skip_source(code, cause, error)
        skus = plan.unchecked_skus(self._settings.product_cache)
        for start in range(0, len(skus), _SKUS_REMEMBERED_AT_A_TIME):
            part = skus[start : start + _SKUS_REMEMBERED_AT_A_TIME]
            plan.remember_products(part, shop.products(part))
        plan.skip_unsellable()

    def _stop_if_wrong(self, plan: Plan, oldest_read: datetime) -> None:
        """Stop where the whole input is too old, or the change too large.

        Raises:
            PublishError: It is.
        """
        settings = self._settings
        newest_read = self._db.single("select max(read_at) from level_of_run")
        if newest_read is not None and newest_read < oldest_read:
            self._db.execute(
                "update plan set state = 'stale', cause = 'stock_stale',"
                " error = 'The run was fed with levels that were read from Sage too long ago.'"
                " where state = 'due'"
            )
            self._figures.stale += self._figures.different
            self._figures.different = 0
            self._record.record_plan({"stale": "stale"})
            minutes = settings.max_age.total_seconds() / 60
            raise StaleReadError(
                f"Nothing was published: the newest level was read from Sage at "
                f"{newest_read.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC, more than "
                f"max_age_minutes ({minutes:g}) ago; read Sage again."
            )
        unknown = plan.unknown_skus()
        if unknown and not settings.skip_unknown_skus:
            raise UnknownSkusError(
                f"Nothing was published: Magento lacks {len(unknown)} SKUs that Sage has levels "
                f"for, such as {unknown[0]}; create or map them, or set skip_unknown_skus to true."
            )
        sentence = objection(
            plan.effect(),
            max_change_share=settings.max_change_share,
            max_zero_share=settings.max_zero_share,
        )
        if sentence is None:
            return
        if settings.allow_large_change or settings.dry_run:
            self._log.warning(
                "The guard %s: %s",
                "is switched off" if settings.allow_large_change else "would stop this run",
                sentence,
            )
            return
        self._record.record_stopped(sentence)
        raise GuardStoppedError(sentence)

    def _only_show(self, plan: Plan) -> str:
        for sku, source, held, wanted in plan.sample(_SAMPLE):
            self._log.info(
                "Dry run: %s at %s would go from %s to %s",
                sku,
                source,
                "nothing" if held is None else f"{held.normalize():f}",
                f"{wanted.normalize():f}",
            )
        if self._figures.different > _SAMPLE:
            self._log.info("Dry run: … and %d more", self._figures.different - _SAMPLE)
        self._record.record_plan({"due": "planned"})
        return "dry_run"

    def _send(self, plan: Plan, shop: Shop) -> None:
        settings = self._settings
        for suspect in (False, True):
            while changes := plan.due(settings.batch_size, settings.zero_status, suspect=suspect):
                refused = shop.publish(changes)
                self._record.record_sent(changes, refused)
                self._figures.published += len(changes) - len(refused)
                self._figures.refused += len(refused)
                if not suspect:
                    _stop_if_all_refused(changes, refused)

    def _summary(self) -> str:
        figures = self._figures
        text = f"{figures.different} of {figures.compared} source items differ: "
        if self._settings.dry_run:
            text += "nothing sent (dry run)"
        else:
            text += f"{figures.published} published, {figures.refused} refused"
        if figures.stale:
            text += f"; {figures.stale} more were read from Sage too long ago"
        if figures.skipped:
            text += f"; {figures.skipped} left out, with reasons in sync.published_stock"
        return text


def _stop_if_all_refused(changes: list[Change], refused: list[Refusal]) -> None:
    """Stop where no row of a batch was accepted: the next batches would fare alike.

    Raises:
        AllRefusedError: So it is.
    """
    if len(refused) == len(changes) >= FEWEST_ROWS:
        raise AllRefusedError(
            f"Magento refused all {len(changes)} source items of a batch, the first with "
            f'"{refused[0].words}"; nothing more was sent. Correct the cause and run again.'
        )
