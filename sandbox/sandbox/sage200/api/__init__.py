"""The REST API: paths of the contract matched, callers checked, resources read and written."""
