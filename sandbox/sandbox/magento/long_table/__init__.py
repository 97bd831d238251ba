"""A shop with any number of orders, whose answers cost next to nothing.

For measuring and for long reads: ``table`` holds the orders, ``server`` answers for them. It
knows only ``GET /rest/V1/orders``; the whole shop is ``sandbox.magento.create_app``.
"""
