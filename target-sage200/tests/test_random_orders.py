"""Orders by Magento's own arithmetic, at random: each one reaches Sage to the penny."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from outbox import State
from sage200_client.document_check import check_document
from target_sage200.decide import OrderDecider
from target_sage200.gate import GateRules
from target_sage200.mapping.codes import Product, SageCodes, TaxCode, code_key
from target_sage200.mapping.payment_table import PaymentRule
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.tax_table import TaxRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from outbox.rows import Decision
    from target_sage200.mapping.tables import Tables

PENNY = Decimal("0.01")
LEAST_TAXED = Decimal("0.15")
NOISE = Decimal("1.7763568394003e-15")
ZERO = Decimal(0)
SHOPS = ((1, "GBP"), (2, "GBP"), (4, "EUR"), (3, "USD"))
TAXES = {
    "GB": (
        *(("GB-VAT-20", 20), ("GB-VAT-5", 5), ("GB-LUX-20", 20), ("GB-HOTEL-12", 12)),
        ("", 0),
    ),
    "DE": (("DE-VAT-19", 19),),
    "FR": (("FR-VAT-20", 20), ("", 0)),
    "IE": (("IE-VAT-23", 23),),
    "JP": (("", 0),),
}
ADDRESS = {"firstname": "A", "lastname": "Buyer", "street": ["1 High St"], "city": "Leeds"}


def rounded(amount: Decimal, places: str = "0.01") -> Decimal:
    return amount.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def money(most: str, places: int = 2, least: str = "0.01") -> st.SearchStrategy[Decimal]:
    return st.decimals(least, most, places=places)


@dataclass
class Shop:
    """A shop's tax settings and the order being placed in it."""

    includes_tax: bool
    rounding: str
    noise: Decimal
    items: list[dict[str, Any]] = field(default_factory=list)
    taxes: list[dict[str, Any]] = field(default_factory=list)
    deltas: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    total: Decimal = ZERO
    tax: Decimal = ZERO
    invoiced: Decimal = ZERO
    tax_invoiced: Decimal = ZERO

    def tax_of(self, amount: Decimal, percent: int) -> Decimal:
        return amount * percent / (100 + percent if self.includes_tax else 100)

    def rounded_tax(self, amount: Decimal, quantity: Decimal, percent: int, when: str) -> Decimal:
        if self.rounding == "unit":
            return rounded(self.tax_of(amount / quantity, percent)) * quantity
        exact = self.tax_of(amount, percent)
        if self.rounding == "row":
            return rounded(exact)
        exact += self.deltas.get((percent, when), ZERO)
        self.deltas[percent, when] = exact - rounded(exact)
        return rounded(exact)

    def applied(self, entry: dict[str, Any], code: str, percent: int, tax: Decimal) -> None:
        if tax:
            self.taxes.append({**entry, "applied_taxes": [{"code": code, "percent": percent}]})

    def sell(
        self,
        price: Decimal,
        quantity: Decimal,
        law: tuple[str, int],
        discount: Decimal,
        paid: Decimal,
        **more: object,
    ) -> dict[str, Any]:
        """Add an item: its row, tax and discount as Magento's calculators make them."""
        code, percent = law
        row = price * quantity
        before = self.rounded_tax(row, quantity, percent, "before")
        tax = self.rounded_tax(max(row - discount, ZERO), quantity, percent, "after")
        compensation = before - tax if self.includes_tax else ZERO
        net = row - before if self.includes_tax else row
        part = paid / quantity
        whole = {"row": net, "discount": discount, "tax": tax, "comp": compensation}
        billed = {k: v if part == 1 else rounded(v * part) for k, v in whole.items()}
        gross = net - discount + compensation + tax
        self.total += gross
        self.tax += tax
        self.invoiced += billed["row"] - billed["discount"] + billed["comp"] + billed["tax"]
        self.tax_invoiced += billed["tax"]
        item = self.put(
            qty_ordered=quantity,
            qty_invoiced=paid,
            price=rounded(price * 100 / (100 + percent)) if self.includes_tax else price,
            price_incl_tax=price if self.includes_tax else rounded(price * (100 + percent) / 100),
            row_total=max(net - discount, ZERO) + self.noise,
            row_total_incl_tax=max(gross, ZERO) + self.noise,
            tax_amount=tax + self.noise,
            tax_percent=percent,
            discount_amount=discount,
            discount_tax_compensation_amount=compensation + self.noise,
            row_invoiced=billed["row"],
            tax_invoiced=billed["tax"] + self.noise,
            discount_invoiced=billed["discount"],
            discount_tax_compensation_invoiced=billed["comp"],
            **more,
        )
        self.applied({"type": "product", "item_id": item["item_id"]}, code, percent, tax)
        return item

    def put(self, **values: object) -> dict[str, Any]:
        number = len(self.items) + 1
        item = {"item_id": number, "sku": f"SKU-{number % 3}", "product_type": "simple", **values}
        self.items.append({k: stored(v) for k, v in item.items()})
        return self.items[-1]


