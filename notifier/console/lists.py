"""What every list does: a page of rows in the address's filters, drawn anew without a reload when they changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from notifier.console.access import REDRAWN
from notifier.console.drawing import draw
from notifier.domain.errors import FieldProblem, Invalid
from notifier.service.lookups import Page

PAGE = 50  # rows
_EXPORTED_AT_ONCE = 500
_Search = TypeVar("_Search")


def mark_of(*parts: Iterable[object]) -> str:
    """Of what rows show: the same as long as they show the same. Times "in 3 hours" do not count."""
    said = "\n".join(" ".join(map(str, part)) for part in parts)
    return sha256(said.encode()).hexdigest()[:16]


def draw_live(request: Request, page: str, part: str, mark: str, /, **shown: Any) -> Response:
    """The template `page`; a script that asks again gets `part` alone, or 204 when it shows that mark already.

    `page` includes `part` in an element with `data-live` and an id; `part` has one outermost element with
    `data-mark="{{ mark }}"`.
    """
    if not by_script(request):
        return draw(request, page, mark=mark, **shown)
    if request.headers.get(REDRAWN) == mark:
        return Response(status_code=204)
    return draw(request, part, mark=mark, **shown)


def by_script(request: Request) -> bool:
    """Whether a page's own script asks, which puts the part it gets in its place."""
    return "hx-request" in request.headers


def read_rest(
    read: Callable[[Mapping[str, str]], _Search], given: Mapping[str, str], refusal: Invalid
) -> tuple[_Search, tuple[FieldProblem, ...]]:
    """The filters but for those that cannot be read, and what is wrong with these. `refusal`: of the first."""
    rest, problems = dict(given), refusal.problems
    while wrong := {problem.field for problem in problems} & set(rest):
        rest = {name: value for name, value in rest.items() if name not in wrong}
        try:
            return read(rest), problems
        except Invalid as another:
            problems += another.problems
    return read({}), problems


def read_cursor(raw: str) -> UUID | None:
    """Where a page begins. Raises Invalid."""
    try:
        return UUID(raw) if raw else None
    except ValueError:
        raise Invalid.one("after", "is no page.", "Begin with the first page.") from None


def every_row(read: Callable[[int, UUID | None], Page]) -> Iterator[Any]:
    """Every row of a list, read page by page: no more than one is in memory. `read`: takes a length, and a cursor."""
    after: UUID | None = None
    while True:
        page = read(_EXPORTED_AT_ONCE, after)
        yield from page.rows
        if (after := page.next_after) is None:
            return
