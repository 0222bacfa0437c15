"""A sender as a phone, and replies that people place: in one step, told before, traced on both queries."""

from notifier.domain.lifecycle import Event, State
from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.world import MOBILE
from tests.statements import statements

_SECOND = {"item_id": "CP123456785HK", "referral_reference": "SECOND"}


def _officer(office: Office) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(Role.LIAISON)).status_code == 303
    return reader


def test_a_reply_in_the_wrong_place_is_moved_in_one_step_that_is_told_before(office: Office) -> None:
    world, officer = office.world, _officer(office)
    first, second = world.texted(), world.texted(**_SECOND)
    world.reply(f"{first.code} Two cotton shirts")
    (reply,) = world.see(first.id).replies
    page = f"/console/replies/{reply.id}"
    asked = officer.get(page).text
    assert "Two cotton shirts" in asked
    assert "CP123456785HK" in asked
    told = officer.post(page, target=str(second.id)).text
    assert "Its words leave the proposed answer" in told or "is withdrawn" in told
    assert world.see(first.id).replies
    assert officer.post(page, target=str(second.id), read="yes").status_code == 303
    assert [one.body for one in world.see(second.id).replies] == [reply.body]
    assert world.see(second.id).query.state is State.REPLIED
    assert Event.REPLY_TAKEN_AWAY in [row.event for row in world.see(first.id).history]


def test_a_reply_is_moved_by_the_reference_typed_and_a_wrong_one_is_refused(office: Office) -> None:
    world, officer = office.world, _officer(office)
    first, second = world.texted(), world.texted(**_SECOND)
    world.reply(f"{first.code} Two cotton shirts")
    (reply,) = world.see(first.id).replies
    page = f"/console/replies/{reply.id}"
    for wrong in ({}, {"target": "nonsense"}, {"reference": "NOTACODE"}):
        assert officer.post(page, read="yes", **wrong).status_code == 422, wrong
    officer.post(page, reference=second.code.lower(), read="yes")
    assert world.see(second.id).replies
    officer.post(page, target="nowhere", read="yes")
    assert [reason for reason, _ in world.triage()] == ["unmatched_reply"]


def test_the_phones_page_shows_every_query_and_no_number(office: Office) -> None:
    world, officer = office.world, _officer(office)
    first, second, other = world.texted(), world.texted(**_SECOND), world.texted(sender_mobile="9876 5432")
    world.reply(f"{first.code} Two cotton shirts")
    with statements(office.ctx) as sent:
        page = officer.get(f"/console/queries/{second.id}/phone").text
    assert len(sent) <= 10
    for code, stands in ((first.code, True), (second.code, True), (other.code, False)):
        assert (code in page) is stands
    assert "Two cotton shirts" in page
    assert "This phone gets texts." in page
    assert MOBILE.removeprefix("+852") not in page
    world.reply("STOP")
    assert "opted out" in officer.get(f"/console/queries/{second.id}/phone").text
