"""The sender's phone: whatever a reply holds, the page shows it as words."""

import re
from html.parser import HTMLParser

import pytest

from tests.sandbox.serving import OURS, Receiver, SandboxServer
from tests.waiting import eventually

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
# Every way in which a script makes markup or code out of a text.
_SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc"
    r"|\beval\b|new Function|setTimeout\(\s*[\"'`]|javascript:|\.setAttribute\(\s*[\"']on"
)


class _Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text within scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.written_in: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and data.strip():
            self.written_in.append(data)


def test_a_strict_policy_stands_over_the_page(sandbox: SandboxServer) -> None:
    answer = sandbox.http.get("/")
    assert answer.status_code == 200
    policy = {
        name: values
        for name, *values in (part.split() for part in answer.headers["content-security-policy"].split(";"))
    }
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == ["'none'"]
    allowed = {value for values in policy.values() for value in values}
    assert allowed == {"'none'", "'self'"}, "nothing unsafe, and nobody else's"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_lives_within_its_policy(sandbox: SandboxServer) -> None:
    page = _Tags()
    page.feed(sandbox.http.get("/").text)
    assert page.written_in == [], "no script and no style is written into the page"
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]
    loaded = [attrs.get("src") or attrs.get("href") for tag, attrs in page.tags if tag in ("script", "link", "img")]
    assert sorted(filter(None, loaded)) == ["pages/phone.css", "pages/phone.js"]
    for address in filter(None, loaded):
        assert sandbox.http.get(f"/{address}").status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_every_word_of_the_page_is_there_in_both_languages(sandbox: SandboxServer, language: str) -> None:
    page = _Tags()
    page.feed(sandbox.http.get("/").text)
    wanted = {attributes["data-say"] for _, attributes in page.tags if "data-say" in attributes}
    script = sandbox.http.get("/pages/phone.js").text
    words = re.search(rf'^  "?{language}"?: \{{(.*?)^  \}},', script, re.MULTILINE | re.DOTALL)
    assert words is not None
    known = set(re.findall(r'(\w+): "', words[1]))
    assert {"business", "due"} <= wanted
    # What only the script says: a failure above all.
    wanted |= set(re.findall(r'say\("(\w+)"\)', script))
    assert {"away", "failed_control"} <= wanted
    assert wanted <= known


def test_hostile_words_pass_through_untouched_and_are_set_as_text(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.accepted(Body=HOSTILE)
    sandbox.reply(HOSTILE, to=OURS)
    (webhook,) = eventually(receiver.inbound)
    assert webhook["Body"] == HOSTILE
    log = sandbox.http.get("/control/log")
    assert log.headers["content-type"].startswith("application/json")
    assert [message["body"] for message in log.json()["messages"]] == [HOSTILE, HOSTILE]
    script = sandbox.http.get("/pages/phone.js").text
    assert "textContent" in script
    assert _SINKS.findall(script) == []


def test_the_page_learns_what_it_needs(sandbox: SandboxServer) -> None:
    about = sandbox.http.get("/control/about").json()
    assert about["clock_url"] is None, "a sandbox by itself has no clock to wind"
    assert about["hotline"] == "2921 2222"
    assert [digits for digits, _ in about["magic"]] == [f"000{n}" for n in range(1, 10)]
