"""The liaison desk: lists, queries in many states, new queries, files and replies."""

from uuid import UUID

from notifier.console.forms import MOST_UPLOADED
from notifier.domain.lifecycle import Outcome
from notifier.domain.types import Team
from notifier.service.answers import mark_refused
from notifier.service.resolution import accept_answer, close, escalate
from notifier.service.suppressions import find_suppressions
from tests.console.looks import FAILURE, Look, Places, Scene
from tests.console.office import Office
from tests.journeys.world import LIAISON

_FORM = "main form button"
_QUERY = "queries/query.jinja"
_NEW = "/queries/new"
_FILE = "/queries/import"
_LIFT, _ENTRY = "/queries/{query_id}/phone/{suppression_id}/lift", "/queries/{stopped}/phone/{entry}/lift"
_REFERRAL = {
    "#item_id": "CP203011144HK",
    "#sender_mobile": "6123 4567",
    "#authority": "DE",
    "#codes": "F605 F603",
}
_WHY = {"#because": "To call the sender"}
_HEAD = "authority,destination,kind,referral_reference,item_id,sender_mobile,questions\n"
_ROWS = (
    "DE,DE,RFI,REF-1,RR123456785HK,9123 4567,F605\nDE,DE,RFI,REF-2,CP123456785HK,9123 4568,F605;F603\n"
    "DE,DE,RFI,REF-3,RR123456789HK,9123 4569,F605\n"
)


def _asked(office: Office, **changes: object) -> tuple[UUID, str]:
    """A query whose question arrived, and its phone."""
    phone = f"+852912{next(office.world.numbers):05}"
    return office.world.texted(**{"sender_mobile": phone} | changes).id, phone


def _answered(office: Office, words: str, **changes: object) -> UUID:
    query, phone = _asked(office, **changes)
    office.world.reply(words, phone)
    return query


def play(office: Office) -> Places:
    """Replies came, were accepted, sent back and late; a text failed, a number was none, customs used own words."""
    world = office.world
    query = _answered(office, "2 T-shirts (cotton), 1 doll")
    _asked(office, sender_mobile=str(world.see(query).query.mobile), item_id="CP203011144HK")
    world.do(query, escalate(Team.HOTLINE, "She may know more"))
    returned = _answered(office, "Two cotton shirts")
    world.do(returned, accept_answer("Two cotton shirts", "R100"))
    mark_refused(office.ctx, world.see(returned).answers[0].id, "zu ungenau", LIAISON)
    accepted = _answered(office, "Two cotton shirts")
    world.do(accepted, accept_answer("Two cotton shirts", "R100"))
    closed, phone = _asked(office)
    world.do(closed, close(Outcome.UNANSWERED))
    world.reply("Two shirts, sorry", phone)
    failed = world.refer(sender_mobile="+85291290000").id
    for posted in world.send():
        world.receipt(posted, "undelivered", 30005)
    stopped, phone = _asked(office)
    world.reply("STOP", phone)
    (entry,) = find_suppressions(office.ctx, phone)
    ready = _answered(office, "2 T-shirts (cotton), 1 doll")
    unread = world.refer(sender_mobile="see form").id
    own_words = [{"code": "F605"}, {"code": "X999", "text": "Bitte Werteangabe"}]
    worded = world.refer(sender_mobile="+85291290001", questions=own_words).id
    twice = world.refer(sender_mobile="+85291290002", referral_reference="TWICE").id
    world.refer(sender_mobile="+85291290003", referral_reference="TWICE", questions=own_words)
    places = {
        "query_id": ready,
        "twice": twice,
        "busy": query,
        "returned": returned,
        "waits": accepted,
        "closed": closed,
        "failed": failed,
        "stopped": stopped,
        "entry": entry.id,
    }
    places |= {"unread": unread, "worded": worded, "reply_id": world.see(query).replies[0].id}
    return {name: str(place) for name, place in places.items()}


