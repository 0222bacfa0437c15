"""What the environment and config/ say, typed and checked at start."""

from notifier.settings.load import load
from notifier.settings.settings import Profile, Settings

__all__ = ["Profile", "Settings", "load"]
