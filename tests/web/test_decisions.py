"""What people decide: each verb tells its consequences before it happens, and a trial keeps nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from notifier.domain.permissions import Role
from tests.web.refusals import read_problem
from tests.web.rows import all_rows, changed_tables
from tests.web.site import Json, Site

_OTHER = "6123 9876"


def _closed(site: Site) -> Json:
    taken = site.replied()
    site.done(taken["id"], "accept", {"code": "R100"})
    return taken


@dataclass(frozen=True)
class Verb:
    """A decision on a query in the state it is meant for: where it leads, and what is told of that."""

    name: str
    play: Callable[[Site], Json]
    body: Json | None
    state: str
    outcome: str | None
    tells: str


_VERBS = [
    Verb("withdraw", Site.take, None, "closed", "withdrawn", "1 text(s) that have not left are cancelled."),
    Verb("close", Site.texted, {"outcome": "returned"}, "closed", "returned", "closes as returned"),
    Verb("ask-again", Site.replied, {"because": "too_vague"}, "received", None, "A new round begins"),
    Verb("ask-again", Site.replied, {"codes": ["F606"]}, "received", None, "A new round begins"),
    Verb("ask-again", Site.texted, {"codes": ["F100"]}, "escalated", None, "No text can ask this"),
    Verb("escalate", Site.texted, {"team": "security"}, "escalated", None, "security"),
    Verb("accept", Site.replied, {"code": "R100", "text": "SHIRTS"}, "closed", "answered", "waits for the relay"),
    Verb("correct", Site.texted, {"sender_mobile": _OTHER}, "received", None, "The old number gets no more texts"),
    Verb("correct", Site.texted, {"sender_mobile": "2921 2222"}, "escalated", None, "No text can ask this"),
    Verb("reopen", _closed, {"reason": "customs asks once more"}, "escalated", None, "The query is open again"),
    Verb("answers", Site.texted, {"text": "Two cotton shirts"}, "replied", None, "staff review the answer"),
]


@pytest.mark.parametrize("verb", _VERBS, ids=lambda verb: f"{verb.name} to {verb.state}")
def test_a_trial_tells_what_the_deed_does_and_keeps_nothing(site: Site, verb: Verb) -> None:
    query_id = verb.play(site)["id"]
    before = all_rows(site.parts.ctx)
    tried = site.decide(query_id, verb.name, verb.body, preview=True).json()
    assert changed_tables(before, all_rows(site.parts.ctx)) == []
    done = site.done(query_id, verb.name, verb.body)
    assert (tried.pop("preview"), done.pop("preview")) == (True, False)
    assert tried == done
    assert (done["state"], done["outcome"]) == (verb.state, verb.outcome)
    assert verb.tells in " ".join(done["consequences"])
    seen = site.see(query_id)
    assert (seen["state"], seen["outcome"]) == (verb.state, verb.outcome)
    assert seen["history"][-1]["actor"] in ("the liaison", "system")


def test_a_misspelt_preview_is_refused_rather_than_carried_out(site: Site) -> None:
    query_id = site.texted()["id"]
    before = all_rows(site.parts.ctx)
    for path in (f"queries/{query_id}/withdraw?previw=true", "items/RR123456785HK/do-not-load?prview=1"):
        answer = site.ask("POST", f"/api/v1/{path}")
        assert answer.status_code == 422
        assert "is not a parameter" in read_problem(answer)["errors"][0]["message"]
    assert changed_tables(before, all_rows(site.parts.ctx)) == []


def test_a_corrected_number_is_asked_anew_and_the_old_one_dropped(site: Site) -> None:
    query_id = site.texted()["id"]
    site.done(query_id, "correct", {"sender_mobile": _OTHER, "language": "zh-Hant", "item_id": "CP203011144HK"})
    (again,) = site.world.send()
    assert again.outgoing.to == "+85261239876"
    assert "CP203011144HK" in again.outgoing.body
    site.world.receipt(again, "delivered")
    seen = site.see(query_id)
    assert f"{seen['code']}-2" in again.outgoing.body
    assert (seen["mobile"], seen["language"], seen["item_id"]) == ("+852 •••• 9876", "zh-Hant", "CP203011144HK")
    assert [(asked["number"], asked["reason"]) for asked in seen["rounds"]] == [(1, "intake"), (2, "corrected")]
    (traced,) = [entry for entry in seen["history"] if entry["event"] == "corrected"]
    assert traced["detail"] == {"round": 2, "fields": "sender_mobile,language,item_id"}
    assert traced["actor"] == "the liaison"
    site.world.reply("Two cotton shirts")  # from the old phone
    assert site.see(query_id)["state"] == "awaiting_reply"
    assert "unmatched_reply" in [entry["reason"] for entry in site.get("/api/v1/handoffs")["items"]]


def test_a_correction_takes_back_the_text_that_has_not_left(site: Site) -> None:
    query_id = site.take()["id"]
    told = site.done(query_id, "correct", {"sender_mobile": _OTHER})["consequences"]
    assert "1 text(s) that have not left are cancelled." in told
    assert [posted.outgoing.to for posted in site.world.send()] == ["+85261239876"]
    assert [text["state"] for text in site.see(query_id)["texts"]] == ["cancelled", "handed_over"]


@pytest.mark.parametrize("preview", [True, False])
def test_a_deed_that_makes_no_sense_is_409_and_changes_nothing(site: Site, preview: bool) -> None:
    query_id = _closed(site)["id"]
    before = all_rows(site.parts.ctx)
    for verb, body in (("close", {"outcome": "cleared"}), ("ask-again", None), ("escalate", {"team": "staff"})):
        answer = site.decide(query_id, verb, body, preview=preview)
        assert answer.status_code == 409
        assert "closed" in read_problem(answer)["detail"]
    assert changed_tables(before, all_rows(site.parts.ctx)) == []


def _stop(site: Site, item_id: str, **parameters: str) -> Json:
    answer = site.ask("POST", f"/api/v1/items/{item_id}/do-not-load", params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_do_not_load_closes_the_open_queries_of_the_item_and_tells_staff(site: Site) -> None:
    waiting, queued = site.texted(), site.take()
    other = site.take(item_id="CP203011144HK")
    before = all_rows(site.parts.ctx)
    tried = _stop(site, "rr123456785hk", preview="true")
    assert changed_tables(before, all_rows(site.parts.ctx)) == []
    stopped = _stop(site, "rr123456785hk")
    assert [closed["id"] for closed in stopped["closed"]] == [waiting["id"], queued["id"]]
    for told, done in zip(tried["closed"], stopped["closed"], strict=True):
        assert told == done | {"preview": True}
        assert (done["state"], done["outcome"]) == ("closed", "do_not_load")
        assert site.open_handoffs(done["id"]) == [("staff", "do_not_load")]
    assert [posted.outgoing.body.count(other["code"]) for posted in site.world.send()] == [1]


def test_do_not_load_may_be_said_twice_and_holds_for_later_queries(site: Site) -> None:
    assert _stop(site, "RR123456785HK")["closed"] == _stop(site, "RR123456785HK")["closed"] == []
    told = [entry for entry in site.get("/api/v1/handoffs")["items"] if entry["reason"] == "do_not_load"]
    assert len(told) == 1
    assert "RR123456785HK" in told[0]["sentence"]
    later = site.take()
    assert later["state"] == "escalated"
    assert site.open_handoffs(later["id"]) == [("staff", "item_stopped")]
    assert site.world.send() == []


def test_the_hotline_writes_down_an_answer_and_the_liaison_accepts_it(site: Site) -> None:
    query_id = site.texted()["id"]
    body = {"text": "A wooden toy train"}
    assert site.ask("POST", f"/api/v1/queries/{query_id}/answers", body, role=Role.HOTLINE).status_code == 200
    done = site.done(query_id, "accept", {"code": "R100"})
    assert done["outcome"] == "answered"
    (answer,) = site.see(query_id)["answers"]
    assert (answer["text"], answer["state"], answer["accepted_by"]) == (body["text"], "accepted", "the liaison")
