"""What stops a play, or one story of it."""

from notifier.domain.errors import NotifierError


class Trouble(NotifierError):
    """Something did not happen as the play needs it; the message says what, without a number or a body."""