def stored(value: object) -> object:
    """4 decimals as the database keeps them; PHP's float noise stays what it is."""
    if not isinstance(value, Decimal):
        return value
    kept = rounded(value, "0.0001")
    return value if not kept and value else kept.normalize()


QUANTITIES = st.one_of(
    st.integers(1, 12).map(Decimal),
    st.integers(13, 10_000).map(Decimal),
    st.decimals("0.001", "20", places=3),
)
KINDS = st.sampled_from(["simple", "simple", "free", "configurable", "dynamic", "fixed"])
PLAIN = ("simple", "grouped", "downloadable", "virtual", "giftcard")
"""Types whose rows hold all there is of them: Magento orders a grouped product's parts alone."""
COUPONS = st.sampled_from(["none", "percent", "unit", "cart", "over"])


@st.composite
def order_documents(draw: st.DrawFn) -> dict[str, Any]:
    store, currency = draw(st.sampled_from(SHOPS))
    country = "JP" if store == 3 else draw(st.sampled_from(sorted(TAXES)))
    shop = Shop(
        includes_tax=store in (1, 4),
        rounding=draw(st.sampled_from(["unit", "row", "total"])),
        noise=draw(st.sampled_from([ZERO, NOISE, -NOISE])),
    )
    placed_only = draw(st.booleans())
    cancelled = not placed_only and draw(st.booleans())
    coupon = draw(COUPONS)
    rate = draw(st.one_of(st.just(Decimal(100)), money("99.9999", 4)))
    places = 4 if draw(st.booleans()) else 2

    least = str(LEAST_TAXED if coupon == "over" else PENNY)

    def off(row: Decimal) -> Decimal:
        exact = {
            "none": ZERO,
            "percent": row * rate / 100,
            "unit": min(row, rate),
            "cart": min(row, rate / 3),
            # On less than this, VAT of 5 % is nothing, and nothing tells what the price includes.
            "over": row + rate / 50 if row >= LEAST_TAXED else ZERO,
        }[coupon]
        # Magento caps what a percentage rounds to at the row.
        return min(rounded(exact), max(row, exact)) if row else ZERO

    for kind in draw(st.lists(KINDS, min_size=1, max_size=5)):
        quantity = draw(QUANTITIES)
        whole = quantity == quantity.to_integral_value()
        if kind in ("configurable", "dynamic", "fixed") and not whole:
            quantity, whole = Decimal(2), True
        paid = ZERO if placed_only else quantity
        if cancelled:
            paid = Decimal(draw(st.integers(0, int(quantity)))) if whole else quantity
        law = draw(st.sampled_from(TAXES[country]))
        price = ZERO if kind == "free" else draw(money("300", places, least))
        left = {"qty_canceled": quantity - paid} if cancelled else {}
        if kind == "dynamic":
            parent = shop.put(product_type="bundle", qty_ordered=quantity, qty_invoiced=paid)
            before = shop.total, shop.tax
            for each in draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)):
                own = draw(st.sampled_from(TAXES[country]))
                cost, number = draw(money("80", places, least)), quantity * each
                shop.sell(
                    cost, number, own, off(cost * number), paid * each,
                    parent_item_id=parent["item_id"],
                )  # fmt: skip
            parent["row_total_incl_tax"] = stored(shop.total - before[0])
            parent["tax_amount"] = stored(shop.tax - before[1])
            if coupon != "none":
                parent["row_total_incl_tax"] = stored(shop.total - before[0] + 17)
            continue
        extra: dict[str, Any] = {} if kind == "fixed" else left
        names = {"configurable": "configurable", "fixed": "bundle"}
        item = shop.sell(
            price, quantity, law, off(price * quantity), paid,
            product_type=names.get(kind, PLAIN[len(shop.items) % len(PLAIN)]), **extra,
        )  # fmt: skip
        children = {"configurable": 1, "fixed": draw(st.integers(1, 5))}.get(kind, 0)
        for _ in range(children):
            shop.put(parent_item_id=item["item_id"], qty_ordered=quantity, qty_invoiced=paid)
    if not any(item["qty_invoiced"] for item in shop.items):
        assume(placed_only)
    return finished(draw, shop, store, currency, country, places, placed_only=placed_only)


