"""HTTP: the API, the carrier's webhooks, health and figures.

A route reads the request, calls one use case, and shows what came of it.
"""
