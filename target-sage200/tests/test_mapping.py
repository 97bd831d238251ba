"""What of a Magento order becomes what line of a Sage order, and what is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from target_sage200.magento_document import MalformedOrderError, read_order
from target_sage200.mapping.address import check_delivery
from target_sage200.mapping.codes import Customer, Product, TaxCode, code_key
from target_sage200.mapping.order import SalesOrder, map_order
from target_sage200.mapping.payment_table import PaymentRule
from target_sage200.mapping.product_table import ProductFacts, ProductTable
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.tax_table import TaxRule
from target_sage200.mapping.text import Trimmer

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.tables import Tables

RULES = OrderRules(refunds_before_posting="post_in_full")


def mapped(
    body: dict[str, Any],
    tables: Tables,
    codes: SageCodes,
    rules: OrderRules = RULES,
    reference: str = "",
) -> SalesOrder:
    order = read_order(body)
    payment = tables.payment(order.payment_method)
    assert payment is not None
    return map_order(
        order,
        tables.stores[order.store_id, order.currency],
        payment,
        tables,
        codes,
        rules,
        reference,
    )


def lines_of(document: SalesOrder, kind: str) -> list[dict[str, Any]]:
    return [line for line in document.body["lines"] if line["line_type"] == f"EnumLineType{kind}"]


def sold(document: SalesOrder, codes: SageCodes) -> list[tuple[str, Decimal, Decimal]]:
    names = {product.id: product.code for product in codes.products.values()}
    return [
        (names[line["product_id"]], line["line_quantity"], line["selling_unit_price"])
        for line in lines_of(document, "Standard")
    ]


def test_simple_order_has_lines_carriage_address_and_payment(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000001"], tables, codes)
    assert sold(document, codes) == [("BN-001", Decimal(1), Decimal("0.82"))]
    assert document.body["customer_document_no"] == "000000001"
    assert document.body["document_date"] == "2026-11-23T00:00:00Z"
    assert [line["code"] for line in lines_of(document, "Charge")] == ["CARR"]
    assert document.body["payment_value"] == document.gross == Decimal("5.94")
    assert document.body["delivery_address"]["postcode"] == "SW1A 2AA"
    assert document.body["delivery_address"]["country"] == "United Kingdom"


@pytest.mark.parametrize(
    ("kept_in_stock", "allocate", "expected"),
    [(True, True, True), (False, True, False), (True, False, False)],
    ids=["stock item", "service", "setting off"],
)
def test_only_stock_items_are_allocated_and_only_if_asked(
    orders: dict[str, Any],
    tables: Tables,
    codes: SageCodes,
    *,
    kept_in_stock: bool,
    allocate: bool,
    expected: bool,
) -> None:
    item = {"bn-001": Product(1, "BN-001", kept_in_stock=kept_in_stock)}
    rules = replace(RULES, allocate_stock=allocate)
    document = mapped(orders["000000001"], tables, replace(codes, products=item), rules)
    assert ("to_allocate_quantity" in lines_of(document, "Standard")[0]) is expected


def test_configurable_sells_the_childs_sku_once(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000004"], tables, codes)
    assert [(code, quantity) for code, quantity, _ in sold(document, codes)] == [
        ("TEE-M", 2),
        ("BN-009", 1),
    ]


def test_dynamic_bundle_posts_its_children_and_names_the_bundle(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000005"], tables, codes)
    assert sold(document, codes) == [
        ("BN-009", 2, Decimal("9.99")),
        ("BN-003", 2, Decimal("2.075")),
    ]
    comments = [line["description"] for line in lines_of(document, "Comment")]
    assert len(comments) == 1
    assert comments[0].startswith("Bundle: ")


@pytest.mark.parametrize(
    ("price_on", "skus"),
    [("children", ["KIT-A", "KIT-B"]), ("parent", ["BUNDLE-FIX-KIT-A-KIT-B"])],
)
def test_fixed_bundle_puts_its_money_where_the_setting_says(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, price_on: str, skus: list[str]
) -> None:
    document = mapped(orders["000000006"], tables, codes, replace(RULES, bundle_price_on=price_on))
    assert document.gross == Decimal("92.49")
    found = [code for code, _, _ in sold(document, codes)]
    assert len(found) == len(skus)
    if price_on == "children":
        assert found == skus
        assert all(price > 0 for _, _, price in sold(document, codes))


def test_custom_options_become_comment_lines(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000033"], tables, codes)
    comments = [line["description"] for line in lines_of(document, "Comment")]
    # The catalogue's words for them come from the stream of products.
    assert comments == ['Option 1: Ünï & "q" <3', "Option 2: 2"]


@pytest.mark.parametrize("price_on", ["children", "parent"])
def test_options_and_prices_of_a_fixed_bundle(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, price_on: str
) -> None:
    order = copy.deepcopy(orders["000000006"])
    parent, *children = order["items"]
    option = {"option_id": "9", "option_value": "Love Mum"}
    parent.setdefault("product_option", {}).setdefault("extension_attributes", {})[
        "custom_options"
    ] = [option]
    for child in children:
        # Magento 2.4.9 shows the parent's price on its parts; it is still no money of theirs.
        child.update(price=Decimal(25), base_price=Decimal(25), original_price=Decimal(25))
    document = mapped(order, tables, codes, replace(RULES, bundle_price_on=price_on))
    assert document.gross == Decimal("92.49")
    comments = [line["description"] for line in lines_of(document, "Comment")]
    assert "Option 9: Love Mum" in comments


def test_decimal_quantity_and_four_decimal_total_round_once(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000007"], tables, codes)
    assert document.gross == Decimal("11.30")
    assert [quantity for _, quantity, _ in sold(document, codes)] == [Decimal("2.345")]


def test_cancelled_quantities_are_left_out_with_their_money(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000031"], tables, codes)
    assert document.gross == Decimal("32.15")
    ordered = sum(item["qty_ordered"] for item in orders["000000031"]["items"])
    assert sum(quantity for _, quantity, _ in sold(document, codes)) < ordered


def test_long_sku_is_mapped_by_table_and_refused_without(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000012"], tables, codes)
    assert "LONG-SKU-64" in [code for code, _, _ in sold(document, codes)]
    with pytest.raises(RefusalError, match="has no stock item") as caught:
        mapped(orders["000000012"], replace(tables, skus={}), codes)
    assert caught.value.cause == "sku_not_in_sage"


def test_order_in_foreign_currency_goes_without_payment(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["4000000001"], tables, codes)
    assert "payment_with_order" not in document.body
    assert document.gross == Decimal("70.65")


def test_payment_reference_keeps_its_tail_and_the_whole_in_a_memo(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    reference = "ch_3Nx0000000000000000000000000001"
    document = mapped(orders["000000035"], tables, codes, reference=reference)
    assert document.body["payment_reference"] == reference[-20:]
    assert reference in document.body["memos"][0]["note"]
    assert any("payment reference" in note for note in document.trimmed)


def test_long_street_is_wrapped_before_anything_is_cut(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    document = mapped(orders["000000003"], tables, codes)
    address = document.body["delivery_address"]
    lines = [line for name, line in address.items() if name.startswith("address_")]
    assert len(lines) <= 4
    assert all(len(line) <= 60 for line in lines)
    street = read_order(orders["000000003"]).delivery.street
    assert " ".join(lines) == ", ".join(street)
    assert len(address["city"]) <= 60


def test_emoji_and_other_unholdable_characters_are_replaced_and_recorded(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    body = copy.deepcopy(orders["000000001"])
    shipping = body["extension_attributes"]["shipping_assignments"][0]["shipping"]["address"]
    shipping["city"] = "Łódź 🎁"
    document = mapped(body, tables, codes)
    assert document.body["delivery_address"]["city"] == "Lódz ?"
    assert any(note.startswith("city") for note in document.trimmed)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Zażółć Łódź", "Zazólc Lódz"),
        ("Đorđe O\u02bcNeill", "Dorde O'Neill"),
        ("10\u201012 Café", "10-12 Café"),
        ("\u202a+44 7700\u200b 900", "+44 7700 900"),
        ("Ελλάδα", "Ellada"),
        ("Иван", "Ivan"),
        ("cafe\u0301", "café"),
        ("№ 5 Ö", "No 5 Ö"),
        ("\ufb00", "ff"),
    ],
)
def test_letters_that_sage_cannot_hold_are_written_as_they_sound(text: str, held: str) -> None:
    trimmer = Trimmer("cp1252")
    assert trimmer.fit("name", text, 60) == held
    assert len(trimmer.notes) == 1
    assert Trimmer("utf-8").fit("name", text, 60) == text


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"postcode": "ИН 12"}, "postcode_too_long"),
        ({"postcode": "SW1A 2AA 123"}, "postcode_too_long"),
        ({"country_id": None}, "address_incomplete"),
        (None, "address_incomplete"),
    ],
    ids=["letters", "length", "no country", "no address"],
)
def test_address_that_would_send_goods_astray_is_refused(
    orders: dict[str, Any],
    tables: Tables,
    codes: SageCodes,
    change: dict[str, Any] | None,
    cause: str,
) -> None:
    body = copy.deepcopy(orders["000000001"])
    part = body["extension_attributes"]["shipping_assignments"][0]["shipping"]
    if change is None:
        del part["address"]
    else:
        part["address"].update(change)

    def send() -> None:
        check_delivery(read_order(body))
        mapped(body, tables, codes)

    with pytest.raises(RefusalError) as refused:
        send()
    assert refused.value.cause == cause


ACCOUNT = code_key("WEBGBP")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"customers": {}}, "customer_not_in_sage"),
        ({"customers": {ACCOUNT: Customer(1, "WEBGBP", "EUR")}}, "currency_differs"),
        ({"customers": {ACCOUNT: Customer(1, "WEBGBP", "GBP", on_hold=True)}}, "account_on_hold"),
        ({"products": {}}, "sku_not_in_sage"),
        ({"products": {"bn-001": Product(1, "BN-001", active=False)}}, "item_not_for_sale"),
        (
            {"products": {"bn-001": Product(1, "BN-001", allow_sales_order=False)}},
            "item_not_for_sale",
        ),
        ({"tax_codes": {}}, "vat_code_not_in_sage"),
        ({"tax_codes": {1: TaxCode(1, 1, Decimal("17.5"))}}, "vat_rate_differs"),
        ({"warehouses": {}}, "warehouse_not_in_sage"),
        ({"charges": {}}, "charge_not_in_sage"),
        ({"payment_methods": {}}, "payment_method_not_in_sage"),
    ],
)
def test_what_sage_lacks_is_refused_with_its_cause(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, change: dict[str, Any], cause: str
) -> None:
    with pytest.raises(RefusalError) as caught:
        mapped(orders["000000001"], tables, replace(codes, **change))
    assert caught.value.cause == cause
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"grand_total": Decimal("5.95"), "total_paid": Decimal("5.95")}, "totals_do_not_add_up"),
        ({"tax_amount": Decimal("1.05")}, "totals_do_not_add_up"),
        ({"increment_id": "X" * 31}, "order_number_too_long"),
    ],
)
def test_what_cannot_be_right_is_refused(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, change: dict[str, Any], cause: str
) -> None:
    with pytest.raises(RefusalError) as caught:
        mapped({**orders["000000001"], **change}, tables, codes)
    assert caught.value.cause == cause


def test_postcode_is_never_cut(orders: dict[str, Any], tables: Tables, codes: SageCodes) -> None:
    body = copy.deepcopy(orders["000000001"])
    shipping = body["extension_attributes"]["shipping_assignments"][0]["shipping"]["address"]
    shipping["postcode"] = "SW1A 2AA-TOO-LONG"
    with pytest.raises(RefusalError) as caught:
        mapped(body, tables, codes)
    assert caught.value.cause == "postcode_too_long"


def test_tax_strategy_refuse_refuses_where_a_rounding_line_would_stand(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    number = "000000020"
    assert lines_of(mapped(orders[number], tables, codes), "FreeText")
    strict = replace(RULES, tax_strategy="refuse")
    with pytest.raises(RefusalError) as caught:
        mapped(orders[number], tables, codes, strict)
    assert caught.value.cause == "tax_gap_too_large"


@pytest.mark.parametrize(
    "broken",
    [
        {"items": None},
        {"payment": None},
        {"grand_total": 5.94},
        {"grand_total": "five"},
        {"created_at": "yesterday"},
    ],
)
def test_malformed_order_is_named_and_not_guessed(
    orders: dict[str, Any], broken: dict[str, Any]
) -> None:
    with pytest.raises(MalformedOrderError, match="Order 000000001"):
        read_order({**orders["000000001"], **broken})


def test_missing_field_is_named(orders: dict[str, Any]) -> None:
    body = {name: value for name, value in orders["000000001"].items() if name != "store_id"}
    with pytest.raises(MalformedOrderError, match="'store_id' is missing"):
        read_order(body)


def test_free_text_prices_of_other_payment_rules_stay_out(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    order = read_order(orders["000000001"])
    rule = PaymentRule("checkmo", "paid", "", send_payment=False)
    document = map_order(order, tables.stores[1, "GBP"], rule, tables, codes, RULES)
    assert not [name for name in document.body if name.startswith("payment")]


@pytest.mark.parametrize("number", ["000000018", "000000019", "000000020", "2000000001"])
def test_line_discount_shows_the_price_before_it_and_comes_to_the_same(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, number: str
) -> None:
    plain = mapped(orders[number], tables, codes)
    shown = mapped(orders[number], tables, codes, replace(RULES, discounts="line_discount"))
    assert (shown.net, shown.tax, shown.gross) == (plain.net, plain.tax, plain.gross)
    for before, after, row in zip(
        lines_of(plain, "Standard"), lines_of(shown, "Standard"), orders[number]["items"]
    ):
        off = after["unit_discount_value"]
        assert after["selling_unit_price"] - off == before["selling_unit_price"]
        assert (off > 0) is (row["discount_amount"] > 0)
        assert off == pytest.approx(after["selling_unit_price"] - before["selling_unit_price"])
        assert abs(after["selling_unit_price"] - row["price"]) <= Decimal("0.01")


def test_store_may_name_a_suspense_item_for_unknown_skus(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    suspense = Product(77, "SUSPENSE", kept_in_stock=False)
    store = replace(tables.stores[1, "GBP"], suspense_item="Suspense")
    own = replace(tables, stores={**tables.stores, (1, "GBP"): store})
    products = {key: one for key, one in codes.products.items() if one.code != "BN-001"}
    known = replace(codes, products={**products, "suspense": suspense})
    document = mapped(orders["000000001"], own, known)
    line = lines_of(document, "Standard")[0]
    assert (line["product_id"], line["use_description"]) == (77, True)
    assert line["description"].startswith("BN-001 ")
    assert document.suspense == ("BN-001",)
    with pytest.raises(RefusalError) as caught:
        mapped(orders["000000001"], own, replace(codes, products={}))
    assert caught.value.cause == "suspense_item_not_in_sage"
    with pytest.raises(RefusalError) as caught:
        mapped(orders["000000001"], tables, known)
    assert caught.value.cause == "sku_not_in_sage"


def test_warehouse_is_the_products_own_else_where_it_is_collected_else_the_stores(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    known = replace(codes, warehouses={**codes.warehouses, "york": 3003, "dropship": 3004})
    body = copy.deepcopy(orders["000000018"])
    body["extension_attributes"]["pickup_location_code"] = "YORK_wh"
    facts = ProductFacts(warehouse="Dropship")
    own = replace(tables, products=ProductTable({"bn-002": facts}, ()))
    found = [one["warehouse_id"] for one in lines_of(mapped(body, own, known), "Standard")]
    assert found == [3003, 3004, 3003]
    plain = mapped(orders["000000018"], tables, known)
    assert {one["warehouse_id"] for one in lines_of(plain, "Standard")} == {3001}
    body["extension_attributes"]["pickup_location_code"] = "shop_floor"
    with pytest.raises(RefusalError) as caught:
        mapped(body, tables, known)
    assert caught.value.cause == "pickup_source_unmapped"


def test_gift_messages_are_comment_lines_and_lose_no_word(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    body = copy.deepcopy(orders["000000001"])
    words = "Many happy returns of the day, " * 4 + "dear Ann!"
    gift = {"gift_message": {"sender": "Bob", "recipient": "Ann", "message": words}}
    body["extension_attributes"].update(gift)
    body["items"][0]["extension_attributes"] = {"gift_message": {"message": "Wrapped in blue"}}
    document = mapped(body, tables, codes)
    comments = [line["description"] for line in lines_of(document, "Comment")]
    assert comments[0] == "Gift message: Wrapped in blue"
    assert " ".join(comments[1:]) == f"Gift message from Bob to Ann: {words}"
    assert all(len(text) <= 60 for text in comments)
    silent = mapped(body, tables, codes, replace(RULES, gift_messages=False))
    assert lines_of(silent, "Comment") == []


def without_names(order: dict[str, Any], *, itemized: bool) -> dict[str, Any]:
    """The order as an import writes it: VAT on the rows, its name elsewhere or nowhere."""
    order = copy.deepcopy(order)
    for field in ("applied_taxes", "item_applied_taxes", "taxes"):
        order["extension_attributes"].pop(field, None)
    if not itemized:
        order["extension_attributes"].pop("additional_itemized_taxes", None)
        for item in order["items"]:
            item.get("extension_attributes", {}).pop("itemized_taxes", None)
    return order


@pytest.mark.parametrize("itemized", [True, False])
def test_tax_that_is_not_among_the_applied_ones_is_found_by_row_or_by_rate(
    orders: dict[str, Any], tables: Tables, codes: SageCodes, itemized: bool
) -> None:
    plain = mapped(orders["000000003"], tables, codes)
    rates = (TaxRule("20%", "GB", "*", 1), TaxRule("5%", "GB", "*", 5))
    known = tables if itemized else replace(tables, taxes=(*tables.taxes, *rates))
    order = without_names(orders["000000003"], itemized=itemized)
    if not itemized:
        # Goods at two rates don't tell that of the carriage.
        with pytest.raises(RefusalError, match="carriage") as refused:
            mapped(order, known, codes)
        assert refused.value.cause == "tax_code_unmapped"
        order["items"] = [item for item in order["items"] if item["tax_percent"] == 20]
        lost = [item for item in orders["000000003"]["items"] if item["tax_percent"] != 20]
        for item in lost:
            order["grand_total"] -= item["row_total_incl_tax"]
            order["tax_amount"] -= item["tax_amount"]
        order["total_paid"] = order["total_invoiced"] = order["grand_total"]
        assert mapped(order, known, codes).tax == order["tax_amount"]
        return
    assert mapped(order, known, codes).body["lines"] == plain.body["lines"]


def test_tax_without_a_name_or_a_row_for_its_rate_is_told_as_such(
    orders: dict[str, Any], tables: Tables, codes: SageCodes
) -> None:
    order = without_names(orders["000000001"], itemized=False)
    with pytest.raises(RefusalError, match="'20%'") as refused:
        mapped(order, tables, codes)
    assert refused.value.cause == "tax_code_unmapped"
