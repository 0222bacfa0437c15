"""Deciding on a query, in two steps: the form, then its consequences before anything is done."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from notifier.console.access import Visitor, needs
from notifier.console.drawing import draw
from notifier.console.forms import Form, codes_in, hong_kong_time
from notifier.console.parts import ROOT
from notifier.console.routes.sign_in import Fields
from notifier.console.verbs import VERBS, Verb, answer_for
from notifier.domain.answer_codes import ANSWER_CODES, OLD_ANSWER_CODES
from notifier.domain.errors import Conflict, Invalid
from notifier.domain.lifecycle import Outcome
from notifier.domain.types import Language, Team, WhyAgain
from notifier.service.answer_checks import check_answer
from notifier.service.query_story import read_story
from notifier.service.relaying import answers_of
from notifier.service.resolution import ENDINGS, carry_out
from notifier.service.seen_replies import mark_of_replies
from notifier.storage.models import Answer
from notifier.storage.models.people import AnswerState

router = APIRouter()
_READ = 2000  # characters looked at
# Fields whose values are members of a closed set, which has words for them.
_MEMBERS: dict[str, type[StrEnum]] = {"language": Language, "why": WhyAgain, "outcome": Outcome, "team": Team}
_WORDS = ("text", "reason")  # shown as they were written


def _ask(verb: Verb, request: Request, visitor: Visitor, query_id: UUID) -> Response:
    """The form, with what is proposed; a verb without one tells its consequences at once."""
    if not verb.asked:
        return _tell(verb, request, visitor, query_id, {})
    return _form_page(verb, request, visitor, query_id, {})


def _decide(verb: Verb, request: Request, visitor: Visitor, query_id: UUID, form: Form) -> Response:
    """Tell the consequences; or, when they were read, do it."""
    given = {name: form[name] for name in verb.fields if name in form}
    if form.get("read") == "change":
        return _form_page(verb, request, visitor, query_id, given)
    if form.get("read") != "yes":
        return _tell(verb, request, visitor, query_id, given)
    try:
        carry_out(visitor.ctx, query_id, visitor.signed_in.principal, verb.make(given))
    except Invalid as refusal:
        return _form_page(verb, request, visitor, query_id, given, refusal)
    return RedirectResponse(f"{ROOT}/queries/{query_id}?done={verb.name}", 303)


def _tell(verb: Verb, request: Request, visitor: Visitor, query_id: UUID, given: Form) -> Response:
    answer = _about(verb, answers_of(visitor.ctx, query_id), given) if verb.answers else None
    if answer is not None:
        given = given | {"answer": str(answer.id)}
    try:
        would = carry_out(visitor.ctx, query_id, visitor.signed_in.principal, verb.make(given), preview=True)
    except Invalid as refusal:
        return _form_page(verb, request, visitor, query_id, given, refusal)
    shown: dict[str, Any] = {"decided": _decided(verb, given), "members": _MEMBERS, "answer": answer}
    return draw(request, "queries/consequences.jinja", verb=verb, would=would, given=given, **shown)


def _decided(verb: Verb, given: Form) -> dict[str, Any]:
    """What was chosen or filled in beside words, by field: read again before it is done."""
    filled = {name: given.get(name, "").strip() for name in verb.asked if name not in _WORDS}
    return {name: _meant(name, value) for name, value in filled.items() if value}


def _meant(name: str, value: str) -> Any:
    """The value of a field as its page shows it. It was read before: nothing here is refused."""
    if name == "deadline_at":
        return datetime.fromisoformat(hong_kong_time(value))
    if name == "codes":
        return codes_in(value)
    return _MEMBERS[name](value) if name in _MEMBERS else value


def _about(verb: Verb, answers: Sequence[Answer], given: Form) -> Answer:
    """The answer that the form is about, else the one it would be about now. Raises Conflict where there is none."""
    found = answer_for(verb, answers, given.get("answer", ""))
    if found is None:
        raise Conflict("No answer of this query is on its way to customs.")
    return found


def _form_page(
    verb: Verb, request: Request, visitor: Visitor, query_id: UUID, given: Form, refusal: Invalid | None = None
) -> Response:
    seen = read_story(visitor.ctx, query_id)
    proposed = [answer.body for answer in seen.answers if answer.state is AnswerState.PROPOSED]
    shown: dict[str, Any] = {"verb": verb, "query": seen.query, "given": given, "teams": tuple(Team)}
    shown |= {"reasons": tuple(WhyAgain), "endings": ENDINGS, "languages_of_texts": tuple(Language)}
    shown |= {"codes": (*ANSWER_CODES, *OLD_ANSWER_CODES)}
    shown["answer"] = _about(verb, seen.answers, given) if verb.answers else None
    shown |= {"proposed": proposed[-1] if proposed else "", "replies": seen.replies}
    shown["read_replies"] = mark_of_replies(reply.id for reply in seen.replies)
    return draw(request, "queries/decide.jinja", 422 if refusal else 200, errors=_problems(refusal), **shown)


def _problems(refusal: Invalid | None) -> tuple[Any, ...]:
    return refusal.problems if refusal else ()


def _pages_of(verb: Verb) -> tuple[Callable[..., Response], Callable[..., Response]]:
    """Both steps of a verb, declared with its permission."""
    decider = needs(verb.permission)

    def ask(request: Request, visitor: Annotated[Visitor, decider], query_id: UUID) -> Response:
        return _ask(verb, request, visitor, query_id)

    def decide(request: Request, visitor: Annotated[Visitor, decider], query_id: UUID, form: Fields) -> Response:
        return _decide(verb, request, visitor, query_id, form)

    return ask, decide


@router.post("/queries/{query_id}/accept/check")
def check(
    request: Request,
    visitor: Annotated[Visitor, needs(VERBS["accept"].permission)],
    query_id: UUID,
    form: Fields,
) -> Response:
    """While an answer is being written: what customs would refuse, and the same in letters they take."""
    broken, plain = check_answer(visitor.ctx, query_id, form.get("text", "")[:_READ], form.get("code") or None)
    return draw(request, "queries/rules.jinja", broken=broken, plain=plain)


for _verb in VERBS.values():
    _asking, _deciding = _pages_of(_verb)
    router.get(f"/queries/{{query_id}}/{_verb.name}", name=f"ask {_verb.name}")(_asking)
    router.post(f"/queries/{{query_id}}/{_verb.name}", name=_verb.name)(_deciding)
