"""The company database: Sage's tables and columns, its row versions, and its lists of names."""
