"""Singer tap for Magento 2: every row, exact amounts, no row lost while the shop works on.

- ``tap``: settings, streams, how the program ends.
- ``entities``, ``parts``: what is read from where, as tables; ``schemas/``: the columns.
- ``streams``, ``windowed_streams``: Singer streams and their bookmarks.
- ``windows``, ``records``, ``product_columns``: pure: time windows and key ranges; the shape of a
  record.
- ``windowed_read``, ``table_read``, ``salable_read``: how rows come out of the shop.
- ``spans``, ``ordered_pages``, ``key_pages``: what is read next, ahead of time, and in order.
- ``fetchers``, ``page_size``: the connections; the page size the shop allows.
- ``outlet``, ``row_writer``: how records leave.
"""
