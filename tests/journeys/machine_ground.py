"""What every rule of the machine stands on: the world, what outsiders know of it, and its rows as last seen."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine
from sqlalchemy import select

from notifier.carriers.port import Fault, Hold, Never, NotSent, Outcome, Unknown
from notifier.domain.lifecycle import State
from notifier.domain.permissions import SYSTEM
from notifier.domain.quiet_hours import HONG_KONG
from notifier.service.claims import Held
from notifier.service.switches import resume_sending
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Query, Text
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import SuppressionReason
from notifier.storage.models.texts import TextState
from tests.fakes import FakeCarrier
from tests.journeys.ledger import Ledger
from tests.journeys.world import World

PHONES = ("+85291234567", "+85261234567", "+85251234567")
LANDLINE = "2345 6789"
ITEMS = ("RR123456785HK", "CP203011144HK")
HOUR = timedelta(hours=1)
OPTED_OUT, WRONG, CALLS = SuppressionReason
OUTCOMES: dict[str, Outcome | None] = {
    "accepted": None,
    "later": NotSent("Too many at once.", 20429),
    "nothing goes out": NotSent("The account was refused.", 20003, hold=Hold.EVERYTHING),
    "bad number": Never("This number cannot get SMS.", Fault.NUMBER, 21614),
    "opted out": Never("The sender opted out.", Fault.OPTED_OUT, 21610),
    "line dropped": Unknown("The line dropped."),
}
STOPS = {"STOP": OPTED_OUT, "取消": OPTED_OUT, "打錯": WRONG}

queries: Bundle[Any] = Bundle("queries")
phones = st.sampled_from(PHONES[:2])
outcomes = st.sampled_from(sorted(OUTCOMES))
places = st.integers(0, 20)  # which of many, counted from the newest
Thing = TypeVar("Thing")


def newest(things: Sequence[Thing], place: int) -> Thing:
    """One of them, wherever the place falls."""
    return things[-1 - place % len(things)]


class Ground(RuleBasedStateMachine):
    """Give it a way to open a fresh world in which a worker sends one text at a time.

    `held`: what workers have in their hands. `unrecorded`: what they posted, with an outcome nobody wrote down yet.
    """

    def __init__(self, open_world: Callable[[], World]) -> None:
        super().__init__()
        self.world = open_world()
        self.carrier: FakeCarrier = self.world.carrier
        self.ledger = Ledger()
        self.asked: dict[UUID, dict[str, Any]] = {}
        self.held: deque[Held] = deque()
        self.unrecorded: deque[tuple[Held, Outcome]] = deque()
        self.whole = True
        self._believed: set[UUID] = set()

    def look(self) -> None:
        """Check every promise; a machine that found one broken does nothing more."""
        self.whole = False
        self.ledger.check(self.world)
        self.whole = True

    def has(self, *states: TextState) -> bool:
        """Whether any text stood there when the rows were last read."""
        return any(text.state in states for text in self.ledger.rows.texts.values())

    def query(self, query_id: UUID) -> Query:
        """As it stands now."""
        with self.world.ctx.database.read() as session:
            return session.get_one(Query, query_id)

    def open_on(self, mobile: str) -> int:
        """How many open queries a phone has."""
        still_open = select(Query).where(Query.state != State.CLOSED)
        with self.world.ctx.database.read() as session:
            return sum(query.mobile == mobile for query in session.scalars(still_open))

    def script(self, names: list[str], kept: bool) -> None:
        """What the carrier says to the next posts."""
        self.carrier.kept = kept
        self.carrier.script.clear()
        self.carrier.script.extend(outcome for name in names if (outcome := OUTCOMES[name]) is not None)

    def believe_the_carrier(self) -> None:
        """Phones of which the carrier said that they take no texts: nothing that is claimed from now on goes there."""
        told = select(Text.id, Text.recipient).where(Text.error_code == 21610, Text.id.not_in(self._believed))
        with self.world.ctx.database.read() as session:
            for text_id, phone in session.execute(told):
                self._believed.add(text_id)
                self.ledger.silent.setdefault((phone, OPTED_OUT), len(self.carrier.posted))
                self.ledger.under_way |= {held.outgoing.attempt_id for held in self.held}

    def write(self, phone: str, body: str, *, media: bool = False, stops: SuppressionReason | None = None) -> None:
        """A reply, told twice as carriers do."""
        sid = f"SMin{len(self.ledger.inbound):04}"
        form = [("MessageSid", sid), ("From", phone), ("To", "+85264500001"), ("Body", body), ("NumMedia", str(+media))]
        for _ in range(2):
            store(self.world.ctx, Arrived(WebhookKind.INBOUND, form))
            process_webhooks(self.world.ctx)
        self.ledger.inbound.add(sid)
        if stops:
            self.ledger.silent[phone, stops] = len(self.carrier.posted)
        elif body == "START":
            for wish in (OPTED_OUT, CALLS):
                self.ledger.silent.pop((phone, wish), None)

    def resume(self) -> None:
        """Ops let texts go out again."""
        with self.world.ctx.database.begin() as session:
            resume_sending(session, self.world.ctx, SYSTEM)

    def until_ten(self) -> None:
        """Next morning in Hong Kong."""
        now = self.world.now().astimezone(HONG_KONG)
        self.world.wind(datetime.combine(now.date() + timedelta(days=1), time(10), HONG_KONG) - now)