def finished(
    draw: st.DrawFn, shop: Shop, store: int, currency: str, country: str, places: int,
    *, placed_only: bool,
) -> dict[str, Any]:  # fmt: skip
    """Add carriage and totals."""
    law = TAXES[country][0]
    price = draw(st.one_of(st.just(ZERO), money("40", places)))
    off = rounded(price * draw(st.sampled_from([0, 0, 15, 100])) / 100)
    one = Decimal(1)
    before = shop.rounded_tax(price, one, law[1], "before")
    tax = shop.rounded_tax(price - off, one, law[1], "after")
    penny = draw(st.sampled_from([ZERO, ZERO, PENNY, -PENNY]))
    compensation = (before - tax if shop.includes_tax else ZERO) + penny
    amount = price - before if shop.includes_tax else price
    shipping = amount - off + compensation + tax
    shop.applied({"type": "shipping"}, law[0], law[1], tax)
    grand, total_tax = shop.total + shipping, shop.tax + tax
    invoiced = ZERO if placed_only else shop.invoiced + shipping
    assume(grand >= 0 and invoiced >= 0)
    cancelled = not placed_only and any(item.get("qty_canceled") for item in shop.items)
    partly = not placed_only and any(i["qty_invoiced"] != i["qty_ordered"] for i in shop.items)
    totals = {
        "shipping_amount": amount,
        "shipping_discount_amount": off,
        "shipping_discount_tax_compensation_amount": compensation + shop.noise,
        "shipping_tax_amount": tax,
        "shipping_invoiced": ZERO if placed_only else amount,
        "grand_total": grand,
        "tax_amount": total_tax,
        "total_paid": invoiced,
        "total_invoiced": invoiced,
        "tax_invoiced": ZERO if placed_only else shop.tax_invoiced + tax,
        "total_canceled": grand - invoiced if partly or cancelled else ZERO,
    }
    body: dict[str, Any] = {k: stored(v) for k, v in totals.items()}
    if body["total_canceled"]:
        body["total_canceled"] = body["grand_total"] - body["total_invoiced"]
    carriage = {k: v for k, v in body.items() if k.startswith("shipping")}
    address = {**ADDRESS, "country_id": country}
    return {
        **body,
        "increment_id": "000000001", "entity_id": 1, "store_id": store, "state": "processing",
        "status": "processing", "created_at": "2026-11-23 06:58:39", "items": shop.items,
        "order_currency_code": currency, "base_currency_code": "GBP",
        "customer_email": "a@example.com", "billing_address": address,
        "payment": {"method": "later" if placed_only else "checkmo"},
        "extension_attributes": {
            "item_applied_taxes": shop.taxes,
            "shipping_assignments": [
                {"shipping": {"address": address, "method": "flatrate_flatrate", "total": carriage}}
            ],
        },
    }  # fmt: skip


