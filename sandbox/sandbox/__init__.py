"""Strict stand-ins for Magento and Sage 200, the embedded PostgreSQL and the demonstration."""
