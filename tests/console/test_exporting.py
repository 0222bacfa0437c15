"""Lists as files: whoever opens one reads it in their language, and finds no word that only the code knows."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from notifier.console.hanging import QUARANTINE, REFUSED, UNKNOWN
from notifier.console.languages import translations
from notifier.console.routes import handoffs, queries
from notifier.domain.permissions import Role
from notifier.domain.types import Disbelief
from notifier.service.webhooks import keep_refused
from notifier.storage.models.inbound import WebhookKind
from tests.console.office import Office
from tests.console.places import set_aside_webhook
from tests.console.reader import Reader, reader_of

_LISTS = {
    "queries": queries._COLUMNS,
    "handoffs": handoffs._COLUMNS,
    "operations/unknown": UNKNOWN.columns,
    "operations/quarantine": QUARANTINE.columns,
    "operations/refused": REFUSED.columns,
}


def _admin(office: Office, language: str) -> Reader:
    reader = reader_of(office)
    reader.client.headers["Accept-Language"] = language
    assert reader.sign_in(office.hire(Role.ADMIN)).status_code == 303
    return reader


def _file(reader: Reader, name: str) -> tuple[list[str], list[dict[str, str]]]:
    """The first line, and the others by it."""
    answer = reader.get(f"/console/{name}.csv")
    assert answer.status_code == 200
    read = csv.DictReader(StringIO(answer.text.removeprefix("\ufeff")))
    rows = list(read)
    return list(read.fieldnames or ()), rows


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
@pytest.mark.parametrize("name", list(_LISTS))
def test_the_first_line_is_in_the_readers_language(small_office: Office, name: str, language: str) -> None:
    titles, _ = _file(_admin(small_office, language), name)
    said = translations(language).gettext
    assert titles == [said(column.title) for column in _LISTS[name]]
    assert len(set(titles)) == len(titles)
    assert not any("_" in title for title in titles)


def test_what_stands_below_is_in_the_readers_language(small_office: Office) -> None:
    query = small_office.world.texted()
    small_office.world.wind(timedelta(hours=72))
    (row,) = _file(_admin(small_office, "en"), "queries")[1]
    assert (row["Reference"], row["Customs"], row["Wanted"]) == (query.code, "Germany", "Information wanted")
    assert (row["State"], row["Outcome"], row["Taken in"][-6:]) == ("With staff", "", "+08:00")
    chinese = reader_of(small_office)
    chinese.client.headers["Accept-Language"] = "zh-HK"
    chinese.sign_in(small_office.hire(Role.HOTLINE, "Ken Lee"))
    (row,) = _file(chinese, "handoffs")[1]
    assert {"德國", "熱線", "逾期沒有回覆", query.code} <= set(row.values())


def test_sentences_of_the_service_are_in_the_readers_language(small_office: Office) -> None:
    set_aside_webhook(small_office.world)
    keep_refused(small_office.ctx, WebhookKind.STATUS, Disbelief.NOT_SIGNED, "a form")
    admin = _admin(small_office, "zh-HK")
    (aside,), (refused,) = (_file(admin, name)[1] for name in ("operations/quarantine", "operations/refused"))
    assert any(value.startswith("原樣保留") for value in aside.values())
    assert translations("zh-Hant").gettext("It is not signed") in refused.values()
    for value in (*aside.values(), *refused.values()):
        assert "Working on" not in value
        assert "not signed" not in value
