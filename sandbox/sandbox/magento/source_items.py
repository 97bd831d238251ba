"""POST /V1/inventory/source-items and its deletion, with their surprises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.magento.comparison import collate
from sandbox.magento.entities import source_item_identity
from sandbox.magento.errors import MagentoError
from sandbox.magento.service_input import amount, anything, properties, text, whole
from sandbox.magento.stock import find_source, ships_separately, store_source_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.magento.json_text import Document
    from sandbox.magento.shop import Shop


def save_source_items(shop: Shop, elements: Sequence[Any]) -> None:
    """Store source items, all or none.

    Unknown and composite SKUs, negative quantities and disabled sources are accepted; an unknown
    source refuses the whole call without saying which it was.

    Raises:
        MagentoError: 400, nothing was stored.
    """
    items = [_read(element) for element in elements]
    if not items:
        raise MagentoError(400, "Input data is empty")
    findings = [finding for item in items for finding in _findings(item)]
    findings = findings or list(_split_bundles(shop, items))
    if findings:
        first = findings[0]
        raise MagentoError(400, f"Validation Failed: {_filled(first)}", errors=findings)
    with shop.transaction():
        for item in items:
            if find_source(shop, item["source_code"]) is None:
                raise MagentoError(400, "Could not save Source Item")
            store_source_item(shop, item)


def delete_source_items(shop: Shop, elements: Sequence[Any]) -> None:
    """Take source items out; unknown ones are no error."""
    items = [_read(element) for element in elements]
    if not items:
        raise MagentoError(400, "Input data is empty")
    table = shop.table("source-items")
    with shop.transaction():
        for item in items:
            row = table.find(source_item_identity(item["source_code"] or "", item["sku"] or ""))
            if row is not None:
                shop.remove("source-items", table.key_of(row))


def _read(element: Any) -> Document:
    return properties(
        element,
        {
            "sku": text,
            "source_code": text,
            "quantity": amount,
            "status": whole,
            "extension_attributes": anything,
        },
    )


def _findings(item: Document) -> Iterator[Document]:
    for field in ("sku", "source_code"):
        value = item[field]
        if not value:
            yield _finding("%field", "can not be empty.", field)
        elif value != value.strip():
            yield _finding("%field", "can not contain leading or trailing spaces.", field)
    if item["quantity"] is None:
        yield _finding("%field", "should be numeric.", "quantity")
    if item["status"] is None:
        yield _finding("%field", "should be numeric.", "status")
    elif item["status"] not in {0, 1}:
        yield _finding("%field", "should a known status.", "status")


def _finding(placeholder: str, rule: str, field: str) -> Document:
    return {"message": f'"{placeholder}" {rule}', "parameters": {"field": field}}


def _filled(finding: Document) -> str:
    message, parameters = str(finding["message"]), finding["parameters"]
    if isinstance(parameters, dict):
        return message.replace("%field", parameters["field"])
    for number, value in enumerate(parameters, 1):
        message = message.replace(f"%{number}", value)
    return message


def _split_bundles(shop: Shop, items: Sequence[Document]) -> Iterator[Document]:
    """Find rows that would spread the parts of a "ship together" bundle over sources."""
    for item in items:
        for bundle in _bundles_of(shop, item["sku"]):
            sources = {collate(item["source_code"])}
            for part in _parts(bundle):
                sources |= _sources_of(shop, part)
            if len(sources) > 1:
                base_url = shop.singles["storeConfigs"][0]["base_url"]
                yield {
                    "message": 'Not able to assign "%1" to product "%2", as it is part of bundle '
                    'product <a href="%3">"%4"</a> with shipment type "Ship Together" and has '
                    "multiple sources or different source as other bundle selections.",
                    "parameters": [
                        item["source_code"],
                        item["sku"],
                        f"{base_url}catalog/product/edit/id/{bundle['id']}/",
                        bundle["sku"],
                    ],
                }


def _bundles_of(shop: Shop, sku: str) -> Iterator[Document]:
    wanted = collate(sku)
    for product in shop.table("products").all():
        together = product["type_id"] == "bundle" and not ships_separately(product)
        if together and wanted in {collate(part) for part in _parts(product)}:
            yield product


def _parts(bundle: Document) -> list[str]:
    options = bundle.get("extension_attributes", {}).get("bundle_product_options", ())
    return [link["sku"] for option in options for link in option["product_links"]]


def _sources_of(shop: Shop, sku: str) -> set[str]:
    wanted = collate(sku)
    rows = shop.table("source-items").all()
    return {collate(row["source_code"]) for row in rows if collate(row["sku"]) == wanted}
