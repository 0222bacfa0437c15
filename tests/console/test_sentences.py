"""The service's own sentences on Chinese pages: every one is known, none is lost, and the rest says what it is."""

import re

from babel.messages.pofile import read_po

from notifier.console.languages import sentences_of
from notifier.console.sentences import Said, said
from tests.console.spoken import sentences

_SLOT = re.compile(r"\{\w+\}")


def _catalogue() -> dict[str, str]:
    with sentences_of("zh-Hant").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_every_sentence_the_code_can_say_is_translated_and_none_is_stale() -> None:
    said_in_code, known = sentences(), _catalogue()
    assert len(said_in_code) > 350
    assert said_in_code - set(known) == set()
    assert set(known) - said_in_code == set()
    assert [text for text, chinese in known.items() if not chinese] == []
    slots = {text: (sorted(_SLOT.findall(text)), sorted(_SLOT.findall(known[text]))) for text in known}
    assert [text for text, (ours, theirs) in slots.items() if ours != theirs] == []


def test_the_chinese_has_no_half_width_punctuation_between_its_characters() -> None:
    assert [chinese for chinese in _catalogue().values() if re.search(r"[\u4e00-\u9fff][,.;:!?]", chinese)] == []


def test_english_stays_as_it_is() -> None:
    assert said("Give it.", "en") == (Said("Give it.", "en"),)


def test_a_value_keeps_its_place_and_our_own_words_in_it_are_translated() -> None:
    told = "The query goes to the hotline team; the sender gets no more texts, but a reply still counts."
    assert _chinese(told) == "查詢會移交熱線；寄件人不會再收到短訊，但回覆仍然有效。"
    told = "Query HK-4821 is awaiting reply now."
    assert _chinese(told) == "查詢 HK-4821 現為「等候寄件人」。"
    told = "For the staff team: Customs stopped this item: hold it back from dispatch."
    assert _chinese(told) == "交聯絡組：海關截停此郵件：請勿付運。"


def test_a_sentence_within_another_and_one_behind_it_are_translated_too() -> None:
    told = (
        "The last 2 texts to this phone did not arrive (the number is not in use, Wed 25 Nov 14:30), so it gets no "
        "other: call the sender, or correct the number."
    )
    assert _chinese(told) == (
        "最近 2 則短訊未能送達此電話（號碼沒有使用，11月25日 14:30），故不再發短訊：請致電寄件人，或更正號碼。"
    )
    told = (
        "This phone opted out on 03 Mar 2024, so it gets no text: call the sender, or correct the number. "
        "That is long ago, and the number may have a new owner: find out, and have the entry lifted if it has."
    )
    assert _chinese(told).startswith("此電話於2024年3月3日要求停收短訊")
    assert _chinese(told).endswith("請查明，如屬實請解除該項紀錄。")


def test_what_is_not_known_stays_english_and_says_so() -> None:
    told = said("Give it. The moon is full. Leave it out.", "zh-Hant")
    assert told == (Said("請填寫。", "zh-Hant"), Said("The moon is full.", "en"), Said("請留空。", "zh-Hant"))
    within = "The moon is full. Call the sender, or correct the number."
    assert {piece.language for piece in said(within, "zh-Hant")} == {"en"}


def _chinese(sentence: str) -> str:
    (only,) = said(sentence, "zh-Hant")
    assert only.language == "zh-Hant"
    return only.text
