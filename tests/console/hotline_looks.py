"""The hotline: its list, call sheets in many states, every end of a call, callers, and texts that may not be ours."""

from datetime import timedelta
from uuid import UUID

from notifier.console.call_endings import ENDINGS, CallEnding
from notifier.domain.number_health import NumberPolicy
from notifier.domain.permissions import Principal, Role
from notifier.service.call_notes import write_note
from notifier.service.caller_checks import FAILURES, find_item
from notifier.service.handoff_list import Wanted, list_work
from notifier.service.taking_on import claim, finish
from tests.console.looks import Deed, Look, Places, Scene
from tests.console.office import Office

MEI, KEN = Principal("Mei Chan", Role.HOTLINE), Principal("Ken Lee", Role.HOTLINE)
_ITEM, _MOBILE = "RR123456785HK", "9123 4001"
_FORM = "main form button"
_LIST, _SHEET = "hotline/handoffs.jinja", "hotline/sheet.jinja"
_SILENT = ("free", "rival", "mine", "held", "over", "faster")  # what becomes of queries that nobody answered
# What is given to the end of a call, by the name of its field.
_WORDS = {
    "text": ("#text", "Two cotton shirts"),
    "wait": ("#{name}-wait-1", "1"),
    "team": ("#team", "security"),
}


def _play(office: Office) -> Places:
    """Senders stayed silent; one has many items; a stranger wrote, and somebody asked whether a text is ours."""
    world = office.world
    phones = {name: f"+8529123400{number}" for number, name in enumerate(_SILENT, 1)}
    queries = {name: world.texted(sender_mobile=phone, item_id=_ITEM).id for name, phone in phones.items()}
    world.wind(timedelta(hours=72))
    places = {name: _handoff(office, query) for name, query in queries.items()}
    for item in ("CP203011144HK", "RR123456785HK", "EE900112236HK"):
        world.refer(sender_mobile="+85291235000", item_id=item)
        world.send()
    world.reply("hello, who is this?", "+85291236000")
    world.reply("CHECK is it you?", phones["held"])
    claim(office.ctx, places["mine"], MEI)
    claim(office.ctx, places["held"], KEN)
    write_note(office.ctx, places["mine"], KEN, "She is at sea until Friday")
    finish(office.ctx, places["over"], KEN, "done")
    places["joint"] = next(row.id for row in _listed(office) if row.items is not None)
    places["stranger"] = next(row.id for row in _listed(office) if row.code is None and row.items is None)
    places["check_id"] = find_item(office.ctx, MEI, _ITEM, _MOBILE).id
    return {name: str(place) for name, place in places.items()}


def _handoff(office: Office, query: UUID) -> UUID:
    (handoff,) = [one for one in office.world.see(query).handoffs if one.closed_at is None]
    return handoff.id


def _listed(office: Office) -> list:
    return list(list_work(office.ctx, Wanted(), 50).rows)


def _ken_is_faster(name: str) -> Deed:
    def take_on(office: Office, places: Places) -> None:
        claim(office.ctx, UUID(places[name]), KEN)

    return take_on


def _nothing_found_for_an_hour(office: Office, _places: Places) -> None:
    for _ in range(FAILURES):
        find_item(office.ctx, MEI, _ITEM, "9123 9999")


def _ended(ending: CallEnding) -> Look:
    """What an end leads to; of one that is done at once, what it asks for."""
    given = {f"#{ending.name}-note": "She will be home tomorrow"}
    known = [_WORDS[name] for name in ending.fields if name in _WORDS]
    given |= {where.format(name=ending.name): words for where, words in known}
    route, press = f"POST /handoffs/{{handoff_id}}/{ending.name}", f"form[action$='/{ending.name}'] button"
    if ending.two_steps:
        return Look(f"end: {ending.name}", route, "hotline/consequences.jinja", "/handoffs/{mine}", given, press)
    return Look(f"end: {ending.name}, not told when", route, _SHEET, "/handoffs/{mine}", press=press, status=422)


