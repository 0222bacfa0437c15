"""Drawing a page: templates with the person's language, colours and time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from notifier.console.cookies import begin_visit, keep_visit
from notifier.console.desks import desks_of
from notifier.console.forms import csrf_token
from notifier.console.labels import CARRIER_STATUSES, FIELDS
from notifier.console.languages import LANGUAGES, language_of, locale_of, translations
from notifier.console.parts import ROOT, console_of
from notifier.console.sentences import said
from notifier.console.words import word
from notifier.domain.permissions import Permission, Role
from notifier.domain.phone import mask, read_number
from notifier.service.handoffs import Reason

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
_HIDDEN = "••••"
_DAYS = {"en": "d MMM", "zh-Hant": "M月d日"}
_MOMENTS = {language: f"{day} HH:mm" for language, day in _DAYS.items()}


@cache
def environment(language: str) -> Environment:
    """The templates in one language. A name a template does not know is an error, not a gap."""
    env = Environment(
        loader=PackageLoader("notifier.console"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    messages = translations(language)
    env.install_gettext_translations(messages, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    env.filters |= {
        "word": lambda member: messages.gettext(word(member)),
        "span": lambda span: format_timedelta(span, locale=locale_of(language), threshold=1.2),
        "country": lambda code: locale_of(language).territories.get(code, code),
        "masked": masked,
        "spaced": spaced,
        "carrier_status": lambda status: messages.gettext(CARRIER_STATUSES.get(status) or str(status)),
        "day": lambda at: format_datetime(at, _DAYS[language], HONG_KONG, locale_of(language)),
        "moment": lambda at: format_datetime(at, _MOMENTS[language], HONG_KONG, locale_of(language)),
        "pieces": lambda sentence: said(sentence, language),
        "stamp": lambda at: at.astimezone(HONG_KONG).isoformat(timespec="minutes"),
    }
    env.globals |= {
        "root": ROOT,
        "languages": LANGUAGES,
        "roles": tuple(Role),
        "Permission": Permission,
        "reason_of": Reason,
        "fields": FIELDS,
    }
    return env


def masked(number: str | None) -> str:
    """A number that may be shown: its country and last four digits, or nothing of it when it cannot be read."""
    read = read_number(number).e164 if number else None
    return mask(read) if read else _HIDDEN


def spaced(number: str) -> str:
    """A made-up sender's number as phones show it: +852 9123 4567."""
    country, digits = number[:4], number[4:]
    return f"{country} {digits[:4]} {digits[4:]}" if len(digits) == 8 else number


def relative_to(now: datetime, language: str) -> Callable[[datetime], str]:
    """How long until or since an instant, in words: "in 3 hours", "2 days ago"."""

    def relative(at: datetime) -> str:
        span: timedelta = at - now
        return format_timedelta(span, add_direction=True, locale=locale_of(language), threshold=1.2)

    return relative


def draw(request: Request, template: str, status: int = 200, **shown: Any) -> Response:
    """A page, with what every page shows."""
    visit = begin_visit(request)
    text = render(request, template, shown | {"csrf": csrf_token(visit)})
    return keep_visit(request, HTMLResponse(text, status), visit)


def draw_first(request: Request, template: str, visit: str, **shown: Any) -> Response:
    """The first page of a new session: its forms are tied to that, which the browser does not name yet."""
    return HTMLResponse(render(request, template, shown | {"csrf": csrf_token(visit)}))


def render(request: Request, template: str, shown: Mapping[str, Any]) -> str:
    """The text of a page."""
    language, signed_in = language_of(request), getattr(request.state, "signed_in", None)
    parts = console_of(request)
    now = shown.get("now") or parts.ctx.clock.wall()
    return (
        environment(language)
        .get_template(template)
        .render(
            {
                "language": language,
                "theme": signed_in.theme if signed_in else None,
                "person": signed_in.principal if signed_in else None,
                "desks": desks_of(signed_in.principal) if signed_in else (),
                "sandbox": parts.sandbox,
                "handsets": parts.handsets is not None,
                "meaning": lambda code: parts.ctx.catalogue.meaning(code, language),
                "carrier_says": lambda code: parts.ctx.carrier.explain(code).reason,
                "path": request.url.path,
                "relative": relative_to(now, language),
                "errors": (),
                "places": {"after": "main"},  # where a field is that is not called as the problem with it
                **shown,
            }
        )
    )
