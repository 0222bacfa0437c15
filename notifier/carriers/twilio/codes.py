"""What Twilio's error codes mean to us: try again or not, and a sentence for staff. Which means what is data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from notifier.carriers.port import Explanation, Fault, Hold
from notifier.domain.errors import SettingsWrong
from notifier.domain.types import Trouble

FILE_NAME = "carrier_codes.toml"


class Meaning(StrEnum):
    """What a code tells about a text; each is a table of the file."""

    LATER = "later"  # surely not sent; a later try may do
    HALT = "halt"  # surely not sent, and no other text would fare better
    TODAY = "today"  # the same, until the day is over
    UNSURE = "unsure"  # may have been sent
    NUMBER = "number"
    # As NUMBER, and they tell something of the phone for the next text:
    UNREACHABLE = "unreachable"
    UNKNOWN_SUBSCRIBER = "unknown_subscriber"
    LANDLINE = "landline"
    BLOCKED = "blocked"
    NOT_A_MOBILE = "not_a_mobile"
    OPTED_OUT = "opted_out"
    CONTENT = "content"
    ROUTE = "route"


_TROUBLES = {Meaning(trouble.value): trouble for trouble in Trouble}
_FAULTS = dict.fromkeys(_TROUBLES, Fault.NUMBER) | {
    Meaning.NUMBER: Fault.NUMBER,
    Meaning.OPTED_OUT: Fault.OPTED_OUT,
    Meaning.CONTENT: Fault.CONTENT,
    Meaning.ROUTE: Fault.ROUTE,
}


_HOLDS = {Meaning.HALT: Hold.EVERYTHING, Meaning.TODAY: Hold.TODAY}


@dataclass(frozen=True)
class Codes:
    """Every code we know: its meaning, and the sentence staff read."""

    known: Mapping[int, tuple[Meaning, str]]

    def meaning(self, code: object) -> Meaning | None:
        """What a code tells; None for one nobody wrote down."""
        return self.known[code][0] if isinstance(code, int) and code in self.known else None

    def explain(self, code: int | None) -> Explanation:
        """A sentence for staff about any code, and whose fault it is; also for codes nobody knows."""
        if code is None:
            return Explanation("The carrier could not deliver the text and gives no reason.", None)
        if code not in self.known:
            return Explanation(f"The carrier could not deliver the text (its error {code}).", None)
        meaning, sentence = self.known[code]
        hold = _HOLDS.get(meaning, Hold.TEXT)
        again = meaning is Meaning.LATER or meaning in _HOLDS
        return Explanation(sentence, _FAULTS.get(meaning), again, hold, _TROUBLES.get(meaning))


def load_codes(config_dir: Path) -> Codes:
    """The codes of a folder. Raises SettingsWrong: what is wrong with the file, and how to mend it."""
    path = config_dir / FILE_NAME
    known: dict[int, tuple[Meaning, str]] = {}
    for name, table in _read(path).items():
        if name not in set(Meaning) or not isinstance(table, dict):
            raise SettingsWrong(f"{path}: [{name}] is no meaning: use {', '.join(Meaning)}.")
        for code, sentence in table.items():
            if not code.isdecimal() or not isinstance(sentence, str) or not sentence.strip():
                raise SettingsWrong(f"{path}: [{name}] {code} must be a number with a sentence for staff.")
            if int(code) in known:
                raise SettingsWrong(f"{path}: {code} stands twice: keep it in one table.")
            known[int(code)] = (Meaning(name), sentence)
    return Codes(known)


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        raise SettingsWrong(f"{path} cannot be read ({failure.strerror}): restore it.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as failure:
        raise SettingsWrong(f"{path} is not TOML in UTF-8: {failure}.") from None
