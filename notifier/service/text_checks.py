"""Is this text ours? What a caller reads out is held against what was sent to their phone, and the look is kept.

The answer tells no more than the caller has read out. Their words are not kept.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Invalid, UnsafeText
from notifier.domain.permissions import Principal
from notifier.domain.query_code import find_codes
from notifier.domain.wording.likeness import FEWEST, plain, reads_like, reads_like_ours
from notifier.service.caller_checks import begin_check
from notifier.service.context import Context
from notifier.service.handoffs import Reason
from notifier.service.lookups import Excerpt, excerpt
from notifier.storage.models import CallerCheck, Handoff, Query, Reply, Text
from notifier.storage.models.calls import CheckKind, CheckOutcome
from notifier.storage.models.texts import TextState

_MOST_TEXTS = 200  # of a phone, the latest
_MOST_WORDS = 2000  # characters
_MOST_ASKED = 20


@dataclass(frozen=True)
class Checked:
    """What a look found; `sent_at`: of a text that is ours, when it went out (business time).

    confirmed: the carrier has said that it took it; where it did not, that is when it was to go out.
    """

    outcome: CheckOutcome
    sent_at: datetime | None = None
    confirmed: bool = False


def check_text(ctx: Context, principal: Principal, mobile: str, words: str) -> Checked:
    """Look for a text by its reference or its words. Raises Invalid: the number, or too little to go by."""
    if not find_codes(words) and not FEWEST <= len(plain(words)) <= _MOST_WORDS:
        raise Invalid.one("words", "are too few or too many to go by.", "Type the reference, or a whole sentence.")
    with ctx.database.begin() as session:
        check, phone = begin_check(session, ctx, CheckKind.TEXT, mobile, principal)
        if check.outcome is CheckOutcome.LIMITED:
            return Checked(check.outcome)
        text = None if _has_link(ctx, words) else _find(session, str(phone.mobile_hash), words)
        check.outcome = _outcome(ctx, words, text)
        check.text_id = text.id if text is not None else None
        if text is None:
            return Checked(check.outcome)
        return Checked(check.outcome, text.handed_over_at or text.send_after, text.handed_over_at is not None)


def _outcome(ctx: Context, words: str, text: Text | None) -> CheckOutcome:
    if text is not None:
        return CheckOutcome.FOUND
    if _has_link(ctx, words):
        return CheckOutcome.HAS_LINK
    return CheckOutcome.LOOKS_ALIKE if reads_like_ours(words, ctx.catalogue) else CheckOutcome.NOT_FOUND


def _has_link(ctx: Context, words: str) -> bool:
    """A copy of ours with a link in it is not ours, whatever else it says."""
    try:
        ctx.guard.check(words)
    except UnsafeText:
        return True
    return False


def _find(session: Session, mobile_hash: str, words: str) -> Text | None:
    """The newest text to this phone with that reference and, where more than it was read out, those words."""
    sent = or_(Text.state == TextState.HANDED_OVER, Text.ever_posted)
    of_phone = select(Text, Query.code).join(Query, Query.id == Text.query_id)
    newest = of_phone.where(Text.recipient_hash == mobile_hash, sent).order_by(Text.id.desc()).limit(_MOST_TEXTS)
    codes = find_codes(words)
    for text, code in session.execute(newest):
        alone = code in codes and len(plain(words)) <= len(code) + FEWEST
        if alone or reads_like(words, text.body or ""):
            return text
    return None


def recent_checks(ctx: Context) -> Excerpt:
    """The latest looks at texts, by anybody."""
    with ctx.database.read() as session:
        newest = select(CallerCheck).where(CallerCheck.kind == CheckKind.TEXT).order_by(CallerCheck.id.desc())
        return excerpt(session.scalars(newest.limit(_MOST_ASKED + 1)).all(), _MOST_ASKED)


def asked_by_text(ctx: Context) -> Excerpt:
    """Replies that begin with CHECK and still wait for people, each behind its handoff, oldest first."""
    with ctx.database.read() as session:
        waiting = (Handoff.reason == Reason.SENDER_CHECKS, Handoff.closed_at.is_(None))
        asked = select(Handoff, Reply).join(Reply, Reply.id == Handoff.reply_id).where(*waiting)
        return excerpt(session.execute(asked.order_by(Handoff.id).limit(_MOST_ASKED + 1)).all(), _MOST_ASKED)
