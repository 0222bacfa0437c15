"""What can go wrong, as one tree.

NotifierError
├── Invalid         input that cannot be taken; lists every field and how to mend it
├── NotFound        no such query, handoff, key or file
├── Conflict        well-formed, but not in this state (lifecycle, idempotency, a claim held by another)
├── NotAllowed      the principal's role lacks the permission
├── SignInRefused   name, password and code do not fit together; never says which
├── TryLater        too many tries failed; says how long to wait
├── UnsafeText      the link guard refused a rendered body
├── TextTooLong     a rendered body exceeds its segment budget
├── Stale           somebody else moved the row first; the use case may be run again
├── SettingsWrong   the configuration cannot be used; says which setting and how to mend it
└── CarrierSilent   the carrier could not be asked; nothing is known

Messages never hold a phone number, a name or a text's body.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class NotifierError(Exception):
    """Something the product foresees."""


@dataclass(frozen=True)
class FieldProblem:
    """One wrong field: its dotted name, what is wrong, and how to mend it."""

    field: str
    message: str
    mend: str


class Invalid(NotifierError):
    """Input that cannot be taken; `problems` names each field."""

    def __init__(self, *problems: FieldProblem) -> None:
        self.problems: tuple[FieldProblem, ...] = problems
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))

    @classmethod
    def one(cls, field: str, message: str, mend: str) -> "Invalid":
        """A refusal that concerns a single field."""
        return cls(FieldProblem(field, message, mend))

    @classmethod
    def joined(cls, refusals: Iterable["Invalid"]) -> "Invalid":
        """All problems of several refusals, in their order."""
        return cls(*(problem for refusal in refusals for problem in refusal.problems))


class NotFound(NotifierError):
    """There is no such thing."""


class Conflict(NotifierError):
    """The thing exists, but not in a state that allows this."""


class NotAllowed(NotifierError):
    """The principal may not do this."""


class SignInRefused(NotifierError):
    """Nobody is signed in by this."""


class TryLater(NotifierError):
    """Too many tries failed in a row; `seconds` until the next is looked at."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many tries failed: wait {seconds} seconds.")


class UnsafeText(NotifierError):
    """The body holds something a handset could turn into a link; `reasons` says what, without the body."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons: tuple[str, ...] = tuple(reasons)
        super().__init__("; ".join(self.reasons))


class TextTooLong(NotifierError):
    """The body needs more segments than its budget."""


class Stale(NotifierError):
    """The row moved on since it was read."""


class SettingsWrong(NotifierError):
    """A setting is missing or cannot be used."""


class CarrierSilent(NotifierError):
    """The carrier could not be asked."""
