"""Asks the sender of a mail item, by link-free SMS, what customs wants to know before it may depart."""

__version__ = "0.1.0"
