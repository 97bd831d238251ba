"""A wanted line and what the company holds, brought together into the line that is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders.desk import Line
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.line_rules import LineType, line_problems
from sandbox.sage200.orders.totals import (
    LineValue,
    line_net,
    line_tax,
    money,
    percent_of,
    unit_price,
)
from sandbox.sage200.prices.effective import NO_DISCOUNT, unit_discount
from sandbox.sage200.refusal import NotPermitted, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.sage200.orders.desk import Desk
    from sandbox.sage200.orders.records import Holding, Item
    from sandbox.sage200.orders.settings import Settings
    from sandbox.sage200.orders.wanted import Value, WantedLine
    from sandbox.sage200.prices.effective import Discount
    from sandbox.sage200.sage_id.users import User

_ZERO = Decimal(0)
_DISCOUNTS = ("unit_discount_percent", "unit_discount_value")
_STANDARD_ONLY, _FREE_TEXT_ONLY = 0, 1


def check_permission(wanted: WantedLine, user: User) -> None:
    """Refuse a price or discount on a product from a user who may not override them.

    Raises:
        NotPermitted: With the field's path.
    """
    if wanted.kind is not LineType.STANDARD or user.override_prices_discounts:
        return
    if wanted.sends_discount or wanted.decimal("selling_unit_price") is not None:
        name = "unit discount" if wanted.sends_discount else "selling_unit_price"
        raise NotPermitted(
            f"Ex20319: user '{user.name}' does not have permission to override prices and "
            f"discounts ('{wanted.path}', {name})."
        )


def price_line(wanted: WantedLine, desk: Desk) -> Line:
    """Return the line that Sage would store.

    Raises:
        Refusal: The line breaks a rule; every field is named.
    """
    problems = line_problems(wanted.kind, wanted.sent, wanted.path)
    if problems:
        raise Refusal(" ".join(problems))
    _check_line_types(wanted, desk.settings)
    if wanted.kind is LineType.STANDARD:
        return _standard(wanted, desk)
    if wanted.kind is LineType.FREE_TEXT:
        return _free_text(wanted, desk)
    if wanted.kind is LineType.CHARGE:
        return _charge(wanted, desk)
    columns = {"ItemDescription": wanted.text("description"), "UseDescription": 1}
    value = LineValue(_ZERO, None, _ZERO, is_charge=False)
    return Line(wanted.kind, value, _stored(wanted, columns, desk.settings))


def _check_line_types(wanted: WantedLine, settings: Settings) -> None:
    barred = {_STANDARD_ONLY: LineType.FREE_TEXT, _FREE_TEXT_ONLY: LineType.STANDARD}
    if barred.get(settings.line_types) is wanted.kind:
        raise Refusal(
            f"The field '{wanted.path}.line_type' is invalid: the SOP settings do not allow it."
        )


def _standard(wanted: WantedLine, desk: Desk) -> Line:
    item = _item(wanted, desk)
    holding = _holding(wanted, desk, item)
    quantity = wanted.decimal("line_quantity") or _ZERO
    if quantity < 0:
        raise Refusal(f"The field '{wanted.path}.line_quantity' must not be negative.")
    given = wanted.decimal("selling_unit_price")
    price = item.price if given is None else given
    if price < 0:
        raise Refusal(f"The field '{wanted.path}.selling_unit_price' must not be negative.")
    default_tax = item.tax_code_id
    if desk.customer.tax_code_is_default:
        default_tax = desk.customer.default_tax_code_id
    # what is left out is worked out from the price book; who types a price has set it to the end
    typed = given is not None or any(name in wanted.sent for name in _DISCOUNTS)
    own = NO_DISCOUNT if typed else unit_discount(price, quantity, item.breaks)
    columns, value = _priced(
        wanted, desk, quantity, price, desk.delivery_tax_code_id or default_tax, own
    )
    own_text = wanted.text("description") if wanted.sent.get("use_description") else None
    columns |= _nominal(wanted, desk, item.nominal, item.cost_centre, item.department)
    columns |= {
        "ItemCode": item.code,
        "ItemDescription": own_text or item.name,
        "UseDescription": int(bool(wanted.sent.get("use_description"))),
        "UnitSellPriceOverridden": int(given is not None and given != item.price),
        "SellingUnitDescription": item.unit_name,
        "PricingUnitDescription": item.unit_name,
        "StockUnitLineQuantity": quantity,
        "StockItemTypeID": item.type_id,
        "SellingUnitWeight": item.weight,
        "CostPrice": item.cost,
    }
    allocate = _to_allocate(wanted, desk, item, quantity)
    return Line(
        wanted.kind, value, _stored(wanted, columns, desk.settings), item, holding, allocate
    )


def _item(wanted: WantedLine, desk: Desk) -> Item:
    item = desk.items.get(wanted.number("product_id") or 0)
    if item is None:
        raise Refusal(
            f"The field '{wanted.path}.product_id' is invalid: "
            f"there is no product {wanted.number('product_id')}."
        )
    if not item.active:
        raise Refusal(f"Product '{item.code}' is inactive ('{wanted.path}.product_id').")
    if not item.sellable:
        raise Refusal(
            f"Product '{item.code}' is not allowed on sales orders ('{wanted.path}.product_id')."
        )
    return item


def _holding(wanted: WantedLine, desk: Desk, item: Item) -> Holding | None:
    if not item.is_stock:
        return None
    of_item = [holding for holding in desk.holdings if holding.item_id == item.id]
    warehouse_id = wanted.number("warehouse_id")
    if warehouse_id is None:
        selling = [holding for holding in of_item if holding.sells]
        preferred = [h for h in selling if h.warehouse_id == desk.user.full_order_warehouse_id]
        if not selling:
            raise Refusal(f"Product '{item.code}' is in no warehouse that sells ('{wanted.path}').")
        return (preferred or selling)[0]
    for holding in of_item:
        if holding.warehouse_id == warehouse_id:
            if not holding.sells and desk.kind is Kind.ORDER:
                raise Refusal(
                    f"Warehouse '{holding.warehouse_name}' is not used for sales trading "
                    f"('{wanted.path}.warehouse_id')."
                )
            return holding
    raise Refusal(
        f"Product '{item.code}' is not linked to warehouse {warehouse_id} "
        f"('{wanted.path}.warehouse_id')."
    )


def _to_allocate(wanted: WantedLine, desk: Desk, item: Item, quantity: Decimal) -> Decimal:
    asked = wanted.decimal("to_allocate_quantity")
    if desk.kind is Kind.RETURN:
        if asked:
            raise Refusal(
                f"The field '{wanted.path}.to_allocate_quantity' cannot be used on a sales return."
            )
        return _ZERO
    if asked is None:
        return quantity if desk.settings.allocate_on_entry and item.is_stock else _ZERO
    if asked and not item.is_stock:
        raise Refusal(
            f"Product '{item.code}' is not kept in stock, so '{wanted.path}."
            f"to_allocate_quantity' cannot be used."
        )
    if asked < 0 or asked > quantity:
        raise Refusal(
            f"The field '{wanted.path}.to_allocate_quantity' must be from 0 to the line quantity."
        )
    return asked


def _free_text(wanted: WantedLine, desk: Desk) -> Line:
    quantity = wanted.decimal("line_quantity") or _ZERO
    price = wanted.decimal("selling_unit_price") or _ZERO
    if price < 0 and wanted.sends_discount:
        raise Refusal(
            f"Ex21190: a free text line with a negative price takes no discount ('{wanted.path}')."
        )
    columns, value = _priced(wanted, desk, quantity, price, desk.customer.default_tax_code_id)
    columns |= _nominal(wanted, desk, desk.customer.nominal, "", "")
    columns |= {
        "ItemDescription": wanted.text("description"),
        "UseDescription": 1,
        "UnitSellPriceOverridden": 1,
    }
    return Line(wanted.kind, value, _stored(wanted, columns, desk.settings))


def _charge(wanted: WantedLine, desk: Desk) -> Line:
    code = wanted.text("code")
    known = desk.charges.get(code.lower()) if code else None
    if code and known is None:
        raise Refusal(
            f"The field '{wanted.path}.code' is invalid: there is no additional charge '{code}'."
        )
    given = wanted.decimal("selling_unit_price")
    price = given if given is not None else (known.value if known else _ZERO)
    tax_code = known.tax_code_id if known else desk.customer.default_tax_code_id
    columns, value = _priced(wanted, desk, Decimal(1), price, tax_code)
    columns |= _nominal(
        wanted,
        desk,
        known.nominal if known else desk.customer.nominal,
        known.cost_centre if known else "",
        known.department if known else "",
    )
    columns |= {
        "ItemCode": known.code if known else "",
        "ItemDescription": wanted.text("description") or (known.name if known else ""),
        "UseDescription": int(not known or bool(wanted.text("description"))),
        "UnitSellPriceOverridden": int(known is None or price != known.value),
    }
    return Line(wanted.kind, value, _stored(wanted, columns, desk.settings))


def _priced(
    wanted: WantedLine,
    desk: Desk,
    quantity: Decimal,
    price: Decimal,
    default_tax: int,
    own: Discount = NO_DISCOUNT,
) -> tuple[dict[str, Value], LineValue]:
    sent_tax = wanted.number("tax_code_id")
    tax_code = default_tax if sent_tax is None else sent_tax
    rate = desk.tax_rates.get(tax_code)
    if rate is None:
        raise Refusal(
            f"The field '{wanted.path}.tax_code_id' is invalid: there is no VAT code {tax_code}."
        )
    percent = wanted.decimal("unit_discount_percent") or _ZERO
    by_value = wanted.decimal("unit_discount_value") or _ZERO
    by_percent = wanted.sent.get("discount_percent_specified", bool(percent and not by_value))
    discount = unit_price(percent_of(price, percent)) if by_percent else by_value
    if not by_percent and price:
        percent = money(discount / price * 100)
    if own.value:
        discount, percent, by_percent = own.value, own.percent, bool(own.percent)
    net = line_net(quantity, price, discount)
    is_charge = wanted.kind is LineType.CHARGE
    columns: dict[str, Value] = {
        "LineQuantity": quantity,
        "UnitSellingPrice": price,
        "UnitDiscountPercent": percent,
        "UnitDiscountValue": discount,
        "DiscountPercentSpecified": int(bool(by_percent)),
        "UnitDiscountOverridden": int(wanted.sends_discount),
        "LineTotalValue": net,
        "LineTaxValue": line_tax(net, rate),
        "TaxCodeID": tax_code,
        "SellingUnitMultiple": 1,
        "PricingUnitMultiple": 1,
        "StockUnitMultiple": 1,
        "ApplyOrderValueDiscount": int(not is_charge),
    }
    return columns, LineValue(net, tax_code, rate, is_charge=is_charge)


def _nominal(
    wanted: WantedLine, desk: Desk, account: str, cost_centre: str, department: str
) -> dict[str, Value]:
    if desk.settings.nominal_of_customer and wanted.kind is not LineType.CHARGE:
        account = desk.customer.nominal
    if desk.settings.cost_centre_of_customer:
        cost_centre, department = desk.customer.cost_centre, desk.customer.department
    sent = wanted.text("nominal_reference")
    # a nominal code is honoured only if the settings allow it to be changed
    if sent is not None and desk.settings.amend_nominal_codes:
        account = sent
        cost_centre = wanted.text("nominal_cost_centre") or ""
        department = wanted.text("nominal_department") or ""
        if not desk.nominal_exists(account, cost_centre, department):
            raise Refusal(
                f"The field '{wanted.path}.nominal_reference' is invalid: there is no nominal "
                f"account '{account}' with cost centre '{cost_centre}' and department "
                f"'{department}'."
            )
    return {
        "NominalAccountRef": account,
        "NominalCostCentre": cost_centre,
        "NominalDepartment": department,
    }


def _stored(
    wanted: WantedLine, columns: Mapping[str, Value], settings: Settings
) -> dict[str, Value]:
    sent = dict(wanted.columns)
    if not settings.amend_analysis_codes:
        sent = {name: v for name, v in sent.items() if not name.startswith("AnalysisCode")}
    return {**columns, **sent, "LineTypeID": int(wanted.kind)}
