"""Whatever a client sends, it is either taken and can be looked at, or refused with a clear problem; never a crash."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.domain.permissions import Role
from notifier.domain.referral import FIELDS
from tests.web.refusals import read_problem
from tests.web.rows import all_rows, changed_tables
from tests.web.site import Json, Site

_JSON = {"Content-Type": "application/json"}
_ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
# Values near to what is right reach further than noise does.
_NEARLY = {
    "authority": st.sampled_from(["DE", "de ", "XI", "ＤＥ", "GB", "UK"]),
    "kind": st.sampled_from(["RFI", "rfi", "AMD", "RFS"]),
    "item_id": st.sampled_from(["RR123456785HK", "ｒｒ 123456785 hk", "RR123456784HK", "CP-203-011-144-HK"]),
    "sender_mobile": st.from_regex(r"[+(]?[0-9０-９]{0,4}[ -]?[0-9]{0,12}", fullmatch=True),
    "language": st.sampled_from(["en", "ZH-HANT", "zh-Hans", "zh"]),
    "referral_reference": st.text(max_size=66),
    "mrn": st.text(max_size=66),
    "questions": st.lists(
        st.fixed_dictionaries({}, optional={"code": st.sampled_from(["F605", "f606", "F100", "ß"]), "text": st.text()}),
        max_size=4,
    ),
    "deadline_at": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
}
_VALUES = {name: _NEARLY.get(name, _NEARLY["authority"]) | _ANYTHING for name in FIELDS}


@given(changes=st.fixed_dictionaries({}, optional=_VALUES), key=st.none() | st.text(max_size=20))
@settings(max_examples=150)
def test_a_referral_with_anything_in_it_is_taken_or_refused(site: Site, changes: Json, key: str | None) -> None:
    headers: dict[bytes, bytes] = {b"Authorization": f"Bearer {site.keys[Role.LIAISON]}".encode()}
    if key is not None:
        headers[b"Idempotency-Key"] = key.encode("utf-8", "replace")
    before = all_rows(site.parts.ctx)
    answer = site.client.post("/api/v1/queries", json=site.referral() | changes, headers=headers)
    assert answer.status_code in (200, 201, 400, 409, 422), answer.text
    if answer.status_code >= 400:
        read_problem(answer)
        assert answer.status_code == 409 or changed_tables(before, all_rows(site.parts.ctx)) == []
        return
    seen = site.see(answer.json()["id"])
    assert seen["state"] in ("received", "escalated")
    assert seen["texts"] or seen["handoffs"], "somebody will ask, by text or by phone"


@given(raw=st.binary(max_size=200) | _ANYTHING.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=150)
def test_a_body_of_anything_is_refused(site: Site, raw: bytes) -> None:
    before = all_rows(site.parts.ctx)
    answer = site.ask("POST", "/api/v1/queries", content=raw, headers=_JSON)
    assert answer.status_code in (400, 422), answer.text
    read_problem(answer)
    assert changed_tables(before, all_rows(site.parts.ctx)) == []


@given(query=st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=0x2FF), max_size=60))
@settings(max_examples=100)
def test_a_list_asked_for_by_anything_is_shown_or_refused(site: Site, query: str) -> None:
    for names in ("", *(f"{name}=" for name in ("state", "cursor", "limit", "mobile", "item_id", "last4"))):
        answer = site.ask("GET", "/api/v1/queries", params=f"{names}{query}".replace("#", ""))
        assert answer.status_code in (200, 422), answer.text
        if answer.status_code == 422:
            read_problem(answer)
