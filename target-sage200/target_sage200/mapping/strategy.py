"""What is done where Sage's VAT differs from Magento's by rounding (``tax_strategy``)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.priced import ROUNDING_PART, Priced
from target_sage200.mapping.tax import RoundingLine, check_rounding, net_lines, rounding_lines
from target_sage200.mapping.vat import rounding_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.rules import OrderRules
    from target_sage200.mapping.tables import Tables
    from target_sage200.mapping.tax import VatGroup

EXACT = "exact"
GROSS_ONLY = "gross_only"
SAGE = "sage"
REFUSE = "refuse"
STRATEGIES = (EXACT, GROSS_ONLY, SAGE, REFUSE)
ROUNDING_TEXT = "Rounding to the web shop's VAT"
FEWEST_ROUNDINGS = Decimal(2)


@dataclass(frozen=True)
class Rounded:
    """The rounding lines of a document, and what stays different by choice.

    Attributes:
        parts: Free text lines.
        tax_off: How much more VAT Sage has than Magento.
        gross_off: How much more gross Sage has than Magento.
        leaves_tax_to_sage: Whether VAT may differ from Magento's, in sum or code by code.
    """

    parts: tuple[Priced, ...] = ()
    tax_off: Decimal = ZERO
    gross_off: Decimal = ZERO
    leaves_tax_to_sage: bool = False


def rounded(
    groups: Sequence[VatGroup],
    roundings: Decimal,
    tables: Tables,
    codes: SageCodes,
    rules: OrderRules,
) -> Rounded:
    """Return the lines that the strategy adds.

    - ``exact``: Sage's net, VAT and gross become Magento's, per VAT code.
    - ``gross_only``: Sage keeps its own VAT; one line without VAT makes the gross Magento's.
    - ``sage``: Sage keeps its own VAT and gross, pennies away from what the customer paid.
    - ``refuse``: only documents whose VAT needs no correction are posted.

    Net that unit prices of 5 decimals can't reach is made up at its own VAT code in any case.

    Args:
        groups: The document by VAT code, as its other lines make it.
        roundings: How often Magento may have rounded VAT in this order.
        tables: The mapping tables.
        codes: What the Sage company knows.
        rules: Settings.

    Raises:
        RefusalError: ``tax_gap_too_large`` or ``rounding_code_unmapped``.
    """
    off = sum((group.gap for group in groups), ZERO)
    if not any(group.gap or group.net != group.net_wanted for group in groups):
        return Rounded()
    most = min(rules.most_rounding * max(roundings, FEWEST_ROUNDINGS), rules.max_rounding)
    if rules.tax_strategy == REFUSE:
        most = ZERO
    if rules.tax_strategy in (EXACT, REFUSE):
        needs_zero = any(group.gap for group in groups)
        zero = rounding_code(tables, codes.tax_codes).code if needs_zero else 0
        return Rounded(_parts(rounding_lines(groups, zero, most), codes))
    check_rounding(groups, most)
    lines = net_lines(groups)
    if rules.tax_strategy == SAGE:
        return Rounded(_parts(lines, codes), -off, -off, leaves_tax_to_sage=True)
    if off:
        zero = rounding_code(tables, codes.tax_codes).code
        lines = (*lines, RoundingLine(zero, off))
    return Rounded(_parts(lines, codes), -off, leaves_tax_to_sage=True)


def _parts(lines: Sequence[RoundingLine], codes: SageCodes) -> tuple[Priced, ...]:
    return tuple(
        Priced(codes.tax_codes[line.code], line.net, ZERO, ROUNDING_PART, text=ROUNDING_TEXT)
        for line in lines
    )


def check_strategy(name: str) -> str | None:
    """Return what is wrong with the name of a strategy, or nothing."""
    if name == "rounding_lines":
        return "tax_strategy rounding_lines is now called exact"
    if name not in STRATEGIES:
        return f"tax_strategy must be one of {', '.join(STRATEGIES)}, not {name!r}"
    return None
