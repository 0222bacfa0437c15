"""What a reply looks like. A reading only routes: staff always see the text as it came.

In doubt a message is an answer, because answers are read by people and acknowledgements are not.
"""

from dataclasses import dataclass, replace

from notifier.domain.folding import collapse, fold
from notifier.domain.item import place_items
from notifier.domain.lexicon import LAST, Lexicon, bare, letters
from notifier.domain.numbered import choice, numbered_parts, spread_circled
from notifier.domain.query_code import place_codes
from notifier.domain.types import ReadingKind

_STARTS_THE_CARRIER = ("yes",)  # among Twilio's default words to opt in again
_OPT_OUT_TYPES = {"STOP": ReadingKind.STOP, "START": ReadingKind.START}
# A doubt is one when other words make up at most a quarter of the message.
_DOUBT_WEIGHT = 3


@dataclass(frozen=True)
class Reading:
    """How a reply was read.

    option: the number chosen, for OPTION. parts: answers by question number, when the sender numbered them.
    item_ids and codes: what the reply names, normalised, whatever its kind.
    """

    kind: ReadingKind
    option: int | None = None
    parts: tuple[tuple[int, str], ...] = ()
    item_ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def read_reply(
    body: str,
    lexicon: Lexicon,
    *,
    questions: int = 1,
    options: int = 0,
    num_media: int = 0,
    opt_out_type: str | None = None,
) -> Reading:
    """Read one reply. Never raises.

    questions: how many were asked, numbered from 1. options: how many were offered to choose from, 0 when none.
    num_media: pictures that came along; words beside a picture are read, a picture with an emoji is still a picture.
    opt_out_type: what the carrier itself took the message for (STOP, START); it has acted on that already, so it
    overrides the words, but for a "cancel" and a "yes", which have two meanings.
    """
    text = fold(spread_circled(body))
    items, codes = place_items(text), place_codes(text)
    words = _without(text, [span for _, span in items + codes])
    taken_for = _by_carrier(opt_out_type, words, lexicon)
    if taken_for is not None:
        reading = Reading(taken_for)
    elif lexicon.check.begin(bare(text)) and not lexicon.no_check.begin(bare(text)):
        reading = Reading(ReadingKind.CHECK)
    elif num_media and not letters(words):
        reading = Reading(ReadingKind.UNREADABLE)
    else:
        reading = _read_words(text, words, lexicon, questions, options)
    return replace(
        reading,
        item_ids=tuple(dict.fromkeys(item for item, _ in items)),
        codes=tuple(dict.fromkeys(code for code, _ in codes)),
    )


def _by_carrier(opt_out_type: str | None, words: str, lexicon: Lexicon) -> ReadingKind | None:
    """None where the words count. The carrier stops at a bare "cancel" too, which may mean the item: then people ask
    what was meant. And it starts at a bare "yes", which answers whether a description is right.
    """
    kind = _OPT_OUT_TYPES.get(opt_out_type or "")
    said = _whole_message(bare(words), lexicon)
    if kind is ReadingKind.STOP and said is ReadingKind.CANCEL:
        return said
    is_yes = lexicon.courtesies.strike(bare(words))[0] in _STARTS_THE_CARRIER
    return None if kind is ReadingKind.START and is_yes else kind


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return collapse(text)


def _read_words(text: str, words: str, lexicon: Lexicon, questions: int, options: int) -> Reading:
    """`text` is the whole folded reply (a tapback quotes our references); `words` is it without references."""
    if any(pattern.fullmatch(text) for pattern in lexicon.tapbacks):
        return Reading(ReadingKind.ACKNOWLEDGEMENT)
    said = bare(words)
    chosen = _choice(words, said, lexicon, options)
    if chosen is not None:
        return Reading(ReadingKind.OPTION, option=chosen)
    kind = _whole_message(said, lexicon) or _by_weight(said, words != text, lexicon)
    if kind is not ReadingKind.ANSWER:
        return Reading(kind)
    return Reading(kind, parts=numbered_parts(words, questions))


def _choice(words: str, said: str, lexicon: Lexicon, options: int) -> int | None:
    """The option chosen by its number or by a word for its place, where something was offered at all."""
    polite, _ = lexicon.courtesies.strike(said)
    place = lexicon.choices.get(said) or lexicon.choices.get(polite)
    if place is not None:
        place = options if place == LAST else place
        return place if 1 <= place <= options else None
    return choice(words, options) or choice(polite, options)


def _whole_message(said: str, lexicon: Lexicon) -> ReadingKind | None:
    """The kinds that count only when nothing but courtesy stands beside them."""
    lists = {
        ReadingKind.STOP: lexicon.stop,
        ReadingKind.START: lexicon.start,
        ReadingKind.CANCEL: lexicon.cancel,
        ReadingKind.WRONG_NUMBER: lexicon.wrong_number,
    }
    polite, _ = lexicon.courtesies.strike(said)
    # Some say it twice.
    forms = {said, polite, " ".join(dict.fromkeys(polite.split(" ")))}
    return next((kind for kind, known in lists.items() if forms & known), None)


def _by_weight(said: str, names_something: bool, lexicon: Lexicon) -> ReadingKind:
    if _is_acknowledgement(said, lexicon):
        return ReadingKind.ACKNOWLEDGEMENT
    if not letters(said):
        return ReadingKind.UNREADABLE
    if names_something and not letters(lexicon.labels.strike(said)[0]):
        return ReadingKind.UNREADABLE
    return ReadingKind.DOUBT if _is_doubt(said, lexicon) else ReadingKind.ANSWER


def _is_acknowledgement(said: str, lexicon: Lexicon) -> bool:
    """Nothing is said but that the text was seen; a picture of a thumb has no letters and says so too."""
    seen = lexicon.acknowledgements
    return seen.occur_in(said) and not letters(seen.strike(said)[0])


def _is_doubt(said: str, lexicon: Lexicon) -> bool:
    """The sender asks who writes or takes us for a fraud, and says hardly anything else."""
    left, doubted = lexicon.doubts.strike(said)
    others = letters(lexicon.fillers.strike(left)[0])
    if doubted and others * _DOUBT_WEIGHT <= doubted:
        return True
    rest, alone = lexicon.doubts_alone.strike(left)
    return bool(alone) and not letters(lexicon.fillers.strike(rest)[0])
