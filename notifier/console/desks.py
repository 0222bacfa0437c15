"""The navigation: which rooms of the console a role may enter."""

from dataclasses import dataclass

from notifier.console.parts import ROOT
from notifier.console.words import marked
from notifier.domain.permissions import Permission, Principal


@dataclass(frozen=True)
class Desk:
    """A room: its address, its name, and what opens it."""

    address: str
    title: str
    permission: Permission


DESKS = (
    Desk(f"{ROOT}/queries", marked("Queries"), Permission.READ_QUERIES),
    Desk(f"{ROOT}/handoffs", marked("Handoffs"), Permission.WORK_HANDOFFS),
    Desk(f"{ROOT}/incoming", marked("Incoming call"), Permission.RECORD_ANSWERS),
    Desk(f"{ROOT}/ours", marked("Is this text ours?"), Permission.WORK_HANDOFFS),
    Desk(f"{ROOT}/operations", marked("Operations"), Permission.SEE_OPERATIONS),
)


def desks_of(principal: Principal) -> tuple[Desk, ...]:
    """What a person's navigation shows."""
    return tuple(desk for desk in DESKS if principal.may(desk.permission))
