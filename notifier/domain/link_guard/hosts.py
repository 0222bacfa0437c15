"""Everything that reads as an address: schemes, domains (also spelled out or split), IP addresses, accounts.

The rules read folded text (see `characters`). A domain ending counts whatever stands before it: `toy.It is` is
refused, since handsets link it too; a space after the full stop mends it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Endings that are not in the public suffix list but that some software follows.
_UNLISTED_ENDINGS = frozenset({"onion", "localhost", "local", "internal", "lan", "i2p", "bit", "eth"})
# Endings so usual in links that odd spellings of them are refused too.
_USUAL = frozenset({"com", "net", "org", "hk", "cn", "info", "biz", "xyz"})
_USUAL_CHOICE = "|".join(sorted(_USUAL))
# Those that begin no English sentence.
_NEVER_A_WORD = frozenset({"com", "org", "biz", "xyz"})
# Short forms that end in a full stop inside a sentence: "approx. in", "etc. at", "e.g. toys".
_SHORT_FORMS = frozenset(
    {"e", "g", "i", "eg", "ie", "cf", "ca", "vs", "etc", "approx", "no", "nos", "max", "min", "incl", "excl"}
    | {"qty", "pc", "pcs", "cont", "dr", "mr", "mrs", "ms", "st", "rd", "dept", "co", "ltd"}
)


@dataclass(frozen=True)
class Rule:
    """A pattern that no text may contain, and the sentence that refuses it.

    `sign`: what every match of the pattern holds; most texts have none of it, and need not be searched at length.
    """

    reason: str
    pattern: re.Pattern[str]
    sign: re.Pattern[str] | None = None

    def hits(self, lower: str) -> bool:
        """Whether the pattern stands in the text."""
        return (self.sign is None or bool(self.sign.search(lower))) and bool(self.pattern.search(lower))


_SCHEME = "A link or app scheme (such as http: or tel:) stands in the text; remove it."
_SPELLED = "A web or mail address is spelled out; remove it."
_ADDRESS = "An internet address made of numbers stands in the text; remove it."
_ACCOUNT = "An @ joins two words or begins a name; remove it."
_ENDING = "A full stop is followed at once by letters that end web addresses; put a space after the full stop."
_SPLIT = "A web address seems to be split by spaces; remove it, or begin the sentence after the full stop in capitals."

RULES = (
    Rule(
        _SCHEME,
        re.compile(
            r":\s*[/\\]|//|\\\\"
            r"|(?<![a-z0-9])(?:h(?:tt|xx)ps?|s?ftp|mailto|tel|callto|sms(?:to)?|mms(?:to)?|geo|market|intent|javascript"
            r"|weixin|wechat|whatsapp|alipays?|alipayhk|fps|skype|facetime|viber|tg|itms(?:-[a-z]+)?|magnet|bitcoin"
            r"|urn|view-source)\s?:(?=[a-z0-9+%@#?&*.])"
            r"|&(?:#x?[0-9a-f]+|period|sol|colon|commat);|%(?:2e|2f|3a|40)"
        ),
    ),
    Rule(
        _SPELLED,
        re.compile(
            r"(?<![a-z])www\d?(?![a-z])|(?<![a-z0-9])xn--|(?<![a-z])localhost(?![a-z])"
            r"|[\[({<]\s*(?:\.|dot|d0t|點|点|at|@)\s*[\])}>]"
            rf"|dot(?:{_USUAL_CHOICE})(?![a-z0-9])|[,;、|\\*_](?:com|org)(?![a-z0-9])"
            r"|(?<![a-z0-9])[a-z][a-z0-9-]*:(?:80|443|\d{4,5})/\w"
        ),
    ),
    Rule(
        _ADDRESS,
        re.compile(
            r"(?<![a-z0-9.])(?:0x[0-9a-f]+|\d{1,10})(?:\.(?:0x[0-9a-f]+|\d{1,10})){3}(?![a-z0-9])"
            r"|(?<![a-z0-9])0x[0-9a-f]{4,}"
            r"|(?<![a-z0-9])(?:[0-9a-f]{1,4}:){3,}[0-9a-f]{0,4}(?![a-z0-9])"
            r"|(?<![a-z0-9])[0-9a-f]{0,4}::[0-9a-f]{1,4}(?![a-z0-9])|(?<![a-z0-9])[0-9a-f]{1,4}::(?![a-z0-9])"
        ),
        sign=re.compile(r"[.:0][\da-fx:]"),
    ),
    Rule(_ACCOUNT, re.compile(r"@\S|\S@"), sign=re.compile("@")),
)

_LATIN_ENDING = re.compile(r"\.([a-z0-9]+)")
_OTHER_ENDING = re.compile(r"\.([^\W_]+)")
_SPACED_BEFORE = re.compile(r"(?:^|\s)\.\s*([a-z]{2,})(?![a-z0-9])")
_SPACED_AFTER = re.compile(r"([A-Za-z0-9]*)\.\s+([A-Za-z]{2,})(?![A-Za-z0-9])(/?)")
_SPACED_LETTERS = re.compile(r"\.\s*([a-z](?:\s+[a-z]){1,5})(?![a-z0-9])")
_BROKEN_ENDING = re.compile(r"\.\s*([a-z]{1,3}\s[a-z]{1,3})(?![a-z0-9])")
_DOT_WORD = re.compile(r"(?<![a-z])dot[\s_\-]+([a-z]{2,})(?![a-z0-9])|[點点]\s*([a-z]{2,})(?![a-z0-9])")


class HostRules:
    """The rules about addresses, with the domain endings they go by."""

    def __init__(self, endings: frozenset[str]) -> None:
        self._endings = endings | _UNLISTED_ENDINGS

    def reasons(self, folded: str) -> Iterator[str]:
        """Why `folded` (case kept) could be linked; nothing when it cannot."""
        lower = folded.lower()
        yield from (rule.reason for rule in RULES if rule.hits(lower))
        if "." in lower:
            if self._has_ending(lower):
                yield _ENDING
            if self._is_split(folded, lower):
                yield _SPLIT
        if any(self._ends(first or second) for first, second in _DOT_WORD.findall(lower)):
            yield _SPELLED

    def _ends(self, label: str) -> bool:
        return label in self._endings

    def _has_ending(self, lower: str) -> bool:
        if any(map(self._ends, _LATIN_ENDING.findall(lower))):
            return True
        return not lower.isascii() and any(map(self._ends, _OTHER_ENDING.findall(lower)))

    def _is_split(self, folded: str, lower: str) -> bool:
        return (
            any(map(self._ends, _SPACED_BEFORE.findall(lower)))
            or any(self._continues(*found) for found in _SPACED_AFTER.findall(folded))
            or any(self._ends("".join(found.split())) for found in _SPACED_LETTERS.findall(lower))
            or any("".join(found.split()) in _USUAL for found in _BROKEN_ENDING.findall(lower))
        )

    def _continues(self, before: str, label: str, slash: str) -> bool:
        """Whether `before. label` is an address with a space in it rather than the end of a sentence."""
        ending = label.lower()
        if not self._ends(ending):
            return False
        if slash or ending in _NEVER_A_WORD:
            return True
        begins_sentence = label[0].isupper() and label[1:].islower()
        return not begins_sentence and before.lower() not in _SHORT_FORMS
