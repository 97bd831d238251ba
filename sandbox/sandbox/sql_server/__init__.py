"""SQL Server's wire protocol, TDS 7.4, in front of the PostgreSQL that plays Sage 200's database.

Its purpose is that the real drivers run in tests. What it shows, and what not, is in README.md.
"""