@pytest.fixture(scope="session")
def decide(tables: Tables, codes: SageCodes) -> Callable[..., Decision]:
    """Decides orders in a company with a second VAT code of 20 %; no rounding is too large."""
    later = PaymentRule("later", "placed", "", send_payment=False)
    skus = {code_key(f"SKU-{n}"): Product(n + 1, f"SKU-{n}") for n in range(3)}
    decider = OrderDecider(
        tables=replace(
            tables,
            payments=(*tables.payments, later),
            taxes=(
                *tables.taxes,
                TaxRule("GB-LUX-20", "*", "*", 121),
                TaxRule("GB-HOTEL-12", "*", "*", 112),
            ),
        ),
        codes=replace(
            codes,
            products=skus,
            tax_codes={
                **codes.tax_codes,
                112: TaxCode(1112, 112, Decimal(12)),
                121: TaxCode(1121, 121, Decimal(20)),
            },
        ),
        gate_rules=GateRules(),
        order_rules=OrderRules(max_rounding=Decimal(10_000)),
        post_when=None,
        now=datetime(2026, 11, 24, tzinfo=timezone.utc),
    )

    def decided(body: dict[str, Any], **rules: Any) -> Decision:
        chosen = replace(decider, order_rules=replace(decider.order_rules, **rules))
        return chosen.decide(body, [])

    return decided


LAWS = {
    "GB-VAT-20": 1001,
    "GB-VAT-5": 1005,
    "GB-HOTEL-12": 1112,
    "DE-VAT-19": 1119,
    "FR-VAT-20": 1120,
    "GB-LUX-20": 1121,
    "IE-VAT-23": 1123,
}
"""Sage's id of the VAT code of each tax; ids are 1000 + code."""


def magento_tax_by_code(order: dict[str, Any]) -> dict[int, Decimal]:
    """Exact VAT of what is owed by VAT code, added up from Magento's rows."""
    field = "tax_invoiced" if order["total_canceled"] else "tax_amount"
    rows = {item["item_id"]: item.get(field, ZERO) for item in order["items"]}
    rows[None] = order["shipping_tax_amount"]
    found: dict[int, Decimal] = {}
    for entry in order["extension_attributes"]["item_applied_taxes"]:
        code = LAWS[entry["applied_taxes"][0]["code"]]
        found[code] = found.get(code, ZERO) + rows[entry.get("item_id")]
    return found


def sage_tax_by_code(body: dict[str, Any]) -> dict[int, Decimal]:
    """VAT by Sage's rule, worked out here on its own."""
    rates = {1001: 20, 1005: 5, 1112: 12, 1119: 19, 1120: 20, 1121: 20, 1123: 23}
    return {code: rounded(net * rates.get(code, 0) / 100) for code, net in sage_nets(body).items()}


