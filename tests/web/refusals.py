"""What every refusal owes its client: a clear problem (RFC 9457) that repeats nothing, and rows left as they were."""

import re
from typing import Any

from httpx2 import Response

from tests.web.rows import all_rows, changed_tables
from tests.web.site import Json, Site

# Stand in every referral that is refused here, and in none of the product's own sentences.
MOBILE = "6987 5310"
WORDS = "KINDLY-ASK-FOR-THE-MATERIAL"
_SHORTEST_ECHO = 4  # shorter values stand in any sentence by chance
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # holds any four digits by chance


class Refusals:
    """Requests to a site that must be refused."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def referral(self, **changes: Any) -> Json:
        """A referral whose only mistakes are the changes; None leaves a field out."""
        fields = self.site.referral(sender_mobile=MOBILE, questions=[{"code": "F605", "text": WORDS}]) | changes
        return {name: value for name, value in fields.items() if value is not None}

    def expect(self, status: int, method: str, path: str, *given: object, **more: Any) -> Json:
        """Send it, and read the problem, which must not repeat any of the `given` values."""
        before = all_rows(self.site.parts.ctx)
        answer = self.site.ask(method, path, **more)
        assert answer.status_code == status, answer.text
        assert changed_tables(before, all_rows(self.site.parts.ctx)) == []
        return read_problem(answer, *given)


def read_problem(answer: Response, *given: object) -> Json:
    """The problem in an answer; none of the `given` values may stand in it."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem: Json = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == "about:blank"
    for told in (problem["title"], problem["detail"], problem["mend"]):
        assert re.search(r"\w{2}", told), problem
    for error in problem["errors"]:
        assert set(error) == {"field", "message", "mend"}
        assert all(error.values()), error
    repeats_nothing(answer.text, *given)
    return problem


def repeats_nothing(text: str, *given: object) -> None:
    """Neither the referral's number, in any spelling, nor customs' words, nor what was given wrongly."""
    digits = re.sub(r"\D", "", MOBILE)
    assert digits[-4:] not in _ID.sub("", text)
    assert WORDS not in text
    for value in given:
        if isinstance(value, str) and len(value) >= _SHORTEST_ECHO:
            assert value not in text
