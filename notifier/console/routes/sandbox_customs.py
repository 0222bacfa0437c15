"""Customs' desk of the sandbox: referrals at a click, news about items, and the answers that came back."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Staff
from notifier.console.drawing import draw
from notifier.console.lists import draw_live, mark_of
from notifier.console.parts import ROOT
from notifier.console.routes.sign_in import Fields
from notifier.console.words import marked
from notifier.domain.errors import FieldProblem, Invalid, NotFound
from notifier.domain.item import with_check_digit
from notifier.domain.lifecycle import Outcome
from notifier.domain.permissions import CUSTOMS
from notifier.domain.query_code import new_code
from notifier.domain.referral import Referral, read_referral
from notifier.service import resolution
from notifier.service.answers import mark_refused, mark_sent
from notifier.service.context import Context
from notifier.service.intake import Door, accept
from notifier.service.items import do_not_load
from notifier.service.lookups import Filters, get_query, list_answers, list_queries
from notifier.storage.models.people import AnswerState

router = APIRouter(prefix="/sandbox/customs")
_HERE = f"{ROOT}/sandbox/customs"
_SHOWN = 15
_BURST = 20
_MOBILE = "9123 4567"
_AUTHORITIES = ("DE", "FR", "IT", "CH", "NO")


@dataclass(frozen=True)
class Example:
    """A referral ready to be sent: what it is called, its kind, and its questions (code, customs' own words)."""

    name: str
    title: str
    kind: str
    questions: tuple[tuple[str, str], ...]


# Ids of fields that are not called as a referral's fields are.
_PLACES = {"sender_mobile": "mobile", "language": "sender-language", "destination": "authority"}
EXAMPLES = (
    Example("contents", marked("What is in it?"), "RFI", (("F605", ""),)),
    Example("contents-weight", marked("What is in it, and what does it weigh?"), "RFI", (("F605", ""), ("F603", ""))),
    Example("correct", marked("Correct the description"), "AMD", (("A605", ""),)),
    Example("own-words", marked("A question in customs’ own words"), "RFI", (("", "Is the watch new or used?"),)),
    Example("identity", marked("Who sends it? (no text may ask that)"), "RFI", (("F100", ""),)),
    Example("screening", marked("Screen the item"), "RFS", ()),
)


@router.get("")
def see_customs(request: Request, visitor: Staff) -> Response:
    """The desk."""
    return _page(request, visitor.ctx)


@router.post("")
def ask(request: Request, visitor: Staff, form: Fields) -> Response:
    """Send one referral, or many for trying out the desks."""
    example = next((one for one in EXAMPLES if one.name == form.get("example")), EXAMPLES[0])
    mobile, authority = form.get("mobile", _MOBILE), form.get("authority", _AUTHORITIES[0])
    many = form.get("burst") == "yes"
    mobiles = [f"9{secrets.randbelow(10**7):07}" for _ in range(_BURST)] if many else [mobile]
    try:
        referrals = [_referral(example, authority, one, form.get("language", "")) for one in mobiles]
    except Invalid as refusal:
        return _page(request, visitor.ctx, refusal.problems)
    for referral in referrals:
        accept(visitor.ctx, referral, Door(CUSTOMS, "sandbox"))
    return RedirectResponse(_HERE, 303)


@router.post("/queries/{query_id}/{news}")
def tell(visitor: Staff, query_id: UUID, news: str) -> Response:
    """Customs no longer asks, is content, or stops the item."""
    if news not in _NEWS:
        raise NotFound("Customs says no such thing.")
    _NEWS[news](visitor.ctx, query_id)
    return RedirectResponse(_HERE, 303)


@router.post("/answers/{answer_id}/{word}")
def judge(visitor: Staff, answer_id: UUID, word: str) -> Response:
    """Customs takes an answer, or sends it back."""
    if word == "taken":
        mark_sent(visitor.ctx, answer_id, CUSTOMS)
    elif word == "refused":
        mark_refused(visitor.ctx, answer_id, "The description is too vague.", CUSTOMS)
    else:
        raise NotFound("Customs says no such thing.")
    return RedirectResponse(_HERE, 303)


def _withdraw(ctx: Context, query_id: UUID) -> None:
    resolution.carry_out(ctx, query_id, CUSTOMS, resolution.withdraw)


def _clear(ctx: Context, query_id: UUID) -> None:
    resolution.carry_out(ctx, query_id, CUSTOMS, resolution.close(Outcome.CLEARED))


def _stop(ctx: Context, query_id: UUID) -> None:
    do_not_load(ctx, get_query(ctx, query_id).query.item_id, CUSTOMS)


_NEWS: dict[str, Callable[[Context, UUID], None]] = {"withdraw": _withdraw, "clear": _clear, "stop": _stop}


def _referral(example: Example, authority: str, mobile: str, language: str) -> Referral:
    questions = [{"code": code, "text": words} for code, words in example.questions]
    return read_referral(
        {
            "authority": authority,
            "destination": authority,
            "kind": example.kind,
            "referral_reference": f"EX-{new_code()}",
            "item_id": with_check_digit("RR", f"{secrets.randbelow(10**8):08}", "HK"),
            "sender_mobile": mobile,
            "language": language,
            "questions": questions,
        }
    )


def _page(request: Request, ctx: Context, problems: tuple[FieldProblem, ...] = ()) -> Response:
    queries = list_queries(ctx, Filters(), _SHOWN).rows
    waiting = list_answers(ctx, AnswerState.ACCEPTED, _SHOWN).rows
    shown: dict[str, Any] = {"queries": queries, "waiting": waiting, "examples": EXAMPLES, "usual_mobile": _MOBILE}
    shown |= {"authorities": _AUTHORITIES, "burst": _BURST}
    if problems:
        return draw(request, "sandbox/customs.jinja", 422, mark="", errors=problems, places=_PLACES, **shown)
    answers = ((answer.id, answer.state) for answer, _ in waiting)
    mark = mark_of(*((query.id, query.state) for query in queries), *answers)
    return draw_live(request, "sandbox/customs.jinja", "sandbox/asked.jinja", mark, **shown)
