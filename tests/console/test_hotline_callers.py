"""People who call the hotline: their item is found by both numbers, verified, and our texts are told from copies."""

import re

import pytest
from sqlalchemy import select, update

from notifier.domain.lifecycle import State
from notifier.domain.permissions import Role
from notifier.domain.quiet_hours import HONG_KONG
from notifier.service.caller_checks import FAILURES
from notifier.storage.models import CallerCheck, Text
from notifier.storage.models.texts import TextState
from tests.console.office import Office
from tests.console.reader import Reader, reader_of

ITEM, MOBILE = "RR123456785HK", "9123 4567"
_UNKNOWN = "Nothing is known of this item and this number together"


def _agent(office: Office, name: str = "Mei Chan") -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(Role.HOTLINE, name)).status_code == 303
    return reader


def _checks(office: Office) -> list[CallerCheck]:
    with office.ctx.database.read() as session:
        return list(session.scalars(select(CallerCheck).order_by(CallerCheck.id)))


def test_a_caller_answers_once_verified_and_what_waits_to_be_sent_is_cancelled(office: Office) -> None:
    query, agent = office.world.refer(item_id=ITEM), _agent(office)
    page = agent.post("/console/incoming", item_id="rr 123 456 785 hk", mobile=MOBILE).headers["location"]
    shown = agent.get(page).text
    assert "Which country did you send the item to?" in shown
    assert "what exactly is in it" in shown
    form = {"query": str(query.id), "text": "Two cotton shirts"}
    assert agent.post(page, read="yes", **form).status_code == 422
    assert "are cancelled" in agent.post(page, verified="yes", **form).text
    assert office.world.see(query.id).query.state is State.RECEIVED
    assert agent.post(page, read="yes", verified="yes", **form).status_code == 303
    seen = office.world.see(query.id)
    assert (seen.query.state, seen.answers[-1].body) == (State.REPLIED, "Two cotton shirts")
    assert {text.state for text in seen.texts} == {TextState.CANCELLED}
    (check,) = _checks(office)
    assert check.verified_at is not None


def test_what_a_caller_says_can_be_compared_with_what_the_page_shows(small_office: Office) -> None:
    query = small_office.world.refer(item_id=ITEM, destination="AT")
    agent = _agent(small_office)
    shown = agent.get(agent.post("/console/incoming", item_id=ITEM, mobile=MOBILE).headers["location"]).text
    asked, facts = shown.partition("<fieldset>")[0], shown.partition("<fieldset>")[2]
    assert asked.count("<li>") == 3
    assert "contents" not in asked, "what the sender declared is nowhere here"
    at = f"{small_office.world.see(query.id).query.received_at.astimezone(HONG_KONG):%Y-%m-%d}"
    for known in ("Destination: Austria", f'<time datetime="{at}', query.code):
        assert known in facts


@pytest.mark.parametrize(("language", "spoken"), [("en", ["en"]), ("zh-Hans", ["zh-Hans"]), ("", ["zh-Hant", "en"])])
def test_a_caller_is_asked_in_the_language_customs_named_or_else_in_both(
    small_office: Office, language: str, spoken: list[str]
) -> None:
    small_office.world.refer(item_id=ITEM, language=language)
    agent = _agent(small_office)
    shown = agent.get(agent.post("/console/incoming", item_id=ITEM, mobile=MOBILE).headers["location"]).text
    assert re.findall(r'<div lang="([\w-]+)">', shown) == spoken


def test_what_one_agent_found_opens_for_nobody_else(office: Office) -> None:
    office.world.refer(item_id=ITEM)
    page = _agent(office).post("/console/incoming", item_id=ITEM, mobile=MOBILE).headers["location"]
    assert _agent(office, "Ken Lee").get(page).status_code == 404


def test_beyond_the_limit_known_and_unknown_are_answered_alike(office: Office) -> None:
    office.world.refer(item_id=ITEM)
    agent = _agent(office)
    for _ in range(FAILURES):
        assert _UNKNOWN in agent.post("/console/incoming", item_id=ITEM, mobile="9123 0000").text
    known, unknown = (
        agent.post("/console/incoming", item_id=ITEM, mobile=phone).text for phone in (MOBILE, "91230000")
    )
    for page in (known, unknown):
        assert "nobody looks now" in page
    assert _agent(office, "Ken Lee").post("/console/incoming", item_id=ITEM, mobile=MOBILE).status_code == 303
    assert [check.outcome for check in _checks(office)][-3:] == ["limited", "limited", "found"]


def _verdict(agent: Reader, words: str, mobile: str = MOBILE) -> str:
    page = agent.post("/console/ours", mobile=mobile, words=words).text
    found = re.search(r'<p class="answer-big">(.*?)</p>', page)
    return found[1] if found else page


def test_a_text_of_ours_is_known_by_its_reference_or_by_words_that_were_read_out(office: Office) -> None:
    query, agent = office.world.texted(), _agent(office)
    body = office.world.carrier.posted[0].outgoing.body
    for words in (query.code, f"ref {query.code.lower()}", body, body[:60].upper(), body[15:90].replace(" ", "  ")):
        assert _verdict(agent, words) == "Ours", words
    assert {check.outcome for check in _checks(office)} == {"found"}


def test_of_a_text_that_may_have_been_sent_no_more_is_said_than_is_known(office: Office) -> None:
    query, agent = office.world.texted(), _agent(office)
    asked = {"mobile": MOBILE, "words": query.code}
    assert "Not confirmed by the carrier" not in agent.post("/console/ours", **asked).text
    with office.ctx.database.begin() as session:
        unsure = {"state": TextState.UNKNOWN, "ever_posted": True, "handed_over_at": None}
        session.execute(update(Text).where(Text.query_id == query.id).values(**unsure))
    shown = agent.post("/console/ours", **asked).text
    assert '<p class="answer-big">Ours</p>' in shown
    assert "Not confirmed by the carrier" in shown


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("Your parcel is held, pay the duty of 20 dollars today", "Not found"),
        ("Hongkong Post: pay here https://hkpost.example/pay", "Not ours: it has a link"),
    ],
)
def test_what_was_not_sent_is_not_ours(office: Office, words: str, verdict: str) -> None:
    office.world.texted()
    assert _verdict(_agent(office), words) == verdict


def test_a_copy_of_our_text_at_another_phone_or_with_a_link_is_not_ours(office: Office) -> None:
    office.world.texted()
    agent, body = _agent(office), office.world.carrier.posted[0].outgoing.body
    assert _verdict(agent, body, "9123 0000") == "Sounds like ours, but was not sent to this number"
    assert _verdict(agent, f"{body} http://evil.example") == "Not ours: it has a link"
    kept = _checks(office)
    assert all(body not in str(vars(check)) for check in kept)


def test_too_little_to_go_by_is_no_check_and_senders_who_asked_by_text_are_listed(office: Office) -> None:
    office.world.texted()
    agent = _agent(office)
    assert agent.post("/console/ours", mobile=MOBILE, words="hi").status_code == 422
    assert agent.post("/console/ours", mobile="1", words="Customs asks about it").status_code == 422
    assert _checks(office) == []
    office.world.reply("CHECK is it you?")
    assert "CHECK is it you?" in agent.get("/console/ours").text
