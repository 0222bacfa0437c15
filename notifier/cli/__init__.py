"""The command line."""

from notifier.cli.main import app

__all__ = ["app"]
