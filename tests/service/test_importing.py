"""Importing in chunks: interrupted anywhere and run again, no row is taken twice and none is passed over."""

import csv
import io
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from notifier.customs.csv_referrals import ReferralFile, open_referrals
from notifier.domain.errors import Conflict
from notifier.domain.permissions import Principal, Role
from notifier.domain.referral import FIELDS
from notifier.service import importing
from notifier.service.context import Context
from notifier.service.importing import ImportReport, import_rows
from notifier.service.intake import Door
from notifier.storage.models import History, ImportRun, Query, Text
from tests.contexts import make_context
from tests.fakes import FakeCarrier

DOOR = Door(Principal("import", Role.LIAISON), "import")


@pytest.fixture
def ctx(database_url: str) -> Iterator[Context]:
    made = make_context(database_url, carrier=FakeCarrier())
    yield made
    made.database.dispose()


def source(*changes: dict[str, str]) -> ReferralFile:
    """A file with one row for each change; a row's place is its reference unless the change names one."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    for place, change in enumerate(changes):
        row = dict.fromkeys(FIELDS, "") | {
            "authority": "DE",
            "destination": "DE",
            "kind": "RFI",
            "referral_reference": f"R{place}",
            "item_id": "RR123456785HK",
            "sender_mobile": f"9123{place:04}",
            "questions": "F605",
        }
        writer.writerow(row | change)
    return open_referrals(out.getvalue().encode())


def references(ctx: Context) -> list[str]:
    with ctx.database.read() as session:
        return sorted(session.scalars(select(Query.referral_reference)))


def count(ctx: Context, model: type) -> int:
    with ctx.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.rows, report.created, report.known, report.conflicts, report.refused


def test_each_row_is_created_known_contradicting_or_refused(ctx: Context) -> None:
    rows: list[dict[str, str]] = [{} for _ in range(7)]
    rows[2] = {"item_id": "RR123456784HK"}
    rows[4] = {"referral_reference": "R0", "sender_mobile": "91230000"}
    rows[5] = {"referral_reference": "R1", "sender_mobile": "91230001", "destination": "FR"}
    seen: list[int] = []
    report = import_rows(ctx, source(*rows), DOOR, chunk=3, on_progress=seen.append)
    assert counts(report) == (7, 4, 1, 1, 1)
    assert [(trouble.line, trouble.reference) for trouble in report.troubles] == [(4, "R2"), (7, "R1")]
    assert "other content" in report.troubles[1].problems[0].message
    assert not report.flawless
    assert references(ctx) == ["R0", "R1", "R3", "R6"]
    assert count(ctx, Text) == 4
    assert seen == [4, 7, 8]


class _PowerCut(Exception):
    """What ends an import in the middle."""


@pytest.mark.parametrize("after", range(1, 12))
def test_an_import_that_dies_anywhere_goes_on_without_a_double_or_a_gap(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    file = source(*({} for _ in range(11)), {"kind": "?"})
    calls = 0
    take = importing.accept_within

    def dies(*args: object) -> object:
        nonlocal calls
        calls += 1
        taken = take(*args)  # type: ignore[arg-type]  # passed through as it came
        if calls == after:
            raise _PowerCut
        return taken

    with monkeypatch.context() as patch:
        patch.setattr(importing, "accept_within", dies)
        with pytest.raises(_PowerCut):
            import_rows(ctx, file, DOOR, chunk=4)
    assert len(references(ctx)) == (after - 1) // 4 * 4, "no half-imported chunk"
    report = import_rows(ctx, file, DOOR, chunk=4)
    assert counts(report) == (12, 11, 0, 0, 1)
    assert report.resumed_from == (after - 1) // 4 * 4
    assert [trouble.line for trouble in report.troubles] == [13]
    assert len(references(ctx)) == 11
    assert count(ctx, Text) == 11


def test_it_goes_on_with_chunks_of_another_size_and_still_tells_every_refusal(ctx: Context) -> None:
    file = source({"kind": "?"}, {}, {}, {"kind": "?"}, {})
    failing = iter((2, 3))

    def stop(_line: int) -> None:
        if next(failing) == 3:
            raise _PowerCut

    with pytest.raises(_PowerCut):
        import_rows(ctx, file, DOOR, chunk=1, on_progress=stop)
    report = import_rows(ctx, file, DOOR, chunk=100)
    assert (report.resumed_from, counts(report)) == (2, (5, 3, 0, 0, 2))
    assert [trouble.line for trouble in report.troubles] == [2, 5]


def test_a_file_taken_before_does_nothing_and_again_finds_all_known(ctx: Context) -> None:
    file = source({}, {}, {"kind": "?"})
    first = import_rows(ctx, file, DOOR)
    history = count(ctx, History)
    second = import_rows(ctx, file, DOOR)
    assert counts(second) == counts(first) == (3, 2, 0, 0, 1)
    assert second.resumed_from == 3
    third = import_rows(ctx, file, DOOR, again=True)
    assert counts(third) == (3, 0, 2, 0, 1)
    assert count(ctx, History) == history
    assert count(ctx, ImportRun) == 1


def test_a_uniqueness_race_runs_the_chunk_again_once(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    take = importing.accept_within
    races = iter((False, True, False, False, False))

    def raced(*args: object) -> object:
        taken = take(*args)  # type: ignore[arg-type]  # passed through as it came
        if next(races):
            raise IntegrityError("insert", {}, Exception("another took it"))
        return taken

    monkeypatch.setattr(importing, "accept_within", raced)
    report = import_rows(ctx, source({}, {}, {}), DOOR)
    assert counts(report) == (3, 3, 0, 0, 0)


def test_two_imports_of_one_file_never_take_a_row_twice(ctx: Context) -> None:
    file = source(*({} for _ in range(40)))
    told: list[object] = []

    def work() -> None:
        try:
            told.append(counts(import_rows(ctx, file, DOOR, chunk=5)))
        except Conflict as conflict:
            told.append(str(conflict))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 3
    final = import_rows(ctx, file, DOOR)
    assert counts(final) == (40, 40, 0, 0, 0)
    assert len(references(ctx)) == count(ctx, Text) == 40


def test_nothing_is_dropped_what_cannot_be_texted_goes_to_people(ctx: Context) -> None:
    file = source({"sender_mobile": "2345 6789"}, {"sender_mobile": ""}, {"kind": "RFS", "questions": ""}, {})
    assert import_rows(ctx, file, DOOR).created == 4
    with ctx.database.read() as session:
        states = session.scalars(select(Query.state).order_by(Query.referral_reference)).all()
        sources = set(session.scalars(select(Query.source)))
    assert [state.value for state in states] == ["escalated", "escalated", "escalated", "received"]
    assert sources == {"import"}
