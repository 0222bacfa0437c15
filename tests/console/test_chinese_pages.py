"""A walk over Chinese pages in many states: nothing English is left on them but what others wrote."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest

from notifier.carriers.port import Fault, Never, NotSent, Unknown
from notifier.carriers.twilio.codes import load_codes
from notifier.console.call_endings import ENDINGS as CALL_ENDINGS
from notifier.console.verbs import VERBS
from notifier.domain.lifecycle import Outcome
from notifier.domain.permissions import Role
from notifier.domain.types import Team
from notifier.service.answers import mark_refused
from notifier.service.items import do_not_load
from notifier.service.new_rounds import ask_again
from notifier.service.rejecting import reject_answer
from notifier.service.resolution import accept_answer, close, escalate, record_answer, reopen, withdraw
from notifier.settings.paths import config_dir
from tests.console.leftovers import Leftovers
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.world import LIAISON, World

_LINK = re.compile(r'href="(/console/[^"#]*)')
_ELSEWHERE = re.compile(r"\.(csv|xlsx|css|svg|js)(\?|$)|/static/")
_MOST_PAGES = 1000
# The language of a text, or of what an agent says, is the sender's; a language's own name is its own.
_SENDERS = re.compile(r"^English$")


def _phone(world: World) -> str:
    return f"+852912{next(world.numbers):05}"


def _asked(world: World, **changes: object) -> tuple[UUID, str]:
    """A query whose question arrived, and its phone."""
    phone = _phone(world)
    taken = world.refer(**{"sender_mobile": phone} | changes)
    for posted in world.send():
        world.receipt(posted, "delivered")
    return taken.id, phone


def _of_texts(world: World) -> list[UUID]:
    """Queries whose texts, or whose referrals, meet what they can meet."""
    found = []
    for code in (30003, 30005, 30007, 30008, 21610, 99999):
        found.append(world.refer(sender_mobile=_phone(world)).id)
        for posted in world.send():
            world.receipt(posted, "undelivered", code)
    explained = load_codes(config_dir()).explain(21614).reason
    for outcome in (Never(explained, Fault.NUMBER, 21614), NotSent("The carrier could not be reached.")):
        world.carrier.script.append(outcome)
        found.append(world.refer(sender_mobile=_phone(world)).id)
        world.send()
    world.carrier.script.append(Unknown("The carrier did not answer in time."))
    found.append(world.refer(sender_mobile=_phone(world)).id)
    world.send()
    soon = (world.now() + timedelta(minutes=20)).isoformat()
    for changes in (
        {"sender_mobile": "2345 6789"},
        {"sender_mobile": "+44 7700 900123"},
        {"sender_mobile": "see form"},
        {"sender_mobile": ""},
        {"kind": "RFS", "questions": []},
        {"questions": [{"code": "F101"}]},
        {"questions": [{"code": "F605"}, {"code": "X999", "text": "Bitte Werteangabe"}]},
        {"deadline_at": soon},
    ):
        found.append(world.refer(**{"sender_mobile": _phone(world)} | changes).id)
    known = world.refer(sender_mobile=_phone(world), referral_reference="twice")
    world.refer(sender_mobile=_phone(world), referral_reference="twice", item_id="CP203011144HK")
    return [*found, known.id]


def _of_replies(world: World) -> list[UUID]:
    """Queries whose senders wrote what senders write."""
    found = []
    for words in (
        "Two cotton shirts", "OK", "STOP", "wrong number", "is this a scam?", "取消", "please send it back", "???",
        "gift", "CHECK is this you",
    ):  # fmt: skip
        query, phone = _asked(world)
        world.reply(words, phone)
        found.append(query)
    query, phone = _asked(world)
    world.reply("", phone, NumMedia="1")
    first, phone = _asked(world, item_id="RR123456785HK")
    second, _ = _asked(world, item_id="CP203011144HK", sender_mobile=phone)
    world.reply("two shirts", phone)
    world.reply("hello", _phone(world))
    return [*found, query, first, second]


def _of_staff(world: World) -> list[UUID]:
    """Queries that staff decided about."""
    deeds = (
        (accept_answer(None, "R100"), reopen("It still counts")),
        (accept_answer(None, "R100"),),
        (reject_answer("Says nothing"),),
        (ask_again([]),),
        (escalate(Team.SECURITY),),
        (record_answer("Two shirts"),),
        (close(Outcome.RETURNED),),
        (withdraw,),
    )
    found = []
    for several in deeds:
        query, phone = _asked(world)
        world.reply("Two cotton shirts", phone)
        for deed in several:
            world.do(query, deed)
        found.append(query)
    refused, phone = _asked(world)
    world.reply("Two cotton shirts", phone)
    world.do(refused, accept_answer(None, None))
    mark_refused(world.ctx, world.see(refused).answers[0].id, "zu ungenau", LIAISON)
    stopped, _ = _asked(world, item_id="EE900112236HK")
    do_not_load(world.ctx, "EE900112236HK", LIAISON)
    do_not_load(world.ctx, "UX555000216HK", LIAISON)
    late, phone = _asked(world)
    world.do(late, close(Outcome.UNANSWERED))
    world.reply("Two shirts, sorry", phone)
    return [*found, refused, stopped, late]


@pytest.fixture
def queries(small_office: Office, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The office's queries, in as many states as there are ways to get into one."""
    world = small_office.world
    monkeypatch.setattr(world.carrier, "explain", load_codes(config_dir()).explain)
    silent, _ = _asked(world)
    world.wind(timedelta(hours=48))
    world.send()
    world.wind(timedelta(hours=24))
    found = [silent, *_of_texts(world), *_of_replies(world), *_of_staff(world)]
    world.wind(timedelta(hours=5))
    return found