_LISTS = (
    Look("handoffs", "GET /handoffs", _LIST, "/handoffs?team=all"),
    Look("no handoff fits", "GET /handoffs", _LIST, "/handoffs?q=0000"),
    Look("handoffs, none is next", "GET /handoffs", _LIST, "/handoffs?none=1"),
    Look("handoffs, one ended", "GET /handoffs", _LIST, "/handoffs?done=answered"),
    Look("handoffs, filters that cannot be read", "GET /handoffs", _LIST, "/handoffs?team=nobody", status=422),
)
_SHEETS = (
    *(
        Look(f"sheet, {name}", "GET /handoffs/{handoff_id}", _SHEET, f"/handoffs/{{{name}}}")
        for name in ("free", "mine", "held", "over", "joint", "stranger")
    ),
    Look("sheet, without a script", "GET /handoffs/{handoff_id}/claim", _SHEET, "/handoffs/{free}/claim"),
    Look(
        "sheet, somebody was faster",
        "POST /handoffs/{handoff_id}/claim",
        _SHEET,
        "/handoffs/{rival}",
        press="[data-key=c]",
        status=409,
        bare=True,
        meanwhile=_ken_is_faster("rival"),
    ),
    Look(
        "sheet, somebody was faster, told in its place",
        "GET /handoffs/{handoff_id}",
        _SHEET,
        "/handoffs/{faster}",
        {"#text": "Two cotton shirts"},
        "[data-key=c]",
        here=True,
        until="#late .errors",
        meanwhile=_ken_is_faster("faster"),
    ),
    Look(
        "sheet, number",
        "GET /handoffs/{handoff_id}",
        _SHEET,
        "/handoffs/{mine}",
        {"#because": "To call the sender"},
        key="Enter",
        until="#number a",
    ),
    Look(
        "sheet, number without a script",
        "POST /handoffs/{handoff_id}/reveal",
        "number/page.jinja",
        "/handoffs/{stranger}",
        {"#because": "To answer"},
        "form[action$='/reveal'] button",
        bare=True,
    ),
    Look(
        "sheet, no note",
        "POST /handoffs/{handoff_id}/note",
        _SHEET,
        "/handoffs/{mine}",
        press="form[action$='/note'] button",
        status=422,
        bare=True,
    ),
    Look(
        "sheet, no note, told in its place",
        "GET /handoffs/{handoff_id}",
        _SHEET,
        "/handoffs/{mine}",
        press="form[action$='/note'] button",
        here=True,
        until="#note-told .bad",
    ),
    Look(
        "sheet, no answer written",
        "POST /handoffs/{handoff_id}/answered",
        _SHEET,
        "/handoffs/{mine}",
        press="form[action$='/answered'] button",
        status=422,
    ),
)
_CALLERS = (
    Look("caller", "GET /incoming", "hotline/incoming.jinja"),
    Look("caller, written down", "GET /incoming", "hotline/incoming.jinja", "/incoming?done=1"),
    Look("caller, unreadable", "POST /incoming", "hotline/incoming.jinja", "/incoming", press=_FORM, status=422),
    Look("caller, found", "GET /incoming/{check_id}", "hotline/caller.jinja"),
    Look(
        "caller, not verified",
        "POST /incoming/{check_id}",
        "hotline/caller.jinja",
        "/incoming/{check_id}",
        {"#text": "Two cotton shirts"},
        _FORM,
        status=422,
    ),
    Look(
        "caller, answers",
        "POST /incoming/{check_id}",
        "hotline/caller_consequences.jinja",
        "/incoming/{check_id}",
        {"#verified": "yes", "#text": "Two cotton shirts"},
        _FORM,
    ),
    Look(
        "caller, not found",
        "POST /incoming",
        "hotline/incoming.jinja",
        "/incoming",
        {"#item_id": _ITEM, "#mobile": "9123 9998"},
        _FORM,
    ),
    Look(
        "caller, nobody looks",
        "POST /incoming",
        "hotline/incoming.jinja",
        "/incoming",
        {"#item_id": _ITEM, "#mobile": "9123 9998"},
        _FORM,
        before=_nothing_found_for_an_hour,
    ),
)
_OURS = (
    Look("ours?", "GET /ours", "hotline/ours.jinja"),
    Look("ours, nothing given", "POST /ours", "hotline/ours.jinja", "/ours", press=_FORM, status=422),
    Look(
        "ours, not ours",
        "POST /ours",
        "hotline/ours.jinja",
        "/ours",
        {"#mobile": _MOBILE, "#words": "Your parcel is held, pay the duty"},
        _FORM,
        until=".answer-big",
    ),
)
_ENDINGS = (
    *(_ended(ending) for ending in ENDINGS.values()),
    Look(
        "end: hand-over of a reply alone",
        "POST /handoffs/{handoff_id}/hand-over",
        "hotline/consequences.jinja",
        "/handoffs/{stranger}",
        {"#team": "hotline"},
        "form[action$='/hand-over'] button",
    ),
)
_MANY = {"numbers": NumberPolicy(queries_by_text=1)}  # who is asked about a second item is called about both
HOTLINE_DESK = Scene((*_LISTS, *_SHEETS, *_ENDINGS, *_CALLERS, *_OURS), _play, _MANY)
