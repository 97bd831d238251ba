"""The same streams by Sage 200's REST API: ``fields`` and the three lists say which field is what.

``lookups`` reads in bulk what a record only names by id; ``streams`` reads and keeps the bookmark.
"""