def _reader(office: Office, role: Role) -> Reader:
    reader = reader_of(office)
    reader.client.headers["Accept-Language"] = "zh-HK"
    assert reader.sign_in(office.hire(role, f"Kit{role} Chan")).status_code == 303
    return reader


def _left(page: str) -> set[str]:
    read = Leftovers(page)
    return {text for text in (*read.marked, *read.unmarked) if not _SENDERS.match(text)}


def test_the_walk_sees_english_that_is_marked_and_english_that_is_not() -> None:
    page = (
        '<html lang="zh-Hant"><p>查詢 <span lang="en">Give it.</span> <b>Call the sender.</b></p>'
        '<q class="words">as they wrote it</q><input placeholder="Search for it"><code>RFI and more</code></html>'
    )
    assert Leftovers(page).marked == ["Give it."]
    assert Leftovers(page).unmarked == ["Call the sender.", "Search for it"]


def test_no_page_that_can_be_reached_has_english_left(small_office: Office, queries: list[UUID]) -> None:
    reader, left = _reader(small_office, Role.ADMIN), {}
    places = ["/console/queries", "/console/queries?state=closed", "/console/handoffs?team=all"]
    places.extend(f"/console/queries/{query}" for query in queries)
    known = set(places)
    for place in places:  # it grows by what each page leads to
        page = reader.client.get(place, follow_redirects=True).text
        assert '<html lang="zh-Hant"' in page, place
        if found := _left(page):
            left[place] = found
        links = [link for link in map(unescape, _LINK.findall(page)) if not _ELSEWHERE.search(link)]
        places.extend(dict.fromkeys(link for link in links if link not in known))
        known.update(links)
        assert len(places) < _MOST_PAGES
    assert len(places) > 200
    assert left == {}


def test_what_a_decision_leads_to_and_what_is_wrong_with_it_is_chinese(
    small_office: Office, queries: list[UUID]
) -> None:
    reader, left, told = _reader(small_office, Role.ADMIN), {}, 0
    right = {"text": "Two shirts", "reason": "It counts", "team": "hotline", "outcome": "returned", "why": "too_vague"}
    right |= {"sender_mobile": "9876 5432", "item_id": "CP203011144HK"}
    wrong = {"text": "禮物", "code": "Z9", "team": "x", "outcome": "x", "why": "x", "codes": "é", "deadline_at": "soon"}
    wrong |= {"sender_mobile": "2345 6789", "item_id": "RR123456789HK"}
    for query in queries:
        answers = small_office.world.see(query).answers
        about = {"answer": str(answers[-1].id)} if answers else {}
        for name in VERBS:
            for form in ({}, right | about, wrong):
                page = reader.post(f"/console/queries/{query}/{name}", **form).text
                told += 'class="consequences"' in page
                if found := _left(page):
                    left[query, name] = found
    assert told > 100
    assert left == {}


def test_what_the_hotline_hears_of_its_calls_is_chinese(small_office: Office, queries: list[UUID]) -> None:
    reader, left = _reader(small_office, Role.ADMIN), {}
    world, asked = small_office.world, 0
    for query in queries:
        for handoff in (one for one in world.see(query).handoffs if one.closed_at is None):
            page = f"/console/handoffs/{handoff.id}"
            for name, ending in CALL_ENDINGS.items():
                forms: tuple[dict[str, str], ...] = ({}, {"text": "Two shirts", "wait": "3", "team": "staff"})
                for form in forms if ending.two_steps else ({},):
                    asked += 1
                    if found := _left(reader.post(f"{page}/{name}", page, **form).text):
                        left[page, name] = found
            for deed in ("note", "reveal"):
                if found := _left(reader.post(f"{page}/{deed}", page).text):
                    left[page, deed] = found
    assert asked > 100
    assert left == {}


def test_forms_that_are_filled_in_wrongly_say_so_in_chinese(small_office: Office, queries: list[UUID]) -> None:
    reader, left = _reader(small_office, Role.ADMIN), {}
    query = f"/console/queries/{queries[0]}"
    forms: tuple[tuple[str, dict[str, str]], ...] = (
        ("/console/queries/new", {}),
        (
            "/console/queries/new",
            {"item_id": "RR123456789HK", "sender_mobile": "x", "authority": "QQ", "kind": "X", "codes": "é"},
        ),
        ("/console/queries/new", {"item_id": "no", "deadline_at": "soon", "mrn": "x" * 99, "language": "fr"}),
        ("/console/queries/new/check", {"item_id": "RR123456789HK", "sender_mobile": "2345 6789", "codes": "F101"}),
        (f"{query}/number", {"because": " "}),
        ("/console/incoming", {}),
        ("/console/incoming", {"item_id": "RR1", "mobile": "1"}),
        ("/console/incoming", {"item_id": "RR123456785HK", "mobile": "9999 9999"}),
        ("/console/ours", {}),
        ("/console/ours", {"mobile": "9999 9999", "words": "Customs asks about your parcel, see http://x.example"}),
        ("/console/operations/pause", {"reason": ""}),
        ("/console/operations/resume", {"reason": ""}),
    )
    for place, form in forms:
        answer = reader.post(place, **form)
        assert answer.status_code in (200, 303, 409, 422), (place, answer.status_code)
        if found := _left(answer.text):
            left[place, str(form)] = found
    for place in ("/console/queries?authority=Q", "/console/handoffs?team=x", "/console/nowhere", f"{query}x"):
        if found := _left(reader.get(place).text):
            left[place, ""] = found
    assert left == {}
