"""The mapping alone: what becomes of each recorded order under a full set of tables, how fast.

``python -m benchmarks mapping`` prints one row per order: posted with the figures that Sage's own
arithmetic makes of the document, checked here against Magento's, or waiting or refused and why.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outbox import State
from target_sage200.decide import OrderDecider
from target_sage200.gate import GateRules
from target_sage200.magento_document import read_order
from target_sage200.mapping.codes import (
    Customer,
    PaymentMethod,
    Product,
    SageCodes,
    TaxCode,
    code_key,
)
from target_sage200.mapping.order import map_order
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.tables import read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from outbox import Decision
    from target_sage200.magento_order import Order
    from target_sage200.mapping.tables import Tables

ROOT = Path(__file__).parents[1]
TABLES = Path(__file__).parent / "full_mappings"
RECORDED = ROOT / "tests" / "fixtures" / "magento" / "recorded" / "list" / "orders.json"
NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
RATES = {1: "20", 2: "0", 3: "0", 4: "0", 5: "5", 9: "0", 10: "0", 31: "20", 90: "9.07"}
ABROAD = {119: "19", 120: "20", 123: "23"}
PENNY = Decimal("0.01")
ROUNDS = 8
ROUND_SECONDS = 0.5
LEAST_PER_SECOND = 3000


def main() -> None:
    """Print the table of the recorded orders, and how many a second one process maps."""
    orders = recorded_orders()
    decider = full_decider(orders)
    decisions = [decider.decide(order, captured(order)) for order in orders]
    print(f"Mapping, {len(orders)} recorded orders under {TABLES.name}, tax_strategy exact")
    print(
        f"  {'order':<12}{'':<5}{'Magento':>9}{'Sage net':>9}{'VAT':>8}{'gross':>9}"
        "  VAT by rate, rounding, what else"
    )
    for order, decision in zip(orders, decisions):
        print(f"  {row_of(order, decision)}")
    posted = sum(decision.state is State.READY for decision in decisions)
    off = [
        order["increment_id"]
        for order, decision in zip(orders, decisions)
        if decision.state is State.READY and differences(order, decision)
    ]
    print(f"  {posted} posted, {len(orders) - posted} not, {len(off)} a penny out {off or ''}")
    posted_orders = [
        read_order(order)
        for order, decision in zip(orders, decisions)
        if decision.state is State.READY
    ]
    mapped = throughput(lambda: _map_all(decider, posted_orders), len(posted_orders))
    decided = throughput(lambda: _decide_all(decider, orders), len(orders))
    print(
        f"  {mapped:,.0f} orders/s mapped in one process, wanted {LEAST_PER_SECOND:,}/s, ratio"
        f" {mapped / LEAST_PER_SECOND:.2f}; {decided:,.0f}/s with reading, gate and contract check"
    )


def recorded_orders() -> list[dict[str, Any]]:
    """Return the recorded orders with exact numbers."""
    text = RECORDED.read_text(encoding="utf-8")
    items: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)["body"]["items"]
    return items


def full_decider(orders: Sequence[Mapping[str, Any]]) -> OrderDecider:
    """Return a decider with the full set of tables, in a company that has every code."""
    tables = read_tables(TABLES)
    return OrderDecider(tables, _company(orders, tables), GateRules(), OrderRules(), None, NOW)


def captured(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a capture as the gateway's proof of money."""
    return [{"txn_type": "capture", "txn_id": f"ch_{order['entity_id']:024}"}]


def _company(orders: Sequence[Mapping[str, Any]], tables: Tables) -> SageCodes:
    skus = {item["sku"] for order in orders for item in order["items"]}
    rates = {**RATES, **ABROAD}
    return SageCodes(
        base_currency="GBP",
        products={
            code_key(code): Product(number, code)
            for number, code in enumerate(sorted({*skus, *tables.skus.values()}), start=1)
        },
        tax_codes={code: TaxCode(code, code, Decimal(rate)) for code, rate in rates.items()},
        customers={
            code_key(store.account): Customer(store.store_id, store.account, store.currency)
            for store in tables.stores.values()
        },
        warehouses={code_key(store.warehouse): 1 for store in tables.stores.values()},
        payment_methods={
            code_key(rule.sage_payment_method): PaymentMethod(1, rule.sage_payment_method)
            for rule in tables.payments
            if rule.send_payment
        },
        charges={code_key(rule.charge): 1 for rule in tables.shipping},
        countries={"GB": "United Kingdom", "DE": "Germany", "US": "United States"},
        nominals=frozenset(rule.gives.key for rule in tables.nominals),
    )


