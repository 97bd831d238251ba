"""From a Magento document to a Sage 200 document: pure functions, no I/O, Decimal only."""
