"""The sign-in (in life at id.sage.com): clients, users, tokens that rotate and end."""
