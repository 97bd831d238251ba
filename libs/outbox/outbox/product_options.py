"""What custom options are called: Magento's orders give only their ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from outbox.connection import Connected

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


@dataclass(frozen=True)
class ProductOption:
    """A custom option of a product.

    Attributes:
        option_id: Magento's id of the option, as orders give it.
        title: What the shop calls it: ``Size``.
        values: Titles of its choices by their ids; empty where the customer writes a text.
    """

    option_id: int
    title: str
    values: Mapping[str, str]


class ProductOptions(Connected):
    """Titles of custom options, as the catalogue told them last."""

    def receive_options(self, source: str, options: Sequence[ProductOption]) -> None:
        """Store options; those of products that are gone stay, since orders still name them."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                """
                insert into sync.product_option as p (source, option_id, title, choices)
                values (%s, %s, %s, %s)
                on conflict (source, option_id) do update set
                  title = excluded.title, choices = excluded.choices
                where (p.title, p.choices) is distinct from (excluded.title, excluded.choices)
                """,
                [
                    (source, one.option_id, one.title, Jsonb(dict(one.values)))
                    for one in sorted(options, key=lambda one: one.option_id)
                ],
            )

    def options_of(self, source: str, option_ids: Collection[int]) -> dict[int, ProductOption]:
        """Return the options that are known among some ids."""
        if not option_ids:
            return {}
        rows = self._connection.execute(
            "select option_id, title, choices from sync.product_option"
            " where source = %s and option_id = any(%s)",
            (source, list(option_ids)),
        )
        return {
            row["option_id"]: ProductOption(row["option_id"], row["title"], row["choices"])
            for row in rows
        }
