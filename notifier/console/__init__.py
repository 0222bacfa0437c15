"""The console: pages for staff, drawn on the server. It calls the same use cases as the API, and holds no SQL."""

from notifier.console.app import ConsoleParts, create_console

__all__ = ["ConsoleParts", "create_console"]
