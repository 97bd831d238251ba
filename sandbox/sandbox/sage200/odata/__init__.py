"""The query options of the API: a subset of OData, read into expressions and turned into SQL."""
