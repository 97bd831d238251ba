"""An account for each customer: its number by a fixed rule, what it holds, and what changed.

The number alone does not say whose account it is, so the customer's key is kept on the account, in
a field that people leave alone; an account with another key is somebody else's, and is not used.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from target_sage200.mapping.address import delivery_address
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.text import Trimmer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import CustomerRule
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.rules import OrderRules

NUMBER_LIMIT = 8
NAME_LIMIT = 60
ADDRESS_FIELDS = ("address_1", "address_2", "address_3", "address_4", "city", "county", "postcode")


class AccountMissingError(RefusalError):
    """The customer has no account yet; it is opened first.

    Attributes:
        document: The body of ``POST /customers``.
    """

    def __init__(self, message: str, document: Mapping[str, Any]) -> None:
        """Keep the account that is to be opened."""
        super().__init__("account_to_be_opened", message, new_account=document)
        self.document = document


def account_key(order: Order, rule: CustomerRule) -> str:
    """What tells this customer from all others, as it is kept on the account.

    Raises:
        RefusalError: ``customer_without_key``: a guest has no customer id.
    """
    value = str(order.customer_id or "") if rule.key == "customer_id" else order.email.lower()
    if not value:
        raise RefusalError(
            "customer_without_key",
            f"Order {order.increment_id}: its customer has no {rule.key}, so it can't be told whose"
            " account it belongs to. Give such orders (guests are customer group 0) an account in"
            " mappings/customers.csv.",
        )
    return f"magento {rule.key} {value}"


def account_number(order: Order, rule: CustomerRule) -> str:
    """The account number of a customer, by a fixed rule, 8 characters at most.

    The customer id in digits after the prefix; or, of an e-mail address, letters and digits of its
    SHA-256.

    Raises:
        RefusalError: ``customer_without_key``: no key, or a customer id that is too long.
    """
    room = NUMBER_LIMIT - len(rule.prefix)
    key = account_key(order, rule)
    if rule.key == "email":
        digest = hashlib.sha256(key.encode()).digest()
        return rule.prefix + base64.b32encode(digest).decode()[:room]
    digits = f"{order.customer_id:0{room}d}"
    if len(digits) > room:
        raise RefusalError(
            "customer_without_key",
            f"Order {order.increment_id}: customer id {order.customer_id} does not fit into an"
            f" account number of {NUMBER_LIMIT} characters after {rule.prefix!r}. Shorten the"
            " prefix in mappings/customers.csv.",
        )
    return rule.prefix + digits


def new_account(
    order: Order, rule: CustomerRule, codes: SageCodes, key_field: str, trimmer: Trimmer
) -> dict[str, Any]:
    """The body of ``POST /customers`` for the customer of an order, from its billing address."""
    number, billing = account_number(order, rule), order.billing
    details = account_details(order, codes, trimmer)
    address = {name: value for name, value in details["main_address"].items() if value}
    body: dict[str, Any] = {
        "reference": number,
        "short_name": number,
        key_field: account_key(order, rule),
        **{name: value for name, value in details.items() if value},
        "main_address": address,
    }
    if order.currency in codes.currency_ids:
        body["currency_id"] = codes.currency_ids[order.currency]
    if billing.firstname or billing.lastname:
        contact: dict[str, Any] = {
            "first_name": trimmer.fit("first name", billing.firstname, 60),
            "last_name": trimmer.fit("last name", billing.lastname, 60),
            "emails": [{"email": trimmer.fit("email", order.email, 227), "is_default": True}],
        }
        body["contacts"] = [{name: value for name, value in contact.items() if value}]
    return body


def account_details(order: Order, codes: SageCodes, trimmer: Trimmer) -> dict[str, Any]:
    """Name, billing address and telephone of an order's customer, as the account holds them.

    What the customer does not have is empty, so that on a change nothing of the old address stays.
    """
    billing = order.billing
    mapped = delivery_address(order.increment_id, billing, order.email, codes.countries, trimmer)
    address: dict[str, Any] = {name: mapped.get(name, "") for name in ADDRESS_FIELDS}
    details: dict[str, Any] = {
        "name": trimmer.fit("account name", _name(order), NAME_LIMIT),
        "main_address": address,
        "telephone_subscriber_number": trimmer.fit("telephone", billing.telephone, 200),
    }
    country_id = codes.country_ids.get(billing.country_id)
    if country_id:
        address["address_country_code_id"] = country_id
        details["country_code_id"] = country_id
    return details


def _name(order: Order) -> str:
    """What the account is called: Sage takes none without a name, and some buyers give none.

    It must be the same for each order of a customer, else every order would rename the account.
    """
    billing = order.billing
    return billing.company or billing.person or order.email or f"Web customer {order.customer_id}"


def account_update(
    order: Order,
    customer_id: int,
    rule: CustomerRule,
    codes: SageCodes,
    rules: OrderRules,
) -> dict[str, Any] | None:
    """What the account of an order's customer should hold; ``None`` where it is left alone.

    Returns:
        ``reference`` and ``customer_id`` of the account, ``details`` as ``PUT /customers`` takes
        them, and ``trimmed``, what was cut to fit.
    """
    if rule.mode != "own" or not rules.update_accounts:
        return None
    trimmer = Trimmer(rules.text_encoding)
    details = account_details(order, codes, trimmer)
    return {
        "reference": account_number(order, rule),
        "customer_id": customer_id,
        "details": details,
        "trimmed": list(trimmer.notes),
    }


def cash_fields(order: Order, codes: SageCodes, trimmer: Trimmer) -> dict[str, Any]:
    """What an order on the cash account carries: the buyer's own name and address."""
    address = delivery_address(
        order.increment_id, order.billing, order.email, codes.countries, trimmer
    )
    names = ("postal_name", *ADDRESS_FIELDS, "country")
    return {
        "customer_type": "EnumCustomerTypeCash",
        "cash_account_invoice_address": {n: address[n] for n in names if n in address},
    }
