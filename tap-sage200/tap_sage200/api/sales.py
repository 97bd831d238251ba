"""Customers, documents, despatches and invoices by the API."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_sage200.api.fields import Given, Resource, found_in, id_of, word, word_of

if TYPE_CHECKING:
    from tap_sage200.api.fields import Names

_STAMPS = {"created_at": "date_time_created", "updated_at": "date_time_updated"}
DOCUMENT_TYPES = {0: "order", 1: "return", 2: "quotation", 3: "pro_forma"}
DOCUMENT_STATUSES = {
    0: "live",
    1: "on_hold",
    2: "complete",
    3: "dispute",
    4: "cancelled",
    5: "draft",
    6: "printed",
}
LINE_TYPES = {0: "standard", 1: "free_text", 2: "charge", 3: "comment"}
_STATUSES, _INVOICE_TYPES = "sop_document_status_types", "sop_invoice_credit_types"


def _invoice_type(names: Names, value: object) -> str:
    """Return our word for a type by its name, as the SQL source does."""
    name = (names.label(_INVOICE_TYPES, value) or "").casefold()
    return "credit_note" if "credit" in name else "invoice" if "invoice" in name else "other"


def _document_currency(names: Names, currency: object, customer: object) -> Any:
    """Return the document's own currency; that of its customer where it has none."""
    if currency is None:
        return names.find("account_currencies", customer)
    return names.find("currency_codes", currency)


# A return holds no stock, and of quotations and pro formas nothing is sent or invoiced: they become
# orders first. So the views have no such fields, and Sage's tables hold 0.
_NOTHING = Given((), lambda _names: Decimal(0))


def _lines(kind: str) -> Resource:
    """Return the line view of a kind of document; all name their fields alike."""
    document, line = f"sop_{kind}", f"sop_{kind}_line"
    is_traded = kind in {"order", "return"}
    return Resource(
        f"{line}_views",
        f"{line}_id",
        {
            "sales_document_line_id": f"{line}_id",
            "sales_document_id": f"{document}_id",
            "document_no": f"{document}_document_no",
            "customer_document_no": f"{document}_customer_document_no",
            "print_sequence_number": f"{line}_number",
            "line_type_id": id_of("order_return_line_types", f"{line}_type"),
            "line_type": word_of("order_return_line_types", LINE_TYPES, f"{line}_type"),
            "item_code": f"{line}_product_code",
            "item_description": f"{line}_product_description",
            "item_id": "product_id",
            "warehouse_id": "warehouse_id",
            "warehouse_name": "warehouse_name",
            "tax_code_id": "tax_code_id",
            "tax_code": "tax_code_code",
            "line_quantity": f"{line}_quantity",
            "allocated_quantity": f"{line}_allocated_quantity" if kind == "order" else _NOTHING,
            "despatched_quantity": f"{line}_despatch_receipt_quantity" if is_traded else _NOTHING,
            "invoiced_quantity": f"{line}_invoice_credit_quantity" if is_traded else _NOTHING,
            "selling_unit_price": f"{line}_selling_unit_price",
            "line_total": f"{line}_total_value",
            "line_tax": f"{line}_line_tax_value",
            "updated_at": f"{line}_date_time_updated",
        },
        # A change of the header's numbers changes its lines' records.
        stamps=(f"{line}_date_time_updated", f"{document}_date_time_updated"),
    )


LINES = tuple(_lines(kind) for kind in ("order", "return", "quote", "proforma"))

