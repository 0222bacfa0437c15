"""Between the claim and the carrier: committing that texts are about to be posted, or giving them back."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from notifier.service.claims import Held
from notifier.service.context import Context
from notifier.service.daily_cap import count_today, fit_today
from notifier.service.switches import pause_until_tomorrow, sending_on
from notifier.storage.models import Attempt, Text
from notifier.storage.models.texts import TextState
from notifier.storage.together import table_of

_TEXTS, _ATTEMPTS = table_of(Text), table_of(Attempt)
# Built once: putting a statement together costs more than running it.
_POST = (
    update(_TEXTS)
    .where(
        _TEXTS.c.id.in_(bindparam("of_texts", expanding=True)),
        _TEXTS.c.lease_token == bindparam("of_token"),
        _TEXTS.c.state == TextState.CLAIMED,
        _TEXTS.c.lease_until > bindparam("at"),
        sending_on(),
    )
    .values(state=TextState.POSTING, lease_until=bindparam("held_until"))
    .returning(_TEXTS.c.id)
)
_POSTED = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id.in_(bindparam("of_attempts", expanding=True)))
    .values(posting_at=bindparam("at"))
)


def mark_posting(ctx: Context, held: Sequence[Held]) -> list[Held]:
    """Commit that these are about to be posted; those whose lease ran out, or that nobody wants any more, fall away,
    and all of them when sending was paused meanwhile. What does not fit into today's cap pauses sending.

    The lease is renewed beyond the longest call: what is still on the line must not be taken for lost.
    """
    with ctx.database.begin() as session:
        wall = ctx.clock.wall()
        fitting = _fitting(session, ctx, held)
        posted = {"of_texts": [h.text_id for h in fitting], "of_token": held[0].token, "at": wall}
        mine = session.connection().execute(_POST, posted | {"held_until": wall + ctx.sending.posting_lease})
        still = set(mine.scalars())
        posting = [h for h in held if h.text_id in still]
        if posting:
            session.connection().execute(_POSTED, {"of_attempts": [h.attempt_id for h in posting], "at": wall})
            if ctx.sending.segments_per_day is not None:
                count_today(session, ctx, sum(h.segments for h in posting))
        if len(fitting) < len(held):
            pause_until_tomorrow(session, ctx)
        return posting


def _fitting(session: Session, ctx: Context, held: Sequence[Held]) -> Sequence[Held]:
    """The first of these, as many as today's cap has room for."""
    if ctx.sending.segments_per_day is None:
        return held
    return held[: fit_today(session, ctx, [h.segments for h in held])]


def release(ctx: Context, held: Sequence[Held], wait: timedelta = timedelta(0)) -> None:
    """Give back what was claimed and not posted, rather than when its lease runs out; it is due after `wait`."""
    if not held:
        return
    with ctx.database.begin() as session:
        back = session.execute(
            update(Text)
            .where(
                Text.id.in_([h.text_id for h in held]),
                Text.lease_token == held[0].token,
                Text.state == TextState.CLAIMED,
            )
            .values(
                state=TextState.QUEUED,
                lease_token=None,
                lease_until=None,
                attempts=Text.attempts - 1,
                next_try_at=ctx.clock.wall() + wait,
            )
            .returning(Text.id)
            .execution_options(synchronize_session=False)
        )
        given_back = set(back.scalars())
        # No attempt was made of them, however often they wait for their turn.
        none_made = [h.attempt_id for h in held if h.text_id in given_back]
        session.execute(delete(Attempt).where(Attempt.id.in_(none_made)))
