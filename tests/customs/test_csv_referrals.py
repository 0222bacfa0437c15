"""Files as spreadsheets and people write them: what is certain is read, the rest is refused by line and column."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.customs.csv_referrals import Row, open_referrals
from notifier.customs.decoding import MOST_BYTES, Encoding
from notifier.domain.errors import Invalid
from notifier.domain.referral import FIELDS

GOOD = {
    "authority": "DE",
    "destination": "DE",
    "kind": "RFI",
    "mrn": "",
    "referral_reference": "R1",
    "item_id": "RR123456785HK",
    "sender_mobile": "9123 4567",
    "language": "en",
    "questions": "F605",
    "deadline_at": "",
}


def sheet(*rows: dict[str, str], columns: tuple[str, ...] = FIELDS, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([(GOOD | row).get(name, "") for name in columns])
    return out.getvalue()


def read(text: str | bytes, encoding: Encoding | None = None) -> list[Row]:
    raw = text.encode() if isinstance(text, str) else text
    return list(open_referrals(raw, encoding).rows())


def complaints(rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.line, problem.field) for row in rows for problem in row.problems]


CHINESE = sheet({"questions": '[{"code": "F605", "text": "內載什麼物品？"}]'})


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (CHINESE.encode(), None),
        (CHINESE.encode("utf-8-sig"), None),
        (CHINESE.encode("utf-16"), None),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), None),
        (b"\xff\xfe\x00\x00" + CHINESE.encode("utf-32-le"), None),
        (CHINESE.encode("utf-16-le"), Encoding.UTF_16),
        (CHINESE.encode("big5hkscs"), Encoding.BIG5),
        (CHINESE.encode("gb18030"), Encoding.GB18030),
        (CHINESE.encode("utf-8-sig"), Encoding.BIG5),  # the mark speaks louder than whoever named it
    ],
)
def test_encodings_that_are_certain_are_read(raw: bytes, encoding: Encoding | None) -> None:
    (row,) = read(raw, encoding)
    assert row.referral is not None
    assert row.referral.questions[0].words == "內載什麼物品？"


@pytest.mark.parametrize(
    ("raw", "encoding", "says"),
    [
        (b"", None, "empty"),
        (b"\n\r\n  \n", None, "empty"),
        (b"\xef\xbb\xbf", None, "empty"),
        (CHINESE.encode("big5"), None, "not UTF-8: line 2"),
        (CHINESE.encode("gb18030"), None, "not UTF-8: line 2"),
        (b"authority\n\xe9t\xe9", None, "--encoding big5"),
        (CHINESE.encode("utf-16-le"), None, "--encoding utf-16"),
        (b"\xff\xfe" + b"a", None, "not UTF-8"),
        (b"\xff\xff", Encoding.BIG5, "is not big5"),
        (b"PK\x03\x04 ...", None, "spreadsheet's own format"),
        (b"\xd0\xcf\x11\xe0 ...", None, "spreadsheet's own format"),
        (b"a" * (MOST_BYTES + 1), None, "larger than 64 MB"),
        (b"DE,DE,RFI,,R1,RR123456785HK,91234567,en,F605,\n", None, "names of its columns"),
        (b'"authority,kind\nDE,RFI\n', None, "names of its columns"),
        (sheet().encode(), None, "no row"),
        (sheet(columns=(*FIELDS, "story")).encode(), None, "story: is not a column"),
        (sheet(columns=(*FIELDS, "kind")).encode(), None, "kind: stands twice"),
        (sheet(columns=FIELDS[1:]).encode(), None, "authority: is missing"),
        (sheet(columns=tuple(name for name in FIELDS if name != "questions")).encode(), None, "questions: is missing"),
    ],
)
def test_files_that_cannot_be_used_say_why(raw: bytes, encoding: Encoding | None, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        open_referrals(raw, encoding)
    told = " ".join(f"{problem.field}: {problem.message} {problem.mend}" for problem in refusal.value.problems)
    assert says in told


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    text = sheet({"questions": "F605;F608"}, {"questions": "F602 F603"}, delimiter=delimiter).replace("\r\n", end)
    first, second = read(text)
    assert (first.line, second.line) == (2, 3)
    assert first.referral is not None
    assert second.referral is not None
    assert [question.code for question in first.referral.questions] == ["F605", "F608"]
    assert [question.code for question in second.referral.questions] == ["F602", "F603"]


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\n" + sheet({}, delimiter=";"),
        "\n\n" + sheet({}),
        ",".join(FIELDS).upper().replace("_", " ") + "\r\n" + sheet({}).splitlines()[1],
        sheet({}).replace("\r\n", ",,\r\n"),  # columns without a name and without a word
        sheet({}, columns=("referral_reference", *(name for name in FIELDS if name != "referral_reference"))),
        sheet({}, columns=tuple(name for name in FIELDS if name not in ("mrn", "language", "deadline_at"))),
    ],
    ids=["sep", "blank lines first", "capitals", "nameless columns", "other order", "optional columns missing"],
)
def test_headers_as_people_write_them(text: str) -> None:
    (row,) = read(text)
    assert row.referral is not None


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"authority": ""}, "authority"),
        ({"authority": "Germany"}, "authority"),
        ({"destination": "ZZ"}, "destination"),
        ({"kind": "DNL"}, "kind"),
        ({"referral_reference": "  "}, "referral_reference"),
        ({"referral_reference": "x" * 65}, "referral_reference"),
        ({"referral_reference": "R\x001"}, "referral_reference"),
        ({"referral_reference": "R\ufffd1"}, "referral_reference"),
        ({"item_id": "RR123456784HK"}, "item_id"),
        ({"item_id": "1.23E+12"}, "item_id"),
        ({"item_id": "=HYPERLINK(A1)"}, "item_id"),
        ({"sender_mobile": "9.12E+07"}, "sender_mobile"),
        ({"sender_mobile": "8,5E+10"}, "sender_mobile"),
        ({"sender_mobile": "9\x001234567"}, "sender_mobile"),
        ({"language": "Chinese"}, "language"),
        ({"questions": ""}, "questions"),
        ({"questions": "what is it"}, "questions"),
        ({"questions": "F605 and F608"}, "questions"),
        ({"questions": "[{'code': 'F605'}]"}, "questions"),
        ({"questions": '{"code": "F605"}'}, "questions"),
        ({"questions": '[{"code": "F605", "size": 1}]'}, "questions[0]"),
        ({"questions": '[{"code": "F605"}, {}]'}, "questions[1]"),
        ({"questions": "[" * 100_000}, "questions"),
        ({"questions": "; ".join(["F605"] * 100)}, "questions"),
        ({"deadline_at": "26/11/2026 18:00"}, "deadline_at"),
        ({"deadline_at": "2026-11-26T18:00"}, "deadline_at"),
        ({"deadline_at": "2026-02-30T18:00+08:00"}, "deadline_at"),
        ({"deadline_at": "46352.75"}, "deadline_at"),
    ],
)
def test_a_bad_cell_refuses_its_row_and_no_other(change: dict[str, str], column: str) -> None:
    rows = read(sheet({"referral_reference": "before"}, change, {"referral_reference": "after"}))
    assert complaints(rows) == [(3, column)]
    assert [row.reference for row in rows if row.referral] == ["before", "after"]
    assert all(problem.message and problem.mend for row in rows for problem in row.problems)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("DE,DE,RFI,,R2,RR123456785HK,91234567,en,F605", "9 cells where the header names 10"),
        ("DE,DE,RFI,,R2,RR123456785HK,91234567,en,F605,,more", "11 cells"),
        ("DE", "1 cells"),
        ('DE,DE,RFI,,"R2,RR123456785HK,91234567,en,F605,', "quotes that do not fit"),
        ('DE,DE,RFI,,"R"2,RR123456785HK,91234567,en,F605,', "quotes that do not fit"),
        ("DE,DE,RFI,,R2,RR123456785HK," + "9" * 140_000 + ",en,F605,", "131072"),
    ],
)
def test_a_broken_line_is_refused_and_the_rows_around_it_are_read(line: str, says: str) -> None:
    # Quotes in a later row must not be taken for the end of an open one.
    quoted = {"referral_reference": "after", "questions": '[{"code": "F605", "text": "a, \\"b\\""}]'}
    header, before, after = sheet({"referral_reference": "before"}, quoted).splitlines()
    rows = read("\n".join((header, before, line, after)))
    assert complaints(rows) == [(3, "row")]
    assert says in rows[1].problems[0].message
    assert [row.reference for row in rows if row.referral] == ["before", "after"]


def test_a_quote_open_at_the_end_of_the_file_costs_one_row() -> None:
    lines = sheet({"referral_reference": "before"}).splitlines()
    rows = read("\n".join((*lines, 'DE,"', *lines[1:] * 150)))
    assert complaints(rows) == [(3, "row")]
    assert "not closed within 100 lines" in rows[1].problems[0].message
    assert len(rows) == 152


def test_several_things_wrong_in_one_row_are_told_at_once() -> None:
    (row,) = read(sheet({"authority": "Atlantis", "item_id": "XX", "questions": "why?", "sender_mobile": "1E+10"}))
    assert {problem.field for problem in row.problems} == {"authority", "item_id", "questions", "sender_mobile"}


def test_lines_are_counted_as_they_stand_in_the_file() -> None:
    two_lines = {"questions": json.dumps([{"code": "F605", "text": "one"}], indent=0)}
    text = sheet(two_lines, {"item_id": "bad"})
    header, *rest = text.splitlines(keepends=True)
    rows = read(header + "\r\n" + ",,,,,,,,,\r\n" + "".join(rest))
    assert complaints(rows) == [(4 + len(rest) - 1, "item_id")]
    assert rows[0].line == 4


def test_blank_lines_are_no_rows() -> None:
    assert len(read(sheet({}) + "\r\n\r\n,,,,,,,,,\r\n \r\n")) == 1


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "<script>", "'; DROP TABLE x"])
def test_a_formula_in_an_opaque_cell_is_only_a_text(cell: str) -> None:
    (row,) = read(sheet({"referral_reference": cell, "mrn": cell}))
    assert row.referral is not None
    assert (row.referral.referral_reference, row.referral.mrn) == (cell, cell)


@pytest.mark.parametrize(
    ("cell", "means"),
    [
        ('="91234567"', "91234567"),
        ("91234567.0", "91234567.0"),
        ("9.1234567E+07", "9.1234567E+07"),
        ("2345 6789", "2345 6789"),
        ("not known", "not known"),
        ("", ""),
    ],
)
def test_other_mobiles_are_taken_as_they_are(cell: str, means: str) -> None:
    (row,) = read(sheet({"sender_mobile": cell}))
    assert row.referral is not None, "a number nobody can text is work for people, not a refused row"
    assert row.referral.sender_mobile == means


def test_screening_needs_no_question() -> None:
    (row,) = read(sheet({"kind": "RFS", "questions": ""}))
    assert row.referral is not None
    assert row.referral.questions == ()


def test_other_bytes_are_another_file() -> None:
    raw = sheet({}).encode()
    assert open_referrals(raw).fingerprint == open_referrals(raw).fingerprint
    assert open_referrals(raw).fingerprint != open_referrals(raw + b"\n").fingerprint
    assert open_referrals(raw).fingerprint != open_referrals(raw, Encoding.BIG5).fingerprint


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for raw in (noise, sheet({}).encode() + noise):
        try:
            rows = read(raw)
        except Invalid:
            continue
        assert all((row.referral is None) == bool(row.problems) for row in rows)
        assert rows == sorted(rows, key=lambda row: row.line)
