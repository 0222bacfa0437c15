"""All rules over one body, fail closed: what no rule can judge is refused.

The order follows the damage: invisible characters first (they defeat every other rule), then folding, then our
own rules, then another library's opinion.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import tldextract
from linkify_it import LinkifyIt

from notifier.domain.errors import UnsafeText
from notifier.domain.link_guard.characters import fold, mixed_scripts, unseen
from notifier.domain.link_guard.hosts import HostRules
from notifier.domain.link_guard.numbers import NumberRules

_SECOND_OPINION = "Another link finder sees a link in the text; put spaces after full stops and remove addresses."
# A link needs one of these inside a word; words without it are not worth another library's time.
_LINK_SIGN = re.compile(r"[.@:/]\S")
# Bodies whose judgement is remembered: what a worker has in hand between rendering a text and posting it.
_IN_HAND = 256


@dataclass(frozen=True)
class Tappable:
    """A part of a body, from `start` to before `end`. `ours`: one of the numbers we publish."""

    start: int
    end: int
    ours: bool


class LinkGuard:
    """Judges bodies. Build one per process (some 0.1 s); a check takes well under a millisecond and no I/O.

    `allowed_numbers` are the only telephone numbers a text may hold, in any spelling.
    """

    def __init__(self, allowed_numbers: Iterable[str] = ()) -> None:
        endings = _public_endings()
        self._hosts = HostRules(endings)
        self._numbers = NumberRules(allowed_numbers)
        self._linkify = LinkifyIt(options={"fuzzy_ip": True}).tlds(sorted(endings))
        # Each body is judged twice, and the rules know nothing but the body: the very same one fares the same.
        self._judged = lru_cache(_IN_HAND)(self._judge)

    def check(self, body: str) -> None:
        """Raises UnsafeText when a handset could turn something in `body` into a link."""
        reasons = self.reasons(body)
        if reasons:
            raise UnsafeText(reasons)

    def reasons(self, body: str) -> list[str]:
        """Why `body` must not be sent, as sentences that never quote it; empty when it may."""
        return list(self._judged(body))

    def tappable(self, body: str) -> list[Tappable]:
        """What a handset would let one tap, in the order it stands, none within another.

        It shows; it is no judgement: `check` refuses more, since handsets differ.
        """
        folded = fold(body)
        seen = folded if len(folded) == len(body) else body
        numbers = [Tappable(*span) for span in self._numbers.spans(seen)]
        links = [Tappable(link.index, link.last_index, False) for link in self._linkify.match(seen) or ()]
        found: list[Tappable] = []
        for one in sorted([*numbers, *links], key=lambda span: (span.start, -span.end)):
            if not found or one.start >= found[-1].end:
                found.append(one)
        return found

    def _judge(self, body: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._complaints(body)))

    def _complaints(self, body: str) -> Iterator[str]:
        folded = fold(body)
        for reason in (unseen(body), mixed_scripts(folded), self._numbers.reason(folded)):
            if reason is not None:
                yield reason
        yield from self._hosts.reasons(folded)
        if self._another_sees_a_link(folded):
            yield _SECOND_OPINION

    def _another_sees_a_link(self, folded: str) -> bool:
        """linkify-it, word by word: none of its links spans a space, and most words cannot be one."""
        return any(_LINK_SIGN.search(word) and self._linkify.test(word) for word in folded.split())


def _public_endings() -> frozenset[str]:
    """The last label of every public suffix, from the list shipped with tldextract; no network, no cache file."""
    suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None).tlds
    return frozenset(suffix.rpartition(".")[2].lower() for suffix in suffixes)
