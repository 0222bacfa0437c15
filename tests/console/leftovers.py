"""What of a page is not in its reader's language: what says so, and English words that do not say so."""

import re
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})
# Names and codes, what people type, what senders, customs and colleagues wrote, and what an agent says to a sender in
# the sender's language: these stay as they are.
_AS_THEY_ARE = frozenset({"code", "kbd", "script", "style"})
_OTHERS_WORDS = frozenset({"words", "who", "bubbles", "say", "tellthem"})
_SHOWN = ("aria-label", "placeholder", "title")
_ENGLISH = re.compile(r"[A-Za-z]{2,}[ ,]+[a-z]{2,}")


class Leftovers(HTMLParser):
    """Read one page: `marked` is what it marks as English, `unmarked` English words that it does not."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.marked: list[str] = []
        self.unmarked: list[str] = []
        self._open: list[tuple[str, str, bool]] = []  # tag, language, whether others wrote what is in it
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element with its language, its own or the one around it."""
        given = dict(attrs)
        _, language, others = self._open[-1] if self._open else ("", "", False)
        language = given.get("lang") or language
        classes = set((given.get("class") or "").split())
        others = others or tag in _AS_THEY_ARE or bool(classes & _OTHERS_WORDS)
        for name in _SHOWN:
            self._note(given.get(name) or "", language, others)
        if tag not in _VOID:
            self._open.append((tag, language, others or tag == "textarea"))

    def handle_endtag(self, tag: str) -> None:
        """The innermost of this name ends, with what it left open."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """What is read."""
        if self._open:
            self._note(data.strip(), *self._open[-1][1:])

    def _note(self, text: str, language: str, others: bool) -> None:
        if not text or others:
            return
        if language == "en":
            self.marked.append(text)
        elif _ENGLISH.search(text):
            self.unmarked.append(text)
