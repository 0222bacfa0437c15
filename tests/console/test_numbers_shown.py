"""A whole number is shown for a reason, in its place or on a page of its own, and never without a row that says so."""

from dataclasses import replace

from sqlalchemy import select

from notifier.domain.number_health import NumberPolicy
from notifier.domain.permissions import Role
from notifier.storage.models import Handoff, NumberView
from tests.console.office import Office
from tests.console.reader import Reader, reader_of
from tests.journeys.crowd import refer_many, the_call
from tests.statements import statements

_SCRIPT = {"HX-Request": "true"}


def _agent(office: Office, role: Role = Role.HOTLINE) -> Reader:
    reader = reader_of(office)
    reader.sign_in(office.hire(role))
    return reader


def _handoffs(office: Office) -> list[str]:
    with office.ctx.database.read() as session:
        return [str(one) for one in session.scalars(select(Handoff.id).where(Handoff.closed_at.is_(None)))]


def _views(office: Office) -> list[NumberView]:
    with office.ctx.database.read() as session:
        return list(session.scalars(select(NumberView).order_by(NumberView.id)))


def test_a_script_gets_the_number_alone_and_is_asked_again_for_a_reason(office: Office) -> None:
    query, agent = office.world.texted(), _agent(office)
    agent.client.headers |= _SCRIPT
    page = f"/console/queries/{query.id}/number"
    refused = agent.post(page, because=" ").text
    assert "Say in a few words why you need the number." in refused
    assert "<html" not in refused
    assert _views(office) == []
    with statements(office.ctx) as sent:
        assert "+85291234567" in agent.post(page, because="To call her").text
    assert len(sent) <= 10
    (view,) = _views(office)
    assert (view.query_id, view.viewer, view.because) == (query.id, "Mei Chan", "To call her")


def test_the_number_of_a_reply_that_fits_no_query_can_be_seen(office: Office) -> None:
    office.world.reply("CHECK is it you?", "+85298765432")
    (handoff,) = _handoffs(office)
    agent = _agent(office)
    sheet = agent.get(f"/console/handoffs/{handoff}").text
    assert "98765432" not in sheet
    assert "5432" in sheet
    assert "+85298765432" in agent.post(f"/console/handoffs/{handoff}/reveal", because="To answer him").text
    (view,) = _views(office)
    assert (view.query_id, view.because) == (None, "To answer him")
    assert view.reply_id is not None


def test_who_saw_it_shows_on_the_query_once_the_reply_is_known_to_be_about_it(office: Office) -> None:
    query = office.world.texted(sender_mobile="9876 5432")
    office.world.reply("It is two shirts", "+85261234567")
    (handoff,) = _handoffs(office)
    officer = _agent(office, Role.LIAISON)
    officer.post(f"/console/handoffs/{handoff}/reveal", because="To ask whose item it is")
    with office.ctx.database.read() as session:
        reply_id = session.scalars(select(Handoff.reply_id)).one()
    officer.post(f"/console/replies/{reply_id}", reference=query.code, read="yes")
    assert "To ask whose item it is" in officer.get(f"/console/queries/{query.id}").text


def test_of_a_joint_call_it_is_the_persons_number(office: Office) -> None:
    office.world.ctx = replace(office.ctx, numbers=NumberPolicy())  # with its limits: one call for so many queries
    refer_many(office.world, 5)
    call = the_call(office.world).id
    agent = _agent(office)
    assert "+85291234567" in agent.post(f"/console/handoffs/{call}/reveal", because="To call").text


def test_a_handoff_about_no_phone_has_no_number(office: Office) -> None:
    assert _agent(office).post(f"/console/handoffs/{office.world.texted().id}/reveal", because="x").status_code == 404
    assert _views(office) == []