RESOURCES = {
    "customers": Resource(
        "customer_views",
        "id",
        {
            "customer_id": "id",
            "account_number": "reference",
            "account_name": "name",
            "short_name": "short_name",
            "currency_code": found_in("currency_codes", "currency_id"),
            "account_balance": "balance",
            "credit_limit": "credit_limit",
            "is_on_hold": "account_is_on_hold",
            "account_status_id": "account_status_type_id",
            "price_band_id": "price_band_id",
            "discount_group_id": "discount_group_id",
            "updated_at": "date_time_updated",
        },
    ),
    "customer_delivery_addresses": Resource(
        "customer_delivery_addresses",
        "id",
        {
            "customer_delivery_address_id": "id",
            "customer_id": "customer_id",
            "description": "description",
            "is_default": "is_default",
            "postal_name": "postal_name",
            "address_1": "address_1",
            "address_2": "address_2",
            "address_3": "address_3",
            "address_4": "address_4",
            "city": "city",
            "county": "county",
            "postcode": "postcode",
            "country_code": found_in("country_codes", "country_code_id"),
            "contact": "contact",
            "telephone": "telephone",
            "email": "email",
            "tax_number": "tax_number",
            "tax_code_id": "tax_code_id",
            **_STAMPS,
        },
    ),
    "sales_documents": Resource(
        "sop_order_return_views",
        "id",
        {
            "sales_document_id": "id",
            "document_type_id": "document_type_id",
            "document_type": word(DOCUMENT_TYPES, "document_type_id"),
            "document_no": "document_no",
            "document_date": "document_date",
            "document_status_id": "document_status_id",
            "document_status": word(DOCUMENT_STATUSES, "document_status_id"),
            "customer_document_no": "customer_document_no",
            "customer_id": "customer_id",
            "account_number": "customer_reference",
            "currency_code": Given(("currency_id", "customer_id"), _document_currency),
            "exchange_rate": "exchange_rate",
            "total_net": "total_net_value",
            "total_tax": "total_tax_value",
            "total_gross": "total_gross_value",
            "payment_value": "payment_value",
            "payment_reference": "payment_reference",
            "payment_method_name": "payment_method_name",
            "analysis_code_1": "analysis_code_1",
            "analysis_code_2": "analysis_code_2",
            "analysis_code_3": "analysis_code_3",
            "updated_at": "date_time_updated",
        },
    ),
    "despatches": Resource(
        "sop_order_despatch_views",
        "sop_despatch_id",
        {
            "despatch_id": "sop_despatch_id",
            "despatch_no": "sop_despatch_document_no",
            "despatch_date": "sop_despatch_date",
            "sales_document_id": "sop_order_id",
            "document_no": "sop_order_document_no",
            "customer_document_no": "sop_order_customer_document_no",
            "customer_id": "customer_id",
            "account_number": "customer_reference",
            "courier_id": "sop_despatch_courier_id",
            "courier_name": "sop_despatch_courier_name",
            "consignment_no": "sop_despatch_consignment_no",
            "weight": "sop_despatch_weight",
            "pieces": "sop_despatch_pieces",
            "user_name": "sop_despatch_user_name",
        },
        stamps=(),
    ),
    "invoices_and_credits": Resource(
        "sop_order_return_invoice_credit_views",
        "sop_invoice_credit_id",
        {
            "invoice_credit_id": "sop_invoice_credit_id",
            "invoice_credit_type_id": id_of(_INVOICE_TYPES, "sop_invoice_credit_type_id"),
            "invoice_credit_type": Given(("sop_invoice_credit_type_id",), _invoice_type),
            "document_no": "sop_invoice_credit_document_no",
            "document_date": "sop_invoice_credit_document_date",
            "document_status_id": id_of(_STATUSES, "sop_invoice_credit_document_status_id"),
            "document_status": word_of(
                _STATUSES, DOCUMENT_STATUSES, "sop_invoice_credit_document_status_id"
            ),
            "customer_id": "customer_id",
            "account_number": "customer_reference",
            "currency_code": found_in("account_currencies", "customer_id"),
            "sales_document_id": "sop_order_return_id",
            "customer_document_no": "sop_order_return_customer_document_no",
            "total_net": "sop_invoice_credit_total_net_value",
            "total_tax": "sop_invoice_credit_total_tax_value",
            "total_gross": "sop_invoice_credit_total_gross_value",
        },
        stamps=(),
    ),
}
DESPATCH_LINES = Resource(
    "sop_order_despatch_line_views",
    "sop_despatch_line_id",
    {
        "despatch_line_id": "sop_despatch_line_id",
        "sales_document_line_id": "sop_order_line_id",
        "item_code": "sop_order_line_item_code",
        "item_description": "sop_order_line_item_description",
        "item_id": "product_id",
        "quantity": "sop_despatch_line_quantity",
        "is_invoiced": "sop_despatch_line_is_invoiced",
    },
)
INVOICE_HEAD = {
    "exchange_rate": "sop_invoice_credit_exchange_rate",
    "updated_at": "sop_invoice_credit_date_time_updated",
}
"""What an invoice's own view lacks and the view of its lines repeats on each."""
INVOICE_LINES = Resource(
    "customer_sop_invoice_credit_line_views",
    "sop_invoice_credit_line_id",
    {
        "invoice_credit_line_id": "sop_invoice_credit_line_id",
        "sales_document_line_id": "sop_order_return_line_id",
        "sales_document_id": "order_id",
        "item_code": Given(
            ("order_item_code", "product_code"),
            lambda _names, ordered, product: product if ordered is None else ordered,
        ),
        "quantity": "sop_invoice_credit_line_invoice_credit_quantity",
        "line_total": "sop_invoice_credit_line_total_value",
        "line_tax": "sop_invoice_credit_line_tax_value",
    },
)
"""Lines as :mod:`.invoices` joins them, of the views of invoices and of orders."""
