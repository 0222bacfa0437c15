"""What is wrong with a form: the summary leads to the field, the field says it itself, and what is new is read out."""

import re
from uuid import UUID

import pytest
from httpx2 import Response
from playwright.sync_api import BrowserContext, expect

from notifier.domain.number_health import NumberPolicy
from notifier.domain.permissions import Role
from notifier.service.handoff_list import Wanted, list_work
from tests.console.office import Office, open_office
from tests.console.places import places_of, replied
from tests.console.reader import Reader, reader_of
from tests.console.visitor import at_a_browser

_IDS = re.compile(r'\sid="([^"]+)"')
_NAMES_IDS = re.compile(r'\saria-(?:describedby|labelledby)="([^"]+)"')
_LEADS = re.compile(r'href="#([^"]+)"')
_QUERY = "/console/queries/{query_id}"
# Pages with nothing, or too little, in their forms.
_FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/console/queries/new", {}),
    ("/console/queries/new", {"codes": "é", "words": "x" * 3000, "deadline_at": "soon", "destination": "QQ"}),
    (f"{_QUERY}/record", {}),
    (f"{_QUERY}/accept", {"text": "", "code": "Z9"}),
    (f"{_QUERY}/reject", {}),
    (f"{_QUERY}/correct", {}),
    (f"{_QUERY}/close", {}),
    (f"{_QUERY}/escalate", {}),
    (f"{_QUERY}/ask-again", {"codes": "é", "why": "x"}),
    (f"{_QUERY}/ask-again", {"deadline_at": "2001-01-01T10:00"}),
    (f"{_QUERY}/number", {}),
    ("/console/incoming", {}),
    ("/console/incoming/{check_id}", {}),
    ("/console/ours", {}),
    ("/console/replies/{reply_id}", {}),
    ("/console/operations/pause", {}),
    ("/console/handoffs/{handoff_id}/note", {}),
    ("/console/handoffs/{handoff_id}/no-answer", {}),
    ("/console/handoffs/{handoff_id}/answered", {}),
)


def _admin(office: Office) -> Reader:
    reader = reader_of(office)
    assert reader.sign_in(office.hire(Role.ADMIN)).status_code == 303
    return reader


def _astray(answer: Response) -> set[str]:
    """Ids that the page leads to, or describes a field by, and does not have."""
    assert answer.status_code == 422, answer.url
    page = answer.text
    ids = _IDS.findall(page)
    assert len(ids) == len(set(ids)), "an id stands twice"
    summary = page.partition('class="errors"')[2].partition("</div>")[0]
    assert _LEADS.findall(summary), answer.url
    named = {name for names in _NAMES_IDS.findall(page) for name in names.split()}
    return ({*_LEADS.findall(summary)} | named) - set(ids)


def test_the_summary_leads_to_fields_that_are_there(small_office: Office) -> None:
    admin, places = _admin(small_office), places_of(small_office, replied(small_office))
    for path, form in _FORMS:
        here = path.format(**places)
        assert _astray(admin.post(here, **form)) == set(), (path, form)
    for path in ("queries?after=1", "queries?authority=1", "handoffs?after=1", "handoffs?team=x"):
        assert _astray(admin.get(f"/console/{path}")) == set(), path


def test_a_files_wrong_columns_lead_to_the_file(small_office: Office) -> None:
    admin = _admin(small_office)
    headers = {"Origin": small_office.url, "Sec-Fetch-Site": "same-origin"}
    file = {"file": ("referrals.csv", b"colour,size\nred,3\n", "text/csv")}
    form = {"csrf": admin.token()}
    refused = admin.client.post("/console/queries/import", data=form, files=file, headers=headers)
    assert _astray(refused) == set()


@pytest.mark.parametrize("ending", ["answered", "wants-return", "no-answer", "prefers-calls"])
def test_of_a_joint_call_the_summary_leads_into_the_ending_that_was_tried(sqlite_url: str, ending: str) -> None:
    with open_office(sqlite_url, numbers=NumberPolicy(queries_by_text=1)) as office:
        here, admin = f"/console/handoffs/{_joint(office)}/{ending}", _admin(office)
        refused = admin.post(here, text="Two cotton shirts", note="She rang")
        assert _astray(refused) == set()
        assert f'href="#{ending}-' in refused.text
        too_long = admin.post(here, text="Two cotton shirts", wait="1", note="x" * 3000)
        assert f'href="#{ending}-note"' in too_long.text


def _joint(office: Office) -> UUID:
    """One call about many items."""
    for item in ("CP203011144HK", "RR123456785HK", "EE900112236HK"):
        office.world.refer(sender_mobile="+85291235000", item_id=item)
        office.world.send()
    return next(row.id for row in list_work(office.ctx, Wanted(), 50).rows if row.items is not None)


def test_a_field_says_itself_what_is_wrong_with_it(small_office: Office) -> None:
    admin, places = _admin(small_office), places_of(small_office, replied(small_office))
    page = admin.post(f"{_QUERY}/record".format(**places)).text
    field = page.partition("<textarea")[2].partition(">")[0]
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="text-hint text-wrong"' in field
    assert "is blank." in page.partition('id="text-wrong"')[2].partition("</p>")[0]
    page = admin.post("/console/queries/new").text
    field = page.partition('<input id="item_id"')[2].partition(">")[0]
    assert 'aria-invalid="true"' in field
    assert "is missing." in page.partition('id="item_id-check"')[2].partition("</p>")[0]
    assert 'aria-invalid="true"' not in admin.get("/console/queries/new").text


def test_what_is_read_out_is_the_same_region_when_its_words_change(small_office: Office) -> None:
    admin, places = _admin(small_office), places_of(small_office, replied(small_office))
    sheet = "/console/handoffs/{handoff_id}".format(**places)
    assert '<div id="said" role="log"' in admin.get(sheet).text
    assert 'role="log"' not in admin.get(sheet, **{"HX-Request": "true"}).text
    checked = admin.post("/console/queries/new/check", item_id="RR123456789HK").text
    assert 'id="item_id-check" hx-swap-oob="innerHTML"' in checked
    assert "aria-live" not in checked


@pytest.mark.browser
def test_a_check_speaks_in_its_own_place_and_the_field_is_wrong_no_longer_than_it_is(
    small_office: Office, browser: BrowserContext
) -> None:
    desk = at_a_browser(browser, small_office)
    desk.sign_in(small_office.hire(Role.LIAISON))
    desk.go("/console/queries/new")
    desk.page.evaluate("document.getElementById('item_id-check').kept = 'yes'")
    desk.page.fill("#item_id", "RR123456789HK")
    expect(desk.page.locator("#item_id-check .bad")).to_contain_text("fails its check digit")
    expect(desk.page.locator("#item_id")).to_have_attribute("aria-invalid", "true")
    desk.page.fill("#item_id", "RR123456785HK")
    expect(desk.page.locator("#item_id-check")).to_be_empty()
    expect(desk.page.locator("#item_id")).to_have_attribute("aria-invalid", "false")
    assert desk.page.evaluate("document.getElementById('item_id-check').kept") == "yes"
