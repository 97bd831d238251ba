"""Singer tap for Magento 2: every row, exact amounts, no row lost while the shop works on.

- ``tap``: settings, streams, how the program ends.
- ``entities``: what is read from where, as a table; ``schemas/``: the columns of each stream.
- ``streams``: Singer streams and their bookmarks.
- ``windows``, ``records``: pure: time windows and key ranges; the shape of a record.
- ``windowed_read``, ``table_read``: how rows come out of the shop.
- ``fetchers``, ``page_size``: connections that read ahead; the page size the shop allows.
"""