_LISTS = (
    Look("queries", "GET /queries", "queries/list.jinja"),
    Look("closed queries", "GET /queries", "queries/list.jinja", "/queries?state=closed"),
    Look("no query fits", "GET /queries", "queries/list.jinja", "/queries?q=0000"),
    Look("filters that cannot be read", "GET /queries", "queries/list.jinja", "/queries?authority=1", status=422),
)
_OF_QUERY = (
    *(
        Look(f"query, {name}", "GET /queries/{query_id}", _QUERY, f"/queries/{{{name}}}")
        for name in ("query_id", "busy", "returned", "waits", "closed", "failed", "unread", "worded")
    ),
    Look("query, taken in", "GET /queries/{query_id}", _QUERY, "/queries/{query_id}?done=new"),
    Look("query, accepted", "GET /queries/{query_id}", _QUERY, "/queries/{returned}?done=accept"),
    Look("query, sent by hand", "GET /queries/{query_id}", _QUERY, "/queries/{waits}?done=sent"),
    Look("number", "GET /queries/{query_id}", _QUERY, given=_WHY, key="Enter", until="#number a"),
    Look("number, no reason", "GET /queries/{query_id}", _QUERY, given={"#because": " "}, key="Enter", until=".bad"),
    Look(
        "number, without a script",
        "POST /queries/{query_id}/number",
        "number/page.jinja",
        "/queries/{query_id}",
        _WHY,
        "form[action$='/number'] button",
        bare=True,
    ),
    Look(
        "number, without a script and a reason",
        "POST /queries/{query_id}/number",
        "number/page.jinja",
        "/queries/{busy}",
        press="form[action$='/number'] button",
        status=422,
        bare=True,
    ),
    Look("two versions", "GET /queries/{query_id}/conflicts", "queries/conflicts.jinja", "/queries/{twice}/conflicts"),
    Look("query, two versions", "GET /queries/{query_id}", _QUERY, "/queries/{twice}"),
    Look("phone", "GET /queries/{query_id}/phone", "liaison/phone.jinja"),
    Look("phone that failed", "GET /queries/{query_id}/phone", "liaison/phone.jinja", "/queries/{failed}/phone"),
    Look("phone on the list", "GET /queries/{query_id}/phone", "liaison/phone.jinja", "/queries/{stopped}/phone"),
    Look("phone, lifted", "GET /queries/{query_id}/phone", "liaison/phone.jinja", "/queries/{failed}/phone?lifted=yes"),
    Look("lift", f"GET {_LIFT}", "liaison/lift.jinja", _ENTRY),
    Look("lift, no reason", f"POST {_LIFT}", "liaison/lift.jinja", _ENTRY, press=_FORM, status=422),
    Look("phone, none", "GET /queries/{query_id}/phone", "liaison/phone.jinja", "/queries/{unread}/phone"),
)
_NEW_QUERY = (
    Look("new", f"GET {_NEW}", "liaison/new.jinja"),
    Look("new, being typed", f"GET {_NEW}", "liaison/new.jinja", given=_REFERRAL, until=".sms"),
    Look(
        "new, mistyped",
        f"GET {_NEW}",
        "liaison/new.jinja",
        given={"#item_id": "RR123456789HK"},
        until=".check-says .bad",
    ),
    Look("new, refused", f"POST {_NEW}", "liaison/new.jinja", _NEW, press=_FORM, status=422),
    Look("new, to be sent", f"POST {_NEW}", "liaison/send.jinja", _NEW, _REFERRAL, _FORM),
    Look("new, for people", f"POST {_NEW}", "liaison/send.jinja", _NEW, _REFERRAL | {"#codes": "F101"}, _FORM),
    Look("file", f"GET {_FILE}", "liaison/import.jinja"),
    Look("file, chosen", f"GET {_FILE}", "liaison/import.jinja", given={"#file": _HEAD + _ROWS}, until="#look tbody"),
    Look(
        "file, too large",
        f"POST {_FILE}",
        FAILURE,
        _FILE,
        {"#file": "x" * (MOST_UPLOADED + 100_000)},
        _FORM,
        status=413,
    ),
    Look("file, none", f"POST {_FILE}", "liaison/import.jinja", _FILE, press=_FORM, status=422),
    Look(
        "file, looked at",
        f"POST {_FILE}/look",
        "liaison/import.jinja",
        _FILE,
        {"#file": _HEAD + _ROWS},
        "button[formaction]",
    ),
    Look("file, taken", f"POST {_FILE}", "liaison/imported.jinja", _FILE, {"#file": _HEAD + _ROWS}, _FORM),
)
_REPLIES = (
    Look("reply", "GET /replies/{reply_id}", "liaison/reply.jinja"),
    Look(
        "reply, not placed",
        "POST /replies/{reply_id}",
        "liaison/reply.jinja",
        "/replies/{reply_id}",
        press=_FORM,
        status=422,
    ),
    Look(
        "reply, to be moved",
        "POST /replies/{reply_id}",
        "liaison/moving.jinja",
        "/replies/{reply_id}",
        {"#nowhere": "yes"},
        _FORM,
    ),
)
LIAISON_DESK = Scene((*_LISTS, *_OF_QUERY, *_NEW_QUERY, *_REPLIES), play)
