"""Leases of texts: what died in a worker's hands is found when they end, or at once where there is one worker alone."""

from sqlalchemy import update

from notifier.service.context import Context
from notifier.storage.models import Text
from notifier.storage.models.texts import TextState


def end_leases(ctx: Context) -> None:
    """For the start of an only worker: what is held is held by one that died. The next sweep finds it, as ever."""
    with ctx.database.begin() as session:
        session.execute(
            update(Text)
            .where(Text.state.in_((TextState.CLAIMED, TextState.POSTING)))
            .values(lease_until=ctx.clock.wall())
            .execution_options(synchronize_session=False)
        )


def expire_leases(ctx: Context) -> int:
    """Find what died in a worker's hands: not posted means surely not sent; posting means nobody knows.

    Returns how many went back to the queue or on to be asked about.
    """
    with ctx.database.begin() as session:
        wall = ctx.clock.wall()
        free = {"lease_token": None, "lease_until": None}
        back = session.execute(
            update(Text)
            .where(Text.state == TextState.CLAIMED, Text.lease_until <= wall)
            .values(state=TextState.QUEUED, next_try_at=wall, **free)
            .returning(Text.id)
            .execution_options(synchronize_session=False)
        )
        asked = session.execute(
            update(Text)
            .where(Text.state == TextState.POSTING, Text.lease_until <= wall)
            .values(state=TextState.UNKNOWN, ever_posted=True, next_try_at=wall + ctx.sending.unknown_wait, **free)
            .returning(Text.id)
            .execution_options(synchronize_session=False)
        )
        return len(back.all()) + len(asked.all())
