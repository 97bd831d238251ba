"""A company from a folder of CSV files (``sandbox/companies``)."""
