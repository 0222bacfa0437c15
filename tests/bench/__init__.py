"""Ratios of the product's speed to floors measured beside it: `python -m tests.bench`."""
