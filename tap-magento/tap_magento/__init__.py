"""Singer tap for Magento 2: every row, exact amounts, no row lost while the shop works on.

- ``tap``: settings, streams, how the program ends.
- ``entities``, ``parts``: what is read from where, as tables; ``schemas/``: the columns.
- ``streams``, ``windowed_streams``: Singer streams and their bookmarks.
- ``windows``, ``clocks``, ``records``, ``product_columns``: pure: time windows and key ranges;
  whose clock is believed; the shape of a record.
- ``windowed_read``, ``parent_read``, ``table_read``, ``salable_read``: how rows come out of the
  shop.
- ``numbered_pages``, ``sku_pages``: the two ways to read a table that has no number to page by.
- ``spans``, ``ordered_pages``, ``key_pages``: what is read next, ahead of time, and in order.
- ``fetchers``, ``page_size``, ``chosen_stores``: the connections; the page size the shop allows;
  the stores to keep to.
- ``row_values``: values that a row must have.
- ``outlet``, ``row_writer``: how records leave.
"""
