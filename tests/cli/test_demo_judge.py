"""The judge sees what is wrong: each story here is sound but for one thing, which must be named."""

from pathlib import Path
from typing import Any

import pytest

from notifier.cli.demo.desk import Desk
from notifier.cli.demo.judge import judge, language_of
from notifier.cli.demo.parts import Part
from notifier.cli.demo.quiet import LOG
from notifier.cli.demo.stories import read_stories
from tests.cli.demo_rows import rows, write

CODE = "K7F29QXA"
PHONE = "+85261234567"
BODY = f"Customs in Germany asks. Ref {CODE}"
SILENT = rows()[0] | {
    "sender_mobile": "6123 4567",
    "at_once": "",
    "expected_state": "escalated",
    "expected_outcome": "",
    "expected_texts": "question en",
    "expected_handoffs": "hotline:no_reply",
    "expected_answer": "",
}


class Told(Desk):
    """A desk that is told what the API and the carrier would say."""

    def __init__(self) -> None:
        super().__init__("nowhere")
        self.messages = [message("SM1")]
        self.query: dict[str, Any] = {
            "state": "escalated",
            "outcome": None,
            "texts": [{"sid": "SM1", "kind": "question", "attempts": []}],
            "handoffs": [{"team": "hotline", "reason": "no_reply", "closed_at": None}],
            "answers": [],
            "history": [{"seq": 1, "to": "received"}, {"seq": 2, "to": "escalated"}],
        }
        self.handoffs: list[dict[str, Any]] = []

    def get(self, path: str, **_query: str | int) -> Any:
        """One of the three places the judge looks at."""
        if path == LOG:
            return {"messages": self.messages}
        return {"items": self.handoffs, "next_cursor": None} if path.endswith("handoffs") else self.query


def message(sid: str, **changes: Any) -> dict[str, Any]:
    hooks = [{"status": status, "answer": "200"} for status in ("sent", "delivered")]
    sent = {
        "sid": sid,
        "direction": "outbound-api",
        "to": PHONE,
        "body": BODY,
        "status": "delivered",
        "webhooks": hooks,
    }
    return sent | changes


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def part(tmp_path: Path) -> Part:
    """A story that was taken in, in which the sender keeps silent."""
    (story,) = read_stories(write(tmp_path / "one.csv", [SILENT]))
    return Part(story, id="1", code=CODE)


def wrong(told: Told, part: Part) -> list[tuple[str, str]]:
    """What differs, and what was seen instead."""
    (verdict,), besides = judge(told, [part])
    return [(found.what, found.seen) for found in verdict.differences] + [("besides", sentence) for sentence in besides]


def test_a_sound_story_passes(told: Told, part: Part) -> None:
    assert wrong(told, part) == []


def test_another_state_outcome_answer_or_handoff(told: Told, part: Part) -> None:
    told.query |= {"state": "closed", "outcome": "answered", "answers": [{"state": "sent", "code": "R100"}]}
    told.query["handoffs"][0]["closed_at"] = "2026-11-25T09:00:00+08:00"
    told.query["history"][-1]["to"] = "closed"
    assert wrong(told, part) == [
        ("state", "closed"),
        ("outcome", "answered"),
        ("handoffs", "nothing"),
        ("answer", "sent R100"),
    ]


def test_a_question_that_was_sent_twice(told: Told, part: Part) -> None:
    told.messages.append(message("SM2"))
    assert wrong(told, part) == [
        ("texts", "question en; unknown en"),
        ("question texts in a round", "2 in round 1"),
    ]


def test_two_questions_in_a_round_even_if_the_row_wants_them(told: Told, part: Part, tmp_path: Path) -> None:
    told.messages.append(message("SM2"))
    told.query["texts"].append({"sid": "SM2", "kind": "question", "attempts": []})
    (story,) = read_stories(write(tmp_path / "two.csv", [SILENT | {"expected_texts": "question en; question en"}]))
    assert wrong(told, Part(story, id="1", code=CODE)) == [("question texts in a round", "2 in round 1")]


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"to": "+85291234567"}, "question en to a wrong phone"),
        ({"status": "undelivered"}, "question en (undelivered)"),
        ({"body": f"香港郵政：編號{CODE}"}, "question zh-Hant"),
        ({"body": f"{BODY}-2"}, "question-2 en to a wrong phone"),
    ],
)
def test_a_text_that_is_not_as_it_should_be(told: Told, part: Part, changes: dict[str, str], seen: str) -> None:
    told.messages = [message("SM1", **changes)]
    assert wrong(told, part) == [("texts", seen)]


def test_no_text_at_all(told: Told, part: Part) -> None:
    told.messages = []
    assert wrong(told, part) == [("texts", "nothing")]


def test_texts_and_work_that_no_story_explains(told: Told, part: Part) -> None:
    told.messages.append(message("SM2", body="Ref W7M9QXMW"))
    told.handoffs = [
        {"query_id": None, "team": "staff", "reason": "webhook_refused", "sentence": "Look at it.", "reply": None},
        {"query_id": "1", "team": "hotline", "reason": "no_reply", "sentence": "Call.", "reply": None},
    ]
    assert wrong(told, part) == [
        ("besides", "1 texts went out that no story explains."),
        ("besides", "Work that no story explains: staff:webhook_refused. Look at it."),
    ]


def test_a_history_with_a_gap_or_another_end(told: Told, part: Part) -> None:
    told.query["history"] = [{"seq": 1, "to": "received"}, {"seq": 3, "to": "closed"}]
    assert wrong(told, part) == [("history", "a gap"), ("history", "ends in closed")]


def test_a_step_that_did_not_work_and_a_query_that_was_not_taken_in(told: Told, part: Part) -> None:
    part.troubles.append("It was refused.")
    assert wrong(told, part) == [("what happened", "It was refused.")]
    part.id = part.code = ""
    told.messages = []
    assert ("state", "not taken in") in wrong(told, part)


@pytest.mark.parametrize(
    ("mood", "receipts", "outcome"),
    [("doubles receipts", ("sent", "sent", "delivered", "delivered"), "accepted"), ("hangs up", ("sent",), "unknown")],
)
def test_a_carrier_must_have_behaved_as_the_story_says(
    told: Told, tmp_path: Path, mood: str, receipts: tuple[str, ...], outcome: str
) -> None:
    (story,) = read_stories(write(tmp_path / "moody.csv", [SILENT | {"carrier": mood}]))
    part = Part(story, id="1", code=CODE)
    assert wrong(told, part) == [("carrier", "it behaved otherwise")]
    hooks = [{"status": status, "answer": "200"} for status in receipts]
    told.messages = [message("SM1", webhooks=hooks)]
    told.query["texts"][0]["attempts"] = [{"outcome": outcome}]
    assert wrong(told, part) == []


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Customs in Germany asks. Ref K7F29QXA", "en"),
        ("香港郵政：查詢郵件RR123456785HK。編號K7F29QXA", "zh-Hant"),
        ("香港邮政：查询邮件RR123456785HK。编号K7F29QXA", "zh-Hans"),
        ("香港郵政：編號K7F29QXA\nRef K7F29QXA", "zh-Hant+en"),
    ],
)
def test_the_language_of_a_text_is_what_a_reader_sees(body: str, language: str) -> None:
    assert language_of(body) == language
