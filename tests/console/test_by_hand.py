"""An accepted answer that no relay takes: staff bring it to customs by hand, and say what came of it."""

from datetime import timedelta
from uuid import UUID

from notifier.domain.lifecycle import Event, Outcome, State
from notifier.domain.permissions import Role
from notifier.service.answers import mark_sent
from notifier.service.resolution import accept_answer, reopen
from notifier.storage.models import Answer
from notifier.storage.models.people import AnswerState
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.world import LIAISON

HOUR = timedelta(hours=1)


def _officer(office: Office, role: Role = Role.LIAISON) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(role)).status_code == 303
    return reader


def _accepted(office: Office) -> tuple[UUID, str]:
    """A query whose accepted answer has not left in time, and its page."""
    query = office.world.texted()
    office.world.reply("Two cotton shirts")
    office.world.do(query.id, accept_answer(None, "R100"))
    office.world.wind(5 * HOUR)
    assert office.world.open_handoffs(query.id) == [("staff", "answer_waits")]
    return query.id, f"/console/queries/{query.id}"


def _answer(office: Office, query: UUID) -> Answer:
    return office.world.see(query).answers[0]


def test_what_was_sent_by_hand_is_said_at_the_query_and_nobody_is_reminded_again(office: Office) -> None:
    officer = _officer(office)
    query, page = _accepted(office)
    shown = officer.get(page).text
    assert "Accepted, waits to be sent" in shown
    assert f'href="{page}/sent"' in shown
    answer = _answer(office, query)
    told = officer.get(f"{page}/sent").text
    for words in ("Two cotton shirts", "R100", "The answer counts as sent"):
        assert words in told
    assert _answer(office, query).state is AnswerState.ACCEPTED, "it is only told"
    done = officer.post(f"{page}/sent", read="yes", answer=str(answer.id))
    assert (done.status_code, done.headers["location"]) == (303, f"{page}?done=sent")
    whole = office.world.see(query)
    assert (whole.answers[0].state, whole.query.state) == (AnswerState.SENT, State.CLOSED)
    assert (whole.history[-1].event, whole.history[-1].actor) == (Event.ANSWER_SENT, "Mei Chan")
    assert office.world.open_handoffs(query) == []
    office.world.wind(30 * HOUR)
    assert office.world.open_handoffs(query) == []
    after = officer.get(f"{page}?done=sent").text
    assert "Customs has the answer." in after
    assert f'href="{page}/sent"' not in after
    assert f'href="{page}/refused"' in after, "customs may still refuse it"


def test_what_customs_refused_opens_the_query_again_with_why(office: Office) -> None:
    officer = _officer(office)
    query, page = _accepted(office)
    answer = str(_answer(office, query).id)
    for reason in ("", "x" * 301):
        assert officer.post(f"{page}/refused", read="yes", answer=answer, reason=reason).status_code == 422
    told = officer.post(f"{page}/refused", answer=answer, reason="Which material?").text
    assert "The query is open again and waits for staff" in told
    assert office.world.see(query).query.state is State.CLOSED, "it is only told"
    assert officer.post(f"{page}/refused", read="yes", answer=answer, reason=" Which material? ").status_code == 303
    whole = office.world.see(query)
    assert (whole.query.state, whole.query.outcome) == (State.ESCALATED, None)
    assert (whole.answers[0].state, whole.answers[0].refusal) == (AnswerState.REFUSED, "Which material?")
    assert whole.history[-1].detail["told_by"] == "Mei Chan"
    assert office.world.open_handoffs(query) == [("staff", "answer_refused")], "nobody waits for it to leave"
    assert "Which material?" in officer.get(page).text


def test_a_form_stays_about_its_answer_when_another_one_is_accepted_meanwhile(office: Office) -> None:
    officer = _officer(office)
    query, page = _accepted(office)
    first = _answer(office, query)
    office.world.do(query, reopen("It was two dolls"))
    office.world.do(query, accept_answer("TWO DOLLS", "R100"))
    told = officer.post(f"{page}/sent", answer=str(first.id)).text
    assert "Two cotton shirts" in told
    assert officer.post(f"{page}/sent", read="yes", answer=str(first.id)).status_code == 303
    states = {answer.body: answer.state for answer in office.world.see(query).answers}
    assert states == {"Two cotton shirts": AnswerState.SENT, "TWO DOLLS": AnswerState.ACCEPTED}


def test_news_of_an_answer_that_was_taken_back_meanwhile_is_told_to_staff(office: Office) -> None:
    officer = _officer(office)
    query, page = _accepted(office)
    answer = str(_answer(office, query).id)
    office.world.do(query, reopen("It was two dolls"))
    assert "an answer that was taken back" in officer.post(f"{page}/sent", answer=answer).text
    officer.post(f"{page}/sent", read="yes", answer=answer)
    assert ("staff", "sent_all_the_same") in office.world.open_handoffs(query)
    assert "Customs has this answer already" in officer.post(f"{page}/sent", answer=answer).text
    assert "The query stays open" in officer.post(f"{page}/refused", answer=answer, reason="Too vague").text


def test_refusing_one_answer_tells_that_another_is_taken_back(office: Office) -> None:
    officer = _officer(office)
    query, page = _accepted(office)
    first = _answer(office, query)
    mark_sent(office.ctx, first.id, LIAISON)
    office.world.do(query, reopen("Customs rang"))
    office.world.do(query, accept_answer("TWO SHIRTS FOR MEN", "R100"))
    told = officer.post(f"{page}/refused", answer=str(first.id), reason="Which shirts?").text
    assert "it is taken back from the relay, and is a proposal again" in told


def test_where_nothing_is_on_its_way_or_it_is_another_querys_nothing_can_be_said(office: Office) -> None:
    officer = _officer(office)
    query, _ = _accepted(office)
    other = office.world.texted(sender_mobile="9876 5432")
    page = f"/console/queries/{other.id}"
    assert f"{page}/sent" not in officer.get(page).text
    for verb in ("sent", "refused"):
        assert officer.get(f"{page}/{verb}").status_code == 409
        foreign = {"answer": str(_answer(office, query).id), "reason": "Too vague"}
        assert officer.post(f"{page}/{verb}", **foreign).status_code == 409
        assert officer.post(f"{page}/{verb}", read="yes", **foreign).status_code == 404
        assert officer.post(f"{page}/{verb}", read="yes", reason="Too vague").status_code == 404
    assert office.world.see(query).query.outcome is Outcome.ANSWERED


def test_only_who_relays_answers_may_say_what_came_of_one(small_office: Office) -> None:
    _, page = _accepted(small_office)
    agent = _officer(small_office, Role.HOTLINE)
    assert f"{page}/sent" not in agent.get(page).text
    assert agent.get(f"{page}/sent").status_code == 403