def sage_totals(body: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """Gross and VAT by Sage's rule."""
    tax = sum(sage_tax_by_code(body).values(), ZERO)
    return sum(sage_nets(body).values(), ZERO) + tax, tax


def sage_nets(body: dict[str, Any]) -> dict[int, Decimal]:
    """Net by VAT code, each line rounded."""
    nets: dict[int, Decimal] = {}
    for line in body["lines"]:
        if line["line_type"] != "EnumLineTypeComment":
            price = line["selling_unit_price"] - line.get("unit_discount_value", ZERO)
            net = rounded(line.get("line_quantity", Decimal(1)) * price)
            nets[line["tax_code_id"]] = nets.get(line["tax_code_id"], ZERO) + net
    return nets


MANY = settings(
    max_examples=250,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@MANY
@given(order=order_documents())
def test_every_honest_order_reaches_magentos_gross_and_vat_in_a_valid_document(
    decide: Callable[..., Decision], order: dict[str, Any]
) -> None:
    decision = decide(order)
    assert (decision.state, decision.cause, decision.error) == (State.READY, None, None)
    document = dict(decision.document or {})
    gross = rounded(order["grand_total"] - order["total_canceled"])
    tax = rounded(order["tax_invoiced" if order["total_canceled"] else "tax_amount"])
    assert sage_totals(document) == (gross, tax)
    in_sage = sage_tax_by_code(document)
    for code, exact in magento_tax_by_code(order).items():
        assert abs(in_sage.get(code, ZERO) - exact) < PENNY, (code, in_sage, exact)
    assert check_document("sop_orders", document) == []
    for line in document["lines"]:
        price = line.get("selling_unit_price", ZERO)
        assert price >= 0 or line["line_type"] == "EnumLineTypeFreeText"
        assert line.get("line_quantity", 1) > 0
        assert price == rounded(price, "0.00001")


def stock_codes(document: dict[str, Any]) -> list[tuple[int, Decimal]]:
    """Products and quantities of a document."""
    return [
        (line["product_id"], line["line_quantity"])
        for line in document["lines"]
        if line["line_type"] == "EnumLineTypeStandard"
    ]


@settings(MANY, max_examples=100)
@given(order=order_documents())
def test_dynamic_bundles_sell_their_children_whatever_the_setting(
    decide: Callable[..., Decision], order: dict[str, Any]
) -> None:
    """Under a coupon the parent's money is wrong; of fixed bundles the setting decides."""
    document = dict(decide(order, bundle_price_on="parent").document or {})
    gross = rounded(order["grand_total"] - order["total_canceled"])
    tax = rounded(order["tax_invoiced" if order["total_canceled"] else "tax_amount"])
    assert sage_totals(document) == (gross, tax)
    fixed = [one for one in order["items"] if one["product_type"] == "bundle" and "price" in one]
    if not fixed:
        children = dict(decide(order, bundle_price_on="children").document or {})
        assert stock_codes(document) == stock_codes(children)


@pytest.mark.parametrize("kind", PLAIN)
def test_types_whose_row_is_all_there_is_are_one_line(
    decide: Callable[..., Decision], orders: dict[str, Any], kind: str
) -> None:
    order = copy.deepcopy(orders["000000001"])
    order["items"][0].update(product_type=kind, sku="SKU-1")
    assert stock_codes(dict(decide(order).document or {})) == [(2, Decimal(1))]


@settings(MANY, max_examples=60)
@given(order=order_documents(), other=money("50"), sign=st.sampled_from([1, -1]))
def test_money_that_no_line_carries_is_refused_and_never_posted(
    decide: Callable[..., Decision], order: dict[str, Any], other: Decimal, sign: int
) -> None:
    """Gift cards and store credit lower the grand total, surcharges and FPT raise it."""
    order["grand_total"] += sign * other
    order["total_paid"] = order["total_invoiced"] = order["grand_total"] - order["total_canceled"]
    assert (decide(order).state, decide(order).cause) == (State.REJECTED, "totals_do_not_add_up")


@settings(MANY, max_examples=80)
@given(
    order=order_documents(),
    cap=st.sampled_from(["0", "0.01", "1"]),
    strategy=st.sampled_from(["exact", "gross_only", "sage", "refuse"]),
    discounts=st.sampled_from(["net_price", "line_discount"]),
)
def test_every_strategy_is_exact_in_what_it_promises_or_refuses_with_its_cause(
    decide: Callable[..., Decision],
    order: dict[str, Any],
    cap: str,
    strategy: str,
    discounts: str,
) -> None:
    decision = decide(order, tax_strategy=strategy, max_rounding=Decimal(cap), discounts=discounts)
    if decision.state is not State.READY:
        assert (decision.state, decision.cause) == (State.REJECTED, "tax_gap_too_large")
        return
    document = dict(decision.document or {})
    accepted = decision.detail.get("accepted", {"tax": ZERO, "gross": ZERO})
    assert {"exact": 0, "refuse": 0}.get(strategy, accepted["tax"]) == accepted["tax"]
    assert {"sage": accepted["gross"]}.get(strategy, ZERO) == accepted["gross"]
    gross = rounded(order["grand_total"] - order["total_canceled"]) + accepted["gross"]
    tax = rounded(order["tax_invoiced" if order["total_canceled"] else "tax_amount"])
    assert sage_totals(document) == (gross, tax + accepted["tax"])
    assert abs(accepted["tax"]) <= Decimal(cap) * 5
    assert check_document("sop_orders", document) == []


@st.composite
def refunded_orders(draw: st.DrawFn) -> dict[str, Any]:
    """Paid orders with refunds as credit memos write them into the order."""
    order = draw(order_documents().filter(lambda one: one["total_paid"] == one["grand_total"]))
    total, total_tax, discount = ZERO, ZERO, ZERO
    parents = {item.get("parent_item_id") for item in order["items"]}
    for item in order["items"]:
        carries = "row_invoiced" in item and item["item_id"] not in parents
        quantity = item["qty_ordered"]
        if not carries or not draw(st.booleans()):
            continue
        back = quantity
        if quantity > 1 and quantity == quantity.to_integral_value() and draw(st.booleans()):
            back = Decimal(draw(st.integers(1, int(quantity))))
        share = back / quantity
        names = ("row_invoiced", "discount_amount", "discount_tax_compensation_amount")
        row, off, compensation = (
            item[name] if share == 1 else rounded(item[name] * share) for name in names
        )
        tax = item["tax_amount"] if share == 1 else rounded(item["tax_amount"] * share)
        item.update(
            qty_refunded=back,
            amount_refunded=row,
            discount_refunded=off,
            discount_tax_compensation_refunded=compensation,
            tax_refunded=tax,
        )
        total += row - off + compensation + tax
        total_tax += tax
        discount += off - compensation
    if draw(st.booleans()):
        # Carriage with its discount, as a whole.
        off = order["shipping_discount_amount"]
        compensation = order["shipping_discount_tax_compensation_amount"]
        order["shipping_refunded"] = order["shipping_amount"]
        order["shipping_tax_refunded"] = order["shipping_tax_amount"]
        total += order["shipping_amount"] - off + compensation + order["shipping_tax_amount"]
        total_tax += order["shipping_tax_amount"]
        discount += off - compensation
    beside = draw(st.sampled_from([ZERO, ZERO, ZERO, Decimal(3)]))
    order.update(
        total_refunded=rounded(total + beside),
        tax_refunded=stored(total_tax),
        discount_refunded=stored(-discount),
        adjustment_positive=beside,
    )
    return order


@settings(MANY, max_examples=100)
@given(order=refunded_orders())
def test_refunds_before_posting_are_left_out_exactly_or_not_at_all(
    decide: Callable[..., Decision], order: dict[str, Any]
) -> None:
    decision = decide(order)
    left_out = decision.detail.get("left_out", {"gross": ZERO, "tax": ZERO})
    gross, tax = rounded(order["grand_total"]), rounded(order["tax_amount"])
    if decision.cause == "refunded_before_posting":
        assert (decision.state, left_out["gross"], left_out["tax"]) == (State.WAITING, gross, tax)
        return
    assert (decision.state, decision.cause, decision.error) == (State.READY, None, None)
    assert sage_totals(dict(decision.document or {})) == (
        gross - left_out["gross"],
        tax - left_out["tax"],
    )
    if "left_out" in decision.detail:
        assert abs(left_out["gross"] - order["total_refunded"]) <= PENNY
        assert abs(left_out["tax"] - order["tax_refunded"]) <= PENNY
        assert not order["adjustment_positive"]
    if order["adjustment_positive"]:
        assert "beside the rows" in decision.detail["note"]
    assert check_document("sop_orders", dict(decision.document or {})) == []
