"""Whether words that somebody reads out are those of a text: people leave out, hurry, and spell as they hear."""

import re
from difflib import SequenceMatcher

from notifier.domain.folding import fold
from notifier.domain.wording.catalogue import Catalogue

FEWEST = 8  # characters that say something, in any script; fewer would fit anything
_ENOUGH = 0.8  # of what was read out has to stand in the text, in its order
_TEMPLATE_ENOUGH = 0.6  # less, as a template lacks what its slots hold
_SHORTEST_RUN = 3  # characters; shorter runs stand everywhere
_SLOT = re.compile(r"\{[a-z_]+\}")


def plain(words: str) -> str:
    """Letters and digits alone, in one case: spaces, marks and line breaks are not read out."""
    return "".join(char for char in fold(words).casefold() if char.isalnum())


def reads_like(words: str, body: str) -> bool:
    """Whether `words` are (part of) this text."""
    return _share(plain(words), plain(body)) >= _ENOUGH


def reads_like_ours(words: str, catalogue: Catalogue) -> bool:
    """Whether `words` are made as any of our templates, whoever sent them."""
    read = plain(words)
    known = (template for phrases in catalogue.phrases.values() for template in phrases.templates.values())
    templates = [plain(_SLOT.sub("", template)) for template in known]
    # A part of one that was read out, or a whole one beside what stood in its slots.
    return any(max(_share(read, one), _share(one, read)) >= _TEMPLATE_ENOUGH for one in templates)


def _share(read: str, text: str) -> float:
    """How much of what was read out stands in the text; 0 for too little to tell."""
    if min(len(read), len(text)) < FEWEST:
        return 0.0
    runs = SequenceMatcher(None, read, text, autojunk=False).get_matching_blocks()
    return sum(run.size for run in runs if run.size >= _SHORTEST_RUN) / len(read)
