"""Customs queries to senders by SMS, and their answers back."""
