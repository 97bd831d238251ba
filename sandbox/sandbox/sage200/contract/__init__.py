"""The published contract of Sage 200: the fields of its REST API and the columns of its tables."""
