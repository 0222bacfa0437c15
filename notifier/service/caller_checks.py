"""Looking something up for a caller: both the number and what they name must fit, and every look is kept.

An item number is no secret, and numbers can be tried one after the other: beyond a limit of looks that found nothing,
by one member of staff or for one phone, nobody looks at all, and the answer is the same for known and unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from notifier.domain.errors import Conflict, Invalid, NotFound
from notifier.domain.item import read_item
from notifier.domain.lifecycle import State
from notifier.domain.permissions import Principal
from notifier.domain.phone import last4
from notifier.service.context import Context
from notifier.service.phones import Phone, read_phone
from notifier.service.resolution import Deed, Done, carry_out, record_answer
from notifier.storage.models import CallerCheck, Query, Question, Round
from notifier.storage.models.calls import CheckKind, CheckOutcome

FAILURES = 10  # looks that found nothing, within the time below, until nobody looks
WITHIN = timedelta(hours=1)
_LASTS = timedelta(hours=1)  # a call: so long what was found may be opened
_MOST = 20


@dataclass(frozen=True)
class Caller:
    """What was found for a caller: the check, and the queries on their item, open ones first."""

    check: CallerCheck
    queries: Sequence[tuple[Query, Sequence[Question]]]


def begin_check(
    session: Session, ctx: Context, kind: CheckKind, mobile: str, principal: Principal
) -> tuple[CallerCheck, Phone]:
    """A check that has found nothing yet, or is LIMITED already. Raises Invalid for a number that cannot be read."""
    phone = read_phone(ctx, mobile)
    if phone.mobile is None or phone.mobile_hash is None:
        raise Invalid.one("mobile", "is no mobile number that gets texts from us.", "Ask for it again.")
    now = ctx.clock.wall()
    missed = (
        CallerCheck.kind == kind,
        CallerCheck.at > now - WITHIN,
        CallerCheck.outcome.not_in((CheckOutcome.FOUND, CheckOutcome.LIMITED)),
    )
    # Who is rung about a wave of false texts and rightly says "not ours" guesses at nothing.
    guessed = and_(CallerCheck.staff == principal.name, CallerCheck.outcome == CheckOutcome.NOT_FOUND)
    theirs = or_(guessed, CallerCheck.phone_hash == phone.mobile_hash)
    before = session.scalars(select(CallerCheck.id).where(*missed, theirs).limit(FAILURES)).all()
    outcome = CheckOutcome.LIMITED if len(before) >= FAILURES else CheckOutcome.NOT_FOUND
    of_phone = {"phone_hash": phone.mobile_hash, "last4": last4(phone.mobile)}
    check = CallerCheck(kind=kind, staff=principal.name, outcome=outcome, at=now, **of_phone)
    session.add(check)
    return check, phone


def find_item(ctx: Context, principal: Principal, item_id: str, mobile: str) -> CallerCheck:
    """Look for a caller's item. Raises Invalid for an item or a number that cannot be right."""
    item = read_item(item_id)
    with ctx.database.begin() as session:
        check, phone = begin_check(session, ctx, CheckKind.ITEM, mobile, principal)
        if check.outcome is CheckOutcome.NOT_FOUND:
            fits = select(Query.id).where(Query.item_id == item, Query.mobile_hash == phone.mobile_hash)
            check.query_id = session.scalar(fits.order_by(Query.id.desc()).limit(1))
        if check.query_id is not None:
            check.outcome = CheckOutcome.FOUND
        return check


def see_caller(ctx: Context, check_id: UUID, principal: Principal) -> Caller:
    """What one's own check found, during the call. Raises NotFound: another's, over, or nothing was found."""
    with ctx.database.read() as session:
        check = session.get(CallerCheck, check_id)
        mine = check is not None and check.staff == principal.name and ctx.clock.wall() - check.at < _LASTS
        if check is None or not mine or check.query_id is None or check.kind is not CheckKind.ITEM:
            raise NotFound("There is no such check.")
        named = session.get_one(Query, check.query_id)
        same = (Query.item_id == named.item_id, Query.mobile_hash == named.mobile_hash)
        found = select(Query).where(*same).order_by(Query.state == State.CLOSED, Query.id.desc()).limit(_MOST)
        queries = session.scalars(found).all()
        asked = _questions(session, queries)
    return Caller(check, [(query, asked.get(query.id, [])) for query in queries])


def _questions(session: Session, queries: Sequence[Query]) -> dict[UUID, list[Question]]:
    present = (Round.query_id == Query.id) & (Round.number == Query.round_number)
    rows = session.execute(
        select(Query.id, Question)
        .join(Round, present)
        .join(Question, Question.round_id == Round.id)
        .where(Query.id.in_([query.id for query in queries]))
        .order_by(Question.position)
    )
    found: dict[UUID, list[Question]] = {}
    for query_id, question in rows:
        found.setdefault(query_id, []).append(question)
    return found


def answer_by_caller(
    ctx: Context, check_id: UUID, query_id: UUID, principal: Principal, words: str, *, preview: bool = False
) -> Done:
    """Write down what a verified caller answers, in any open state; texts that wait are cancelled.

    Raises NotFound, Invalid, Conflict for a query that is closed.
    """
    caller = see_caller(ctx, check_id, principal)
    if query_id not in {query.id for query, _ in caller.queries}:
        raise NotFound("There is no such query.")
    write = record_answer(words)

    def deed(doing: Deed) -> None:
        if doing.query.state is State.CLOSED:
            raise Conflict("The query is closed: liaison staff reopen it, if customs can still use an answer.")
        write(doing)
        doing.session.get_one(CallerCheck, check_id).verified_at = doing.ctx.clock.wall()

    return carry_out(ctx, query_id, principal, deed, preview=preview)
