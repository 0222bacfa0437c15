"""A small world to tell stories in: customs, a carrier, a sender's phone, and a clock to wind.

It drives the use cases themselves; what it remembers of texts is what the carrier was handed, not what the rows say.
"""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from notifier.domain.permissions import Principal, Role
from notifier.domain.referral import read_referral
from notifier.service.context import Context
from notifier.service.intake import Door, Taken, accept
from notifier.service.lookups import WholeQuery, get_query
from notifier.service.reconciling import reconcile_due
from notifier.service.resolution import Done, carry_out
from notifier.service.sending import Sender
from notifier.service.sweep import sweep
from notifier.service.unknowns import resolve_unknowns
from notifier.service.webhooks import Arrived, process_webhooks, store
from notifier.storage.models import Handoff, Reply
from notifier.storage.models.inbound import WebhookKind
from notifier.storage.models.people import ClockState
from tests.fakes import FakeCarrier, Posted

MOBILE = "+85291234567"
LIAISON = Principal("liaison", Role.LIAISON)


@dataclass
class World:
    """`ctx` must hold a movable clock and the `carrier`."""

    ctx: Context
    carrier: FakeCarrier
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def refer(self, **changes: Any) -> Taken:
        """Customs asks."""
        fields: dict[str, Any] = {
            "authority": "DE",
            "destination": "DE",
            "kind": "RFI",
            "referral_reference": f"R{next(self.numbers)}",
            "item_id": "RR123456785HK",
            "sender_mobile": MOBILE,
            "language": "en",
            "questions": [{"code": "F605"}],
        }
        return accept(self.ctx, read_referral(fields | changes), Door(LIAISON, "api"))

    def send(self) -> list[Posted]:
        """A worker sends what is due; the texts the carrier was handed meanwhile."""
        before = len(self.carrier.posted)
        sender = Sender(self.ctx)
        sender.send_due()
        sender.stop()
        return self.carrier.posted[before:]

    def receipt(self, posted: Posted, status: str, error_code: int | None = None) -> None:
        """The carrier reports on a text."""
        form = [("MessageSid", posted.sid), ("MessageStatus", status)]
        if error_code is not None:
            form.append(("ErrorCode", str(error_code)))
        store(self.ctx, Arrived(WebhookKind.STATUS, form, posted.outgoing.attempt_id))
        process_webhooks(self.ctx)

    def reply(self, body: str, phone: str = MOBILE, **more: str) -> None:
        """A phone answers."""
        form = {"MessageSid": f"SMin{next(self.numbers):08}", "From": phone, "To": "+85264500001", "Body": body}
        store(self.ctx, Arrived(WebhookKind.INBOUND, list((form | more).items())))
        process_webhooks(self.ctx)

    def wind(self, by: timedelta) -> None:
        """Time passes, and the sweep comes by."""
        with self.ctx.database.begin() as session:
            self.ctx.clock.advance(session, by)
        self.sweep()

    def sweep(self) -> int:
        """What runs each second; how many due times were fired."""
        fired = sweep(self.ctx)
        resolve_unknowns(self.ctx)
        if reconcile_due(self.ctx):
            process_webhooks(self.ctx)
            fired += sweep(self.ctx)
        return fired

    def now(self) -> datetime:
        """Business time."""
        with self.ctx.database.read() as session:
            return self.ctx.clock.business(session)

    def see(self, query_id: UUID) -> WholeQuery:
        """The query as staff see it."""
        return get_query(self.ctx, query_id)

    def do(self, query_id: UUID, deed: Any, **more: Any) -> Done:
        """Staff decide."""
        return carry_out(self.ctx, query_id, LIAISON, deed, **more)

    def open_handoffs(self, query_id: UUID) -> list[tuple[str, str]]:
        """(team, reason) of what waits for people."""
        return sorted((h.team.value, h.reason) for h in self.see(query_id).handoffs if h.closed_at is None)

    def parked(self, query_id: UUID) -> list[tuple[str, str]]:
        """(team, reason) of the calls that a reply has parked."""
        handoffs = self.see(query_id).handoffs
        return sorted(
            (h.team.value, h.reason) for h in handoffs if h.closed_at is None and h.clock is ClockState.PARKED
        )

    def triage(self) -> list[tuple[str, str]]:
        """(reason, words) of the replies that wait for people to say where they belong, the oldest first."""
        with self.ctx.database.read() as session:
            rows = session.execute(
                select(Handoff.reason, Reply.body)
                .join(Reply, Reply.id == Handoff.reply_id)
                .where(Handoff.closed_at.is_(None))
                .order_by(Handoff.id)
            )
            return [(reason, body) for reason, body in rows]

    def texted(self, **changes: Any) -> Taken:
        """A query whose question has been delivered."""
        taken = self.refer(**changes)
        (posted,) = self.send()
        self.receipt(posted, "delivered")
        return taken
