"""Why somebody did something, in their own words: kept with the deed, so it may be neither blank nor endless."""

from notifier.domain.errors import Invalid

MOST_REASON = 300  # characters


def checked_reason(because: str) -> str:
    """Without blanks around it. Raises Invalid when nothing is left, or too much."""
    if not because.strip():
        raise Invalid.one("reason", "is missing.", "Say why: colleagues will ask.")
    if len(because) > MOST_REASON:
        raise Invalid.one("reason", f"is longer than {MOST_REASON} characters.", "Shorten it.")
    return because.strip()
