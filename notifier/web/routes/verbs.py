"""What people decide about a query, and what customs decides about an item. `preview=true` tells and keeps nothing."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from notifier.domain.lifecycle import Outcome
from notifier.domain.permissions import Permission
from notifier.domain.referral import read_code
from notifier.domain.types import Language, Team, WhyAgain
from notifier.service import new_rounds, resolution
from notifier.service.answer_checks import check_answer
from notifier.service.items import do_not_load
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import Deed, carry_out
from notifier.web import documents
from notifier.web.again import once_more
from notifier.web.auth import Caller, needs
from notifier.web.fields import Fields
from notifier.web.json_body import JsonObject
from notifier.web.representations import done
from notifier.web.responses import Shown

router = APIRouter(prefix="/api/v1", tags=["decisions"], responses=documents.PROBLEMS)

_ON_QUERY = "/queries/{query_id}"
_MOST_CODES = 99
MOST_READ = 2000  # characters read at most; the use cases set the limits that count

Decider = Annotated[Caller, needs(Permission.DECIDE_QUERIES)]


class TrialParameters(BaseModel):
    """Whether to try. A misspelt `preview` is refused: it would carry out what was only to be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preview: bool = Field(False, description="Tell the consequences, and keep nothing.")


Trial = Annotated[TrialParameters, Query()]


@router.post(f"{_ON_QUERY}/withdraw", openapi_extra=documents.EMPTY)
def withdraw(caller: Decider, query_id: UUID, body: JsonObject, trial: Trial) -> Response:
    """Customs no longer asks."""
    Fields(body).check()
    return _carry_out(caller, query_id, resolution.withdraw, trial)


@router.post(f"{_ON_QUERY}/close", openapi_extra=documents.CLOSE)
def close(caller: Decider, query_id: UUID, body: JsonObject, trial: Trial) -> Response:
    """Staff close the query without an answer."""
    outcome = Fields(body, "outcome").the_word("outcome", Outcome)
    return _carry_out(caller, query_id, resolution.close(outcome), trial)


@router.post(f"{_ON_QUERY}/ask-again", openapi_extra=documents.ASK_AGAIN)
def ask_again(caller: Decider, query_id: UUID, body: JsonObject, trial: Trial) -> Response:
    """A new round: the same questions or those of `codes`, by a new deadline, or in spite of what would hold it."""
    fields = Fields(body, "codes", "deadline_at", "because", "anyway", "despite_health")
    given = fields.texts("codes", _MOST_CODES, 17)
    deadline_at, anyway = fields.deadline(), fields.flag("anyway")
    why = fields.word("because", WhyAgain)
    despite_health = fields.text("despite_health", 300)
    fields.check()
    codes = [read_code(code, f"codes[{place}]") for place, code in enumerate(given)]
    deed = new_rounds.ask_again(codes, deadline_at, why=why, anyway=anyway, despite_health=despite_health)
    return _carry_out(caller, query_id, deed, trial)


@router.post(f"{_ON_QUERY}/escalate", openapi_extra=documents.ESCALATE)
def escalate(
    caller: Annotated[Caller, needs(Permission.ESCALATE_QUERIES)],
    query_id: UUID,
    body: JsonObject,
    trial: Trial,
) -> Response:
    """Stop waiting for the sender; people take over, or other people do."""
    team = Fields(body, "team").the_word("team", Team)
    return _carry_out(caller, query_id, resolution.escalate(team), trial)


@router.post(f"{_ON_QUERY}/accept", openapi_extra=documents.ACCEPT)
def accept(caller: Decider, query_id: UUID, body: JsonObject, trial: Trial) -> Response:
    """Accept an answer for customs: the reply as it is, or staff's own words."""
    fields = Fields(body, "text", "code", "answer_id")
    words, code, answer_id = fields.text("text", MOST_READ), fields.text("code", 8), fields.uuid("answer_id")
    fields.check()
    return _carry_out(caller, query_id, resolution.accept_answer(words, code, answer_id), trial)


@router.post(f"{_ON_QUERY}/reject", openapi_extra=documents.REASON)
def reject(caller: Decider, query_id: UUID, body: JsonObject, trial: Trial) -> Response:
    """The reply does not answer what customs asked: the hotline calls."""
    reason = Fields(body, "reason").the_text("reason", 300)
    return _carry_out(caller, query_id, reject_answer(reason), trial)


@router.post(f"{_ON_QUERY}/correct", openapi_extra=documents.CORRECT)
def correct(
    caller: Annotated[Caller, needs(Permission.CORRECT_QUERIES)],
    query_id: UUID,
    body: JsonObject,
    trial: Trial,
) -> Response:
    """Mobile, language or item were wrong: mend them and ask anew."""
    fields = Fields(body, "sender_mobile", "language", "item_id")
    correction = new_rounds.Correction(
        sender_mobile=fields.text("sender_mobile", 64),
        language=fields.word("language", Language),
        item_id=fields.text("item_id", 64),
    )
    fields.check()
    return _carry_out(caller, query_id, new_rounds.correct(correction), trial)


@router.post(f"{_ON_QUERY}/reopen", openapi_extra=documents.REASON)
def reopen(caller: Decider, query_id: UUID, body: JsonObject, trial: Trial) -> Response:
    """Take a closed query up again."""
    reason = Fields(body, "reason").the_text("reason", 300)
    return _carry_out(caller, query_id, resolution.reopen(reason), trial)


@router.post(f"{_ON_QUERY}/answers", openapi_extra=documents.WORDS)
def record_answer(
    caller: Annotated[Caller, needs(Permission.RECORD_ANSWERS)],
    query_id: UUID,
    body: JsonObject,
    trial: Trial,
) -> Response:
    """Write down what the sender said by phone."""
    words = Fields(body, "text").the_text("text", MOST_READ)
    return _carry_out(caller, query_id, resolution.record_answer(words), trial)


@router.post(f"{_ON_QUERY}/answers/check", openapi_extra=documents.TRY_ANSWER)
def try_answer(
    caller: Annotated[Caller, needs(Permission.RECORD_ANSWERS)], query_id: UUID, body: JsonObject
) -> Response:
    """Which of customs' rules an answer breaks and how to mend it; `plain`: the same in letters, digits and spaces."""
    fields = Fields(body, "text", "code")
    code, text = fields.text("code", 8), fields.the_text("text", MOST_READ)
    broken, plain = check_answer(caller.ctx, query_id, text, code)
    told = [{"rule": one.rule, "weight": one.weight, "sentence": one.sentence} for one in broken]
    return Shown({"violations": told, "plain": plain})


@router.post("/items/{item_id}/do-not-load", openapi_extra=documents.EMPTY)
def stop_item(
    caller: Annotated[Caller, needs(Permission.STOP_ITEMS)], item_id: str, body: JsonObject, trial: Trial
) -> Response:
    """Customs stops an item: its open queries close, and staff hold it back."""
    Fields(body).check()
    stopped = once_more(lambda: do_not_load(caller.ctx, item_id, caller.principal, preview=trial.preview))
    closed = [done(deed) for deed in stopped.closed]
    return Shown({"item_id": stopped.item_id, "closed": closed, "preview": trial.preview})


def _carry_out(caller: Caller, query_id: UUID, deed: Callable[[Deed], None], trial: TrialParameters) -> Response:
    preview = trial.preview
    return Shown(done(once_more(lambda: carry_out(caller.ctx, query_id, caller.principal, deed, preview=preview))))
