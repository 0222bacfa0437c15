"""Numbers that behave: the last four digits of a recipient decide what becomes of a text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """The POST is answered with this error (HTTP 400)."""

    code: int
    message: str


@dataclass(frozen=True)
class Fate:
    """The statuses a text goes through after it was accepted, and the last one's error code.

    `silent`: they happen, but no callback tells.
    """

    statuses: tuple[str, ...] = ("sent", "delivered")
    error_code: int | None = None
    silent: bool = False


DELIVERED = Fate()

REFUSALS = {
    "0001": Refusal(21211, "The 'To' number is not a valid phone number."),
    "0002": Refusal(21610, "Attempt to send to unsubscribed recipient"),
    "0007": Refusal(21614, "'To' number is not a valid mobile number"),
}
FATES = {
    "0003": Fate(("sent", "undelivered"), 30005),
    "0004": Fate(("sent", "failed"), 30003),
    "0005": Fate(("sent",)),
    "0006": Fate(("sent", "delivered"), silent=True),
    "0008": Fate(("sent", "undelivered"), 30006),
    "0009": Fate(("sent", "undelivered"), 30007),
}
TABLE = (
    ("0001", "refused: not a number (21211)"),
    ("0002", "refused: opted out (21610)"),
    ("0003", "undelivered: number not in use (30005)"),
    ("0004", "failed: handset unreachable (30003)"),
    ("0005", "stays at sent"),
    ("0006", "delivered, but no callback tells"),
    ("0007", "refused: not a mobile (21614)"),
    ("0008", "undelivered: landline (30006)"),
    ("0009", "undelivered: filtered (30007)"),
)


def refusal_for(recipient: str) -> Refusal | None:
    """Why this recipient is refused at once, or None."""
    return REFUSALS.get(recipient[-4:])


def fate_of(recipient: str) -> Fate:
    """What becomes of a text to this recipient."""
    return FATES.get(recipient[-4:], DELIVERED)
