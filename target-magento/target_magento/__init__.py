"""Singer target that publishes Sage 200's available stock to Magento 2 source items.

- ``target``: settings and stream to sink registry; the run starts at the end of the input.
- ``sinks``: Singer records in, rows of ``sync.stock_level`` and ``sync.stock_order_line`` out.
- ``settings``, ``mapping_tables``: what the user configured, checked once.
- ``available``, ``shipped``, ``guard``: what decides about quantities; pure.
- ``database``, ``wanted``, ``plan``, ``published``: PostgreSQL: what Sage reported, what each
  source should hold, this run's plan, what was published.
- ``shop``: what is read from and written to Magento.
- ``publish``: one run, step by step.
- ``exceptions``: every failure, sorted by what to do next.
"""
