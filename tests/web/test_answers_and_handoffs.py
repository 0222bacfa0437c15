"""The work lists: what a relay takes to customs, and what people claim and finish."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from notifier.carriers.port import Hold, NotSent
from notifier.domain.permissions import Role
from tests.web.refusals import read_problem
from tests.web.rows import all_rows, changed_tables
from tests.web.site import Json, Site, fields_of


def _accepted(site: Site, words: str = "Two cotton shirts") -> tuple[str, Json]:
    query_id = site.replied(words)["id"]
    site.done(query_id, "accept", {"code": "R100"})
    (answer,) = site.see(query_id)["answers"]
    return query_id, answer


def test_a_relay_pulls_answers_with_all_it_needs_and_says_they_are_sent(site: Site) -> None:
    query_id, answer = _accepted(site)
    (listed,) = site.get("/api/v1/answers")["items"]
    assert (listed["id"], listed["text"], listed["code"]) == (answer["id"], "Two cotton shirts", "R100")
    assert listed["query"]["id"] == query_id
    assert (listed["query"]["authority"], listed["query"]["item_id"]) == ("DE", "RR123456785HK")
    assert not {"mobile", "sender_mobile"} & set(listed["query"])
    for _ in range(2):  # saying so twice is fine
        sent = site.ask("POST", f"/api/v1/answers/{answer['id']}/sent").json()
        assert sent["state"] == "sent"
    assert site.get("/api/v1/answers")["items"] == []
    assert [entry["id"] for entry in site.get("/api/v1/answers", state="sent")["items"]] == [answer["id"]]
    assert [entry["event"] for entry in site.see(query_id)["history"]].count("answer_sent") == 1


def test_an_answer_customs_refuses_opens_the_query_again(site: Site) -> None:
    query_id, answer = _accepted(site)
    refused = site.ask("POST", f"/api/v1/answers/{answer['id']}/refused", {"reason": "not English"}).json()
    assert (refused["state"], refused["refusal"]) == ("refused", "not English")
    seen = site.see(query_id)
    assert (seen["state"], seen["outcome"]) == ("escalated", None)
    assert site.open_handoffs(query_id) == [("staff", "answer_refused")]
    again = site.ask("POST", f"/api/v1/answers/{answer['id']}/sent")
    assert again.status_code == 409
    read_problem(again)


def test_answers_come_oldest_first_in_pages(site: Site) -> None:
    made = [_accepted(site, f"Answer {number}")[1]["id"] for number in range(3)]
    first = site.get("/api/v1/answers", limit=2)
    second = site.get("/api/v1/answers", limit=2, cursor=first["next_cursor"])
    assert [entry["id"] for entry in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None


def test_a_handoff_is_claimed_held_and_finished(site: Site) -> None:
    query_id = site.take(kind="RFS", questions=[])["id"]
    (handoff,) = site.get("/api/v1/handoffs", team="security")["items"]
    path = f"/api/v1/handoffs/{handoff['id']}"
    claimed = site.ask("POST", f"{path}/claim").json()
    assert claimed["claimed_by"] == "the liaison"
    lease = datetime.fromisoformat(claimed["claimed_until"]) - site.parts.ctx.clock.wall()
    assert timedelta(minutes=14) < lease <= timedelta(minutes=15)
    for deed, body in (("claim", None), ("done", {"because": "screened"})):
        answer = site.ask("POST", f"{path}/{deed}", body, role=Role.HOTLINE)
        assert answer.status_code == 409
        assert read_problem(answer)["detail"] == "This handoff is held by the liaison."
    done = site.ask("POST", f"{path}/done", {"because": "screened"}).json()
    assert (done["closed_by"], done["closed_because"]) == ("the liaison", "screened")
    assert site.get("/api/v1/handoffs")["items"] == []
    assert site.see(query_id)["state"] == "escalated", "the work is done; the query is decided by itself"


def test_a_reply_nobody_can_place_is_shown_with_its_masked_sender(site: Site) -> None:
    site.world.reply("hello?", "+85261237777")
    (handoff,) = site.get("/api/v1/handoffs")["items"]
    assert (handoff["reason"], handoff["query_id"]) == ("unmatched_reply", None)
    assert (handoff["reply"]["text"], handoff["reply"]["from"]) == ("hello?", "+852 •••• 7777")


def test_handoffs_are_listed_by_team_in_pages(site: Site) -> None:
    made = [site.take(sender_mobile="")["id"] for _ in range(3)]
    site.take(kind="RFS", questions=[])
    first = site.get("/api/v1/handoffs", team="hotline", limit=2)
    second = site.get("/api/v1/handoffs", team="hotline", limit=2, cursor=first["next_cursor"])
    assert [entry["query_id"] for entry in first["items"] + second["items"]] == made, "equally urgent: the oldest first"
    assert second["next_cursor"] is None


def test_a_page_after_a_handoff_there_is_not_is_refused(site: Site) -> None:
    answer = site.ask("GET", "/api/v1/handoffs", params={"cursor": str(uuid4())})
    assert answer.status_code == 422
    assert fields_of(read_problem(answer)) == ["cursor"]


def test_whoever_finishes_work_on_an_open_query_is_told_that_it_is_open(site: Site) -> None:
    query_id = site.replied()["id"]
    site.world.wind(timedelta(minutes=5))  # the rest of the answer may have been under way
    (review,) = site.get("/api/v1/handoffs")["items"]
    done = site.post(f"/api/v1/handoffs/{review['id']}/done", {"because": "read it"})
    assert done["query_state"] == "replied"
    (told,) = done["consequences"]
    assert "still open" in told
    assert "on nobody's list" in told
    site.world.wind(timedelta(hours=5))
    (again,) = site.get("/api/v1/handoffs")["items"]
    assert (again["query_id"], again["reason"]) == (query_id, "still_open")
    site.done(query_id, "accept", {"code": "R100"})
    site.world.reply("hello?", "+85261237777")
    (unplaced,) = site.get("/api/v1/handoffs")["items"]
    done = site.post(f"/api/v1/handoffs/{unplaced['id']}/done", {"because": "nobody we know"})
    assert (done["query_state"], done["consequences"]) == (None, [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("queries/{}/withdraw", None),
        ("queries/{}/accept", {"code": "R100"}),
        ("handoffs/{}/claim", None),
        ("handoffs/{}/done", {"because": "called"}),
        ("answers/{}/sent", None),
        ("answers/{}/refused", {"reason": "not English"}),
    ],
)
def test_what_is_not_there_is_404(shared: Site, path: str, body: Json | None) -> None:
    before = all_rows(shared.parts.ctx)
    answer = shared.ask("POST", f"/api/v1/{path.format(uuid4())}", body)
    assert answer.status_code == 404
    assert read_problem(answer)["detail"].startswith("There is no such")
    assert changed_tables(before, all_rows(shared.parts.ctx)) == []


def test_a_pause_that_ends_by_itself_says_why_and_when(site: Site) -> None:
    site.take()
    site.world.carrier.script.append(NotSent("The limit for today is used up.", 63038, hold=Hold.TODAY))
    site.world.send()
    seen = site.get("/api/v1/sending", role=Role.OPS)
    assert (seen["paused"], seen["cause"], seen["actor"]) == (True, "carrier_day", "system")
    assert seen["reason"] == "The limit for today is used up."
    assert seen["resumes_at"].endswith("T00:00:00+08:00")
    figures = site.ask("GET", "/metrics", role=Role.OPS).text
    assert 'notifier_sending_pause{cause="carrier_day"} 1.0' in figures
    assert 'notifier_sending_pause{cause="people"} 0.0' in figures
    site.ask("POST", "/api/v1/sending/resume", role=Role.OPS)
    assert len(site.world.send()) == 1
    assert 'notifier_sending_pause{cause="carrier_day"} 0.0' in site.ask("GET", "/metrics", role=Role.OPS).text


def test_sending_is_paused_and_resumed_with_a_reason(site: Site) -> None:
    site.take()
    paused = site.ask("POST", "/api/v1/sending/pause", {"reason": "carrier maintenance"}, role=Role.OPS).json()
    known = ("paused", "cause", "reason", "actor", "resumes_at", "segments_per_second", "segments_per_day")
    assert [paused[name] for name in known] == [True, "people", "carrier maintenance", "the ops", None, None, None]
    assert site.world.send() == []
    assert site.get("/api/v1/sending", role=Role.OPS) == paused
    resumed = site.ask("POST", "/api/v1/sending/resume", role=Role.OPS).json()
    assert [resumed[name] for name in known] == [False, *(None,) * 6]
    assert len(site.world.send()) == 1
