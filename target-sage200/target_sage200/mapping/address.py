"""A Magento address as the delivery address of a Sage 200 order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_sage200.magento_order import Address, Order
    from target_sage200.mapping.text import Trimmer

POSTCODE_LIMIT = 10


def check_delivery(order: Order) -> None:
    """Make sure that it is known where an order goes.

    Raises:
        RefusalError: ``address_incomplete``: goods would go, and VAT be charged, by a guess.
    """
    if order.shipping is None and not order.is_virtual:
        missing = "a delivery address, although it has goods to deliver"
    elif not order.delivery.country_id:
        missing = "the country it goes to"
    else:
        return
    raise RefusalError(
        "address_incomplete",
        f"Order {order.increment_id} does not tell {missing}. Complete the address in Magento or"
        " enter the order by hand.",
    )


def delivery_address(
    order: str, address: Address, email: str, countries: Mapping[str, str], trimmer: Trimmer
) -> dict[str, str]:
    """Return the ``delivery_address`` of a sales order.

    A company is the postal name, and the person the contact; without one the person is both.

    Args:
        order: Number of the order, for messages.
        address: Where the goods go.
        email: Used where the address has none.
        countries: Sage's country names by ISO code; the ISO code stands where it has none.
        trimmer: Keeps what is cut.

    Raises:
        RefusalError: ``postcode_too_long``: a cut or respelt postcode would send goods astray.
    """
    postcode = " ".join(trimmer.visible(address.postcode).split())
    if len(postcode) > POSTCODE_LIMIT:
        raise RefusalError(
            "postcode_too_long",
            f"Order {order}: postcode {postcode!r} has {len(postcode)} characters, Sage 200 takes"
            f" {POSTCODE_LIMIT}. Correct the address in Magento or enter the order by hand.",
            postcode=postcode,
        )
    if not trimmer.holds(postcode):
        raise RefusalError(
            "postcode_too_long",
            f"Order {order}: postcode {postcode!r} has characters that Sage 200 can't hold. Correct"
            " the address in Magento or enter the order by hand.",
            postcode=postcode,
        )
    lines = trimmer.wrap("delivery address", address.street)
    fields = {
        "postal_name": trimmer.fit("postal name", address.company or address.person, 60),
        **{f"address_{number}": line for number, line in enumerate(lines, start=1)},
        "city": trimmer.fit("city", address.city, 60),
        "county": trimmer.fit("county", address.region, 60),
        "postcode": trimmer.fit("postcode", postcode, POSTCODE_LIMIT),
        "country": trimmer.fit(
            "country", countries.get(address.country_id, address.country_id), 60
        ),
        "contact": trimmer.fit("contact", address.person, 235),
        "telephone_number": trimmer.fit("telephone", address.telephone, 30),
        "email_address": trimmer.fit("email", address.email or email, 255),
        "tax_number": trimmer.fit("VAT number", address.vat_id, 30),
    }
    # Sage refuses null and needs no empty text.
    return {name: value for name, value in fields.items() if value}
