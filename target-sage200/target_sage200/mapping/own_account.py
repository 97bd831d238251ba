"""An account for each customer: its number by a fixed rule, and the account where it is missing.

The number alone does not say whose account it is, so the customer's key is kept on the account, in
a field that people leave alone; an account with another key is somebody else's, and is not used.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from target_sage200.mapping.address import delivery_address
from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import CustomerRule
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.text import Trimmer

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
    address = delivery_address(order.increment_id, billing, order.email, codes.countries, trimmer)
    country_id = codes.country_ids.get(billing.country_id)
    body: dict[str, Any] = {
        "reference": number,
        "name": trimmer.fit("account name", billing.company or billing.person, NAME_LIMIT),
        "short_name": number,
        key_field: account_key(order, rule),
        "main_address": {
            **{name: address[name] for name in ADDRESS_FIELDS if name in address},
            **({"address_country_code_id": country_id} if country_id else {}),
        },
    }
    if country_id:
        body["country_code_id"] = country_id
    if order.currency in codes.currency_ids:
        body["currency_id"] = codes.currency_ids[order.currency]
    if billing.telephone:
        body["telephone_subscriber_number"] = trimmer.fit("telephone", billing.telephone, 200)
    if billing.firstname or billing.lastname:
        contact: dict[str, Any] = {
            "first_name": trimmer.fit("first name", billing.firstname, 60),
            "last_name": trimmer.fit("last name", billing.lastname, 60),
            "emails": [{"email": trimmer.fit("email", order.email, 227), "is_default": True}],
        }
        body["contacts"] = [{name: value for name, value in contact.items() if value}]
    return body


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