def row_of(order: Mapping[str, Any], decision: Decision) -> str:
    """Return one row of the table."""
    start = (
        f"{order['increment_id']:<12}{order['order_currency_code']:<5}{order['grand_total']:>9.2f}"
    )
    if decision.state is not State.READY:
        return f"{start}{'':>26}  {decision.state.value}: {decision.cause}"
    found = differences(order, decision)
    detail = decision.detail
    figures = f"{detail['net']:>9}{detail['tax']:>8}{detail['gross']:>9}"
    more = [
        " + ".join(f"{tax} at {rate}%" for rate, tax in sorted(_vat_in_sage(decision).items())),
        *_rounding(decision),
        *([f"{detail['left_out']['gross']} refunded before"] if "left_out" in detail else []),
        *(["refunds to follow"] if "note" in detail else []),
        *(["payment to follow"] if "payment_note" in detail else []),
        *found,
    ]
    return f"{start}{figures}  {', '.join(part for part in more if part)}"


def differences(order: Mapping[str, Any], decision: Decision) -> list[str]:
    """Return what Sage would compute otherwise than Magento, in words; nothing where all agree."""
    left_out = decision.detail.get("left_out", {"gross": 0, "tax": 0})
    cancelled = order.get("total_canceled", 0)
    gross = _pennies(order["grand_total"] - cancelled) - left_out["gross"]
    tax = _pennies(order["tax_invoiced"] if cancelled else order["tax_amount"]) - left_out["tax"]
    in_sage = _vat_in_sage(decision)
    nets = sum(_nets(decision).values(), Decimal(0))
    wrong = []
    if nets + sum(in_sage.values(), Decimal(0)) != gross:
        wrong.append(f"GROSS IS NOT {gross}")
    if sum(in_sage.values(), Decimal(0)) != tax:
        wrong.append(f"VAT IS NOT {tax}")
    if not cancelled and "left_out" not in decision.detail and _vat_in_magento(order) != in_sage:
        wrong.append(f"VAT BY RATE IS NOT {_vat_in_magento(order)}")
    return wrong


def throughput(work: Callable[[], None], orders: int) -> float:
    """Return the orders a second of processor time, of the best of some rounds.

    What else runs on the machine slows a round down and never speeds one up.
    """
    fastest = 0.0
    for _ in range(ROUNDS):
        started, done = time.process_time(), 0
        while time.process_time() - started < ROUND_SECONDS:
            work()
            done += orders
        fastest = max(fastest, done / (time.process_time() - started))
    return fastest


def _decide_all(decider: OrderDecider, orders: Sequence[Mapping[str, Any]]) -> None:
    for order in orders:
        decider.decide(order, [{"txn_type": "capture", "txn_id": "ch_1"}])


def _map_all(decider: OrderDecider, orders: Sequence[Order]) -> None:
    tables = decider.tables
    for order in orders:
        payment = tables.payment(order.payment_method)
        if payment is not None:
            store = tables.stores[order.store_id, order.currency]
            map_order(order, store, payment, tables, decider.codes, decider.order_rules)


def _nets(decision: Decision) -> dict[Decimal, Decimal]:
    """Net by VAT code, as Sage adds lines up; each line is rounded to pennies."""
    nets: dict[Decimal, Decimal] = {}
    for line in (decision.document or {})["lines"]:
        if "selling_unit_price" in line:
            price = line["selling_unit_price"] - line.get("unit_discount_value", 0)
            net = _pennies(line.get("line_quantity", 1) * price)
            nets[line["tax_code_id"]] = nets.get(line["tax_code_id"], Decimal(0)) + net
    return nets


def _vat_in_sage(decision: Decision) -> dict[Decimal, Decimal]:
    """VAT by rate, computed once per VAT code on its net."""
    rates = {code: Decimal(rate) for code, rate in {**RATES, **ABROAD}.items()}
    found: dict[Decimal, Decimal] = {}
    for code, net in _nets(decision).items():
        rate = rates[int(code)]
        found[rate] = found.get(rate, Decimal(0)) + _pennies(net * rate / 100)
    return {rate: tax for rate, tax in found.items() if tax}


def _vat_in_magento(order: Mapping[str, Any]) -> dict[Decimal, Decimal]:
    """VAT by rate as Magento lists it with the order; taxes on one line are one rate."""
    extension = order["extension_attributes"]
    rate_of: dict[str, Decimal] = {}
    for entry in extension.get("item_applied_taxes") or ():
        together = sum((Decimal(tax["percent"]) for tax in entry["applied_taxes"]), Decimal(0))
        rate_of.update({tax["code"]: together for tax in entry["applied_taxes"]})
    found: dict[Decimal, Decimal] = {}
    for tax in extension.get("applied_taxes") or ():
        rate = rate_of[tax["code"]]
        found[rate] = found.get(rate, Decimal(0)) + Decimal(tax["amount"])
    return {rate: _pennies(tax) for rate, tax in found.items() if _pennies(tax)}


def _rounding(decision: Decision) -> list[str]:
    amounts = [
        str(line["selling_unit_price"])
        for line in (decision.document or {})["lines"]
        if line.get("nominal_reference") == "4999"
    ]
    return [f"rounding {' '.join(amounts)}"] if amounts else []


def _pennies(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(PENNY, ROUND_HALF_UP)
