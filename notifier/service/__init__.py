"""The use cases, verbs in the order they happen: intake, sending, receipts, replies, sweep, resolution.

Each is one transaction (sending: several, never one across a network call). State is written by `transitions` alone.
"""
