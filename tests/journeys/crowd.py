"""A person with many items: thirty queries on one phone, and what the hotline and the carrier see of them."""

from uuid import UUID

from notifier.domain.types import Team
from notifier.service.intake import Taken
from notifier.service.lookups import list_handoffs
from notifier.storage.models import Handoff
from tests.journeys.world import MOBILE, World

MANY = 30
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_CHECKS = {10: 0, 11: 5}


def item(number: int) -> str:
    """An S10 number with its check digit (UPU S10): 8 6 4 2 3 5 9 7, 11 minus the rest of 11."""
    digits = f"{20_000_000 + number}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
    return f"RR{digits}{_CHECKS.get(check, check)}HK"


def refer_many(world: World, number: int = MANY, mobile: str = MOBILE) -> list[Taken]:
    """Customs asks about so many items of one sender, in one go."""
    return [world.refer(sender_mobile=mobile, item_id=item(place)) for place in range(number)]


def calls(world: World) -> list[Handoff]:
    """What stands on the hotline's list."""
    return [row for row, _, _ in list_handoffs(world.ctx, Team.HOTLINE, 200).rows]


def the_call(world: World) -> Handoff:
    """The one thing that stands there."""
    (call,) = calls(world)
    assert call.reason == "many_queries"
    return call


def waiting(world: World, query_id: UUID) -> list[str]:
    """The reasons of what is to be done about a query."""
    return [reason for _, reason in world.open_handoffs(query_id)]


def kinds(world: World, *taken: Taken) -> list[str]:
    """What was handed to the carrier for these queries, in the order it was queued."""
    texts = [text for one in taken for text in world.see(one.id).texts if text.state.value == "handed_over"]
    return [text.kind.value for text in sorted(texts, key=lambda text: text.id)]
