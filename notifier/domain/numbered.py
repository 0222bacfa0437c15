"""Numbers that order a reply: a choice made, and answers numbered like the questions."""

import re

_CIRCLED = re.compile("[①-⑳]")
_BETWEEN = " ,;，；"
_FRAMES = "\ufe0f\u20e3"  # what makes a keycap picture of a digit
_CHOICE = re.compile(r"[\[(]?([0-9]{1,2})[\])]?[.。、)!]?")
# A number, then a sign that is no decimal point, at the start or after something a number cannot continue.
_MARKER = re.compile(
    r"(?:(?<=[\s,;，；。、)])|(?<=[\u3400-\u9fff])|^)[(]?q?([0-9]{1,2})\s?[.):、。](?![0-9])\s*", re.IGNORECASE
)


def spread_circled(text: str) -> str:
    """Circled numbers as a number and a full stop, so that they still stand apart once folded."""
    return _CIRCLED.sub(lambda match: f" {ord(match[0]) - ord('①') + 1}. ", text)


def choice(words: str, options: int) -> int | None:
    """The option chosen, when `words` is nothing but its number and so many options were offered."""
    match = _CHOICE.fullmatch(words.translate(dict.fromkeys(map(ord, _FRAMES))))
    if match is None or not 1 <= int(match[1]) <= options:
        return None
    return int(match[1])


def numbered_parts(words: str, questions: int) -> tuple[tuple[int, str], ...]:
    """The answers by question number; empty unless the numbers fit the questions and each has its words.

    A sender may leave questions out, but not invent, repeat or reorder them: then it is a list of something else.
    """
    markers = list(_MARKER.finditer(words))
    numbers = [int(marker[1]) for marker in markers]
    if not markers or markers[0].start() or numbers != sorted(set(numbers) & set(range(1, questions + 1))):
        return ()
    ends = [marker.start() for marker in markers[1:]] + [len(words)]
    parts = [words[marker.end() : end].strip(_BETWEEN) for marker, end in zip(markers, ends, strict=True)]
    return tuple(_with_glued(list(zip(numbers, parts, strict=True)), questions)) if all(parts) else ()


def _with_glued(parts: list[tuple[int, str]], questions: int) -> list[tuple[int, str]]:
    """A number that is glued to its answer ("2.两件 3.1.2公斤") counts where just that number is still missing."""
    while parts[-1][0] < questions:
        number, said = parts[-1]
        glued = re.search(rf"(?<=[\s,;，；。、)\u3400-\u9fff]){number + 1}[.):、](?=[0-9])", said)
        if glued is None or not said[: glued.start()].strip(_BETWEEN):
            break
        parts[-1:] = [(number, said[: glued.start()].strip(_BETWEEN)), (number + 1, said[glued.end() :])]
    return parts
