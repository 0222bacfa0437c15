"""What a referral would lead to, before it is taken in: the exact text, or why people would ask instead."""

from dataclasses import dataclass
from datetime import datetime

from notifier.domain.errors import Invalid, TextTooLong, UnsafeText
from notifier.domain.referral import Referral
from notifier.domain.types import Language, TextKind
from notifier.domain.window import closing_by, reply_by
from notifier.domain.wording import Rendered, Slots, render
from notifier.service.bars import bars_of, look_ahead
from notifier.service.context import Context
from notifier.service.handoffs import Need
from notifier.service.phones import read_phone
from notifier.service.planning import Asking, send_after_of, why_people
from notifier.service.rendering import why_unfit

# Each query gets its own reference when it is taken in; this one has its length and is none.
SAMPLE_REF = "XXXXXXXX"


@dataclass(frozen=True, repr=False)
class Preview:
    """What would happen at business time `at`.

    needs: why no text would go out, and whose work it would be. text: what would be sent in the sender's language
    (None: both, in one text), leaving at `leaves_at`; others: the same in every other language. unfit: why there is
    no text although nothing else speaks against one.
    """

    at: datetime
    needs: tuple[Need, ...]
    leaves_at: datetime
    reply_by: datetime
    text: Rendered | None
    others: tuple[Rendered, ...]
    unfit: str | None = None


def preview(ctx: Context, referral: Referral) -> Preview:
    """Look, and write nothing."""
    asking = Asking(read_phone(ctx, referral.sender_mobile), referral.questions, "intake")
    with ctx.database.read() as session:
        at = ctx.clock.business(session)
        barred = look_ahead(session, bars_of(ctx, referral.item_id, asking.phone.mobile_hash, at))
        needs = why_people(session, ctx, referral, asking, at, barred)
    leaves_at = send_after_of(ctx, asking, at)
    policy = ctx.window_of(referral.authority, referral.kind)
    by = reply_by(leaves_at, closing_by(leaves_at, referral.deadline_at, policy), policy)
    if needs:
        return Preview(at, needs, leaves_at, by, None, ())
    codes = tuple(question.code for question in referral.questions)
    slots = Slots(referral.item_id, referral.authority, codes, SAMPLE_REF, by)
    try:
        text = render(ctx.catalogue, ctx.guard, TextKind.QUESTION, slots, referral.language)
        others = [one for one in (None, *Language) if one is not referral.language]
        rest = tuple(render(ctx.catalogue, ctx.guard, TextKind.QUESTION, slots, one) for one in others)
    except (UnsafeText, TextTooLong, Invalid) as refusal:
        return Preview(at, needs, leaves_at, by, None, (), why_unfit(refusal, referral.language))
    return Preview(at, needs, leaves_at, by, text, rest)
