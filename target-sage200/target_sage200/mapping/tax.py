"""VAT to the penny: what Sage will compute, and the lines that make it Magento's own figure.

Sage 200 help, "How VAT is calculated on sales orders": net is added up per VAT rate, and VAT is
computed once per rate on that sum, rounded to 2 decimals. ``POST /sop_orders`` takes no tax value.
So where Magento rounded per unit or per row, a pair of free-text lines moves the net of a rate by
the few pennies that make Sage's own arithmetic arrive at Magento's tax, and takes the same amount
off at a zero rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from target_sage200.mapping.money import PENNY, pennies
from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class VatGroup:
    """All that a document has at one VAT code.

    Attributes:
        code: Sage's VAT code number, as users know it.
        rate: Percentage.
        net: Net that the document's lines have at this code in Sage, 2 decimals.
        net_wanted: Net that Magento has at this code, 2 decimals.
        tax_wanted: VAT that Magento charged at this code, 2 decimals.
    """

    code: int
    rate: Decimal
    net: Decimal
    net_wanted: Decimal
    tax_wanted: Decimal

    @property
    def gap(self) -> Decimal:
        """Magento's VAT less the VAT that Sage computes on Magento's net."""
        return self.tax_wanted - sage_tax(self.net_wanted, self.rate)


@dataclass(frozen=True)
class RoundingLine:
    """A free-text line that corrects pennies: VAT code and net amount (may be negative)."""

    code: int
    net: Decimal


def sage_tax(net: Decimal, rate: Decimal) -> Decimal:
    """Return the VAT that Sage 200 computes on ``net`` at ``rate`` percent."""
    return pennies(net * rate / 100)


def rounding_lines(
    groups: Sequence[VatGroup], zero_code: int, most: Decimal
) -> tuple[RoundingLine, ...]:
    """Return the smallest lines after which Sage's net and tax are Magento's, per code.

    Args:
        groups: The document by VAT code.
        zero_code: VAT code with rate 0 that takes the counter-entry.
        most: Largest difference of tax, per VAT code, that counts as rounding.

    Raises:
        RefusalError: ``tax_gap_too_large``, when the tax can't be a matter of rounding.
    """
    check_rounding(groups, most)
    lines: list[RoundingLine] = []
    against = Decimal(0)
    for group in groups:
        shift = _shift(group)
        against -= shift
        missing = group.net_wanted - group.net + shift
        if missing:
            lines.append(RoundingLine(group.code, missing))
    if against:
        lines = _with_zero_line(lines, zero_code, against)
    return tuple(lines)


def net_lines(groups: Sequence[VatGroup]) -> tuple[RoundingLine, ...]:
    """Return the lines that make up net which unit prices could not reach."""
    return tuple(
        RoundingLine(group.code, group.net_wanted - group.net)
        for group in groups
        if group.net_wanted != group.net
    )


def check_rounding(groups: Sequence[VatGroup], most: Decimal) -> None:
    """Refuse VAT that differs by more than rounding.

    Raises:
        RefusalError: ``tax_gap_too_large``.
    """
    for group in groups:
        gap = group.gap
        if gap and (not group.rate or abs(gap) > most):
            raise RefusalError(
                "tax_gap_too_large",
                f"Magento charged {group.tax_wanted} VAT on {group.net_wanted} net, Sage 200 will"
                f" compute {sage_tax(group.net_wanted, group.rate)} at {group.rate} % (VAT code"
                f" {group.code}): {gap} is more than rounding (at most {most} here). Check the VAT"
                " code in mappings/tax_codes.csv and the tax settings of the shop.",
                vat_code=group.code,
                rate=group.rate,
                net=group.net_wanted,
                magento_tax=group.tax_wanted,
                sage_tax=sage_tax(group.net_wanted, group.rate),
            )


def _with_zero_line(
    lines: list[RoundingLine], zero_code: int, amount: Decimal
) -> list[RoundingLine]:
    at_zero = sum((line.net for line in lines if line.code == zero_code), amount)
    kept = [line for line in lines if line.code != zero_code]
    return [*kept, RoundingLine(zero_code, at_zero)] if at_zero else kept


def _shift(group: VatGroup) -> Decimal:
    """Smallest change of net at which Sage's tax is the tax wanted."""
    gap = group.gap
    if not gap:
        return Decimal(0)
    direction = PENNY if gap > 0 else -PENNY
    # Rounding can bring about one penny of the gap; what moves the others is needed in any case.
    sure = ((abs(gap) - PENNY) * 100 / group.rate).quantize(PENNY, rounding=ROUND_FLOOR)
    shift = (sure if gap > 0 else -sure) + direction
    while sage_tax(group.net_wanted + shift, group.rate) != group.tax_wanted:
        shift += direction
        if abs(shift) > abs(gap) * 100 / group.rate + 1:
            raise RefusalError(
                "tax_gap_too_large",
                f"No net near {group.net_wanted} gives {group.tax_wanted} VAT at {group.rate} %"
                f" (VAT code {group.code}). Post this order by hand.",
                vat_code=group.code,
            )
    return shift
