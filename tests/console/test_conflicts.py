"""What customs sent again with other content is put beside what stands, field by field."""

from uuid import UUID

from notifier.domain.permissions import Role
from tests.console.office import Office
from tests.console.reader import Reader, reader_of


def _officer(office: Office, role: Role = Role.LIAISON) -> Reader:
    reader = reader_of(office)
    reader.sign_in(office.hire(role))
    return reader


def _contradicted(office: Office) -> str:
    """The page of a query that came again with another item, deadline, mobile and question."""
    first = office.world.refer(referral_reference="SAME")
    again = office.world.refer(
        referral_reference="SAME",
        item_id="CP123456785HK",
        sender_mobile="9876 5432",
        deadline_at="2031-01-05T18:00+08:00",
        questions=[{"code": "F603", "text": "How heavy?"}],
    )
    assert again.conflict_id is not None
    return f"/console/queries/{first.id}"


def _rows(page: str) -> dict[str, str]:
    """The table's rows by their first words."""
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    return {row.partition('row">')[2].partition("<")[0].strip(): row for row in rows}


def test_both_versions_stand_side_by_side_and_what_differs_says_so(office: Office) -> None:
    page, officer = _contradicted(office), _officer(office)
    assert f'href="{page}/conflicts"' in officer.get(page).text
    shown = officer.get(f"{page}/conflicts").text
    rows = _rows(shown)
    differing = {name for name, row in rows.items() if "Differs" in row}
    assert differing == {"Item", "Sender’s mobile", "Deadline", "What customs asks"}
    assert "RR123456785HK" in rows["Item"]
    assert "CP123456785HK" in rows["Item"]
    assert "How heavy?" in rows["What customs asks"]
    assert "98765432" not in shown.replace(" ", "")
    assert f'href="{page}/correct"' in shown


def test_the_call_sheet_of_the_conflict_leads_there_and_back(office: Office) -> None:
    page, officer = _contradicted(office), _officer(office)
    seen = office.world.see(UUID(page.rpartition("/")[2]))
    (handoff,) = [one for one in seen.handoffs if one.reason == "conflict"]
    assert f'href="{page}/conflicts"' in officer.get(f"/console/handoffs/{handoff.id}").text
    assert f'href="/console/handoffs/{handoff.id}"' in officer.get(f"{page}/conflicts").text
    officer.post(f"/console/handoffs/{handoff.id}/done", read="yes")
    assert f'href="/console/handoffs/{handoff.id}"' not in officer.get(f"{page}/conflicts").text


def test_a_query_that_nothing_contradicts_has_no_such_page(office: Office) -> None:
    query = office.world.refer()
    assert _officer(office).get(f"/console/queries/{query.id}/conflicts").status_code == 404


def test_who_only_reads_is_offered_no_decision(office: Office) -> None:
    page = _contradicted(office)
    shown = _officer(office, Role.OPS).get(f"{page}/conflicts").text
    assert f'href="{page}/correct"' not in shown
