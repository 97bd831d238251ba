"""The durable queue as one object: intake, decisions, delivery, and what people ask of it."""

from __future__ import annotations

from outbox.amended import Amended
from outbox.decisions import Decisions
from outbox.delivery import Delivery
from outbox.desk import Desk
from outbox.handing_out import HandingOut
from outbox.intake import Intake
from outbox.product_options import ProductOptions


class Outbox(Intake, ProductOptions, Decisions, HandingOut, Delivery, Amended, Desk):
    """The queue of documents. One instance is one connection; give each thread its own."""
