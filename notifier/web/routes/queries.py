"""Queries: taking one in, finding them, looking at one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from notifier.domain.permissions import Permission
from notifier.domain.referral import read_referral
from notifier.service.intake import Door, Taken, accept
from notifier.service.lookups import Filters, get_query, list_queries
from notifier.service.numbers import see_number_of
from notifier.web import documents
from notifier.web.again import once_more
from notifier.web.auth import Caller, needs
from notifier.web.json_body import JsonObject
from notifier.web.numbers import number
from notifier.web.pages import QueryParameters, page, read_search
from notifier.web.problems import Meaning, problem
from notifier.web.representations import brief, new_brief, whole
from notifier.web.responses import Shown
from notifier.web.work import joint_call

router = APIRouter(prefix="/api/v1/queries", tags=["queries"], responses=documents.PROBLEMS)

_CONTRADICTED = Meaning(
    409,
    "Nothing was changed: staff decide. To ask something else, use another referral_reference.",
    "This referral is known with other content; what came now is kept beside it for staff.",
)
# Visible ASCII, so that it is the same key whatever stands between client and server.
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


@router.post("", status_code=201, openapi_extra=documents.REFERRAL, responses=documents.KNOWN)
def submit_query(
    caller: Annotated[Caller, needs(Permission.SUBMIT_QUERIES)],
    body: JsonObject,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a referral: 201 when it is new, 200 when it is known, 409 when it contradicts the known one."""
    referral = read_referral(body)
    door = Door(caller.principal, "api", idempotency_key)
    taken = once_more(lambda: accept(caller.ctx, referral, door))
    if taken.conflict_id is not None:
        return _contradicted(taken)
    if taken.new:
        return Shown(new_brief(taken, referral), 201, {"Location": f"{router.prefix}/{taken.id}"})
    (query,) = list_queries(caller.ctx, Filters(code=taken.code), 1).rows
    return Shown(brief(query))


def _contradicted(taken: Taken) -> Response:
    members = {
        "id": str(taken.id),
        "code": taken.code,
        "state": taken.state,
        "conflict_id": str(taken.conflict_id),
    }
    return problem(_CONTRADICTED, members=members)


@router.get("")
def find_queries(
    caller: Annotated[Caller, needs(Permission.READ_QUERIES)], parameters: Annotated[QueryParameters, Query()]
) -> Response:
    """A page of queries, newest first."""
    filters = parameters.filters(caller.ctx.regions)
    rows = list_queries(caller.ctx, filters, parameters.limit, parameters.cursor)
    return Shown(page(rows, [brief(query) for query in rows.rows]))


@router.post("/find", openapi_extra=documents.FIND)
def search_queries(caller: Annotated[Caller, needs(Permission.READ_QUERIES)], body: JsonObject) -> Response:
    """The same page, narrowed by a body: a sender's whole number has no place in an address."""
    search = read_search(body)
    rows = list_queries(caller.ctx, search.filters(caller.ctx.regions), search.limit, search.cursor)
    return Shown(page(rows, [brief(query) for query in rows.rows]))


@router.get("/{query_id}", responses=documents.QUERY)
def see_query(caller: Annotated[Caller, needs(Permission.READ_QUERIES)], query_id: UUID) -> Response:
    """A query with its rounds, texts, replies, answers, handoffs and history, and how its number fares."""
    seen = get_query(caller.ctx, query_id)
    fares = see_number_of(caller.ctx, seen.query)
    call = joint_call(seen.call, seen.parts) if seen.call else None
    return Shown(whole(seen) | {"call": call, "number": fares and number(fares, caller.ctx.numbers)})
