"""The sales ledger and the nominal ledger: what is posted, allocated, and how it adds up."""
