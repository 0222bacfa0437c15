"""The schema's history, and how it is applied."""
