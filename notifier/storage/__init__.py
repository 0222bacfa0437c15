"""Rows: models, the only commit, lookups and migrations. The database is the truth."""
