"""The API's resources as SQL over Sage's tables: one mapping per area, one reader for all."""
