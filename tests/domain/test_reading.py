"""Replies in three languages: what each is read as. The words are those that ship in config/."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.lexicon import Lexicon
from notifier.domain.reading import Reading, read_reply
from notifier.domain.types import ReadingKind
from notifier.settings.reply_files import load_lexicon

LEXICON: Lexicon = load_lexicon(Path(__file__).resolve().parents[2] / "config")

TEXT_EN = (
    "Hongkong Post: Customs in Germany has asked what is in your item RR123456785HK. By 6pm Thu 26 Nov, please reply "
    "to this SMS. Ref K7F29QXA. This SMS has no links. Enquiries: 2921 2222"
)
TEXT_ZH = "香港郵政：德國海關查詢郵件RR123456785HK的內載物品。查詢編號K7F29QXA。本短訊不含連結。"

SAID = {
    ReadingKind.ANSWER: [
        "Cotton T-shirts",
        "cotton",
        "Yes",
        "No",
        "correct",
        "5",
        "2.5kg",
        "3 pcs",
        "6109.10",
        "1",
        "１",
        "①",
        "100% cotton, for wearing",
        "OK, it is a cotton shirt",
        "Thanks. Wooden toys for my son",
        "good leather wallet",
        "fine art print",
        "Sure cotton",
        "A toy for my son, who likes cars",
        "Doctor Who DVD",
        "Who is this doll? It is Barbie, made of plastic",
        "a doll, who is this for? my niece",
        "Book: who are you? by John Smith",
        "scam proof wallet, leather",
        "board game 'Scam' 2 pieces",
        "fake fur coat",
        "fake leather bag",
        "not fake",
        "real leather shoes",
        "spam luncheon meat 2 tins",
        "fishing rod",
        "help book for children",
        "Is this a scam? It is a cotton shirt and trousers",
        "don't cancel",
        "Don’t cancel",
        "do not cancel it please",
        "Cancel the parcel pls",
        "cancel my order and return the item to me",
        "please don't stop",
        "stop watch",
        "door stop, rubber",
        "start kit for model trains",
        "checked shirt, cotton",
        "please check the weight, it is 2kg",
        "wrong weight, it is 2kg",
        "Wrong number of packages, should be 2",
        "the end of a cable",
        "Liked it very much, a toy",
        'Liked by "John": toy',
        "棉質T恤",
        "玩具",
        "是",
        "不是",
        "正確",
        "係",
        "五件",
        "好衣服三件",
        "好的，係棉衫兩件",
        "收到禮物一份",
        "行李箱",
        "假髮",
        "假嘅花",
        "假的植物，膠造",
        "唔係假嘅",
        "不是詐騙，是玩具",
        "釣魚竿",
        "唔使取消",
        "不要取消",
        "取消郵件並退回給我",
        "唔好停止",
        "停止錶",
        "唔好",
        "兩件打錯咗尺寸嘅衫",
        "打錯重量，應該係2公斤",
        "開始用嘅化妝品",
        "棉制衬衫两件",
        "塑料玩具，给孩子玩",
        "不要取消，我会回复内容",
        "对，没错",
        "Baumwolle Hemden",
        "ตุ๊กตา",
        "मोबाइल कवर",
    ],
    ReadingKind.ACKNOWLEDGEMENT: [
        "OK",
        "ok.",
        "Ok!!",
        "ＯＫ",
        "O\u200bK",
        "okay",
        "k",
        "OK thanks",
        "Ok, thank you very much!",
        "Noted with thanks",
        "Received",
        "got it",
        "Thanks",
        "thx",
        "Hello",
        "Hi, good morning",
        "I see",
        "no problem",
        "Will reply later, thanks",
        "👍",
        "👍🏻",
        "👍\ufe0f👍",
        "OK 👌",
        "收到👍",
        "🙏",
        "✅",
        "好",
        "好的",
        "好的。",
        "好的好的",
        "好嘅",
        "好呀",
        "好的，謝謝",
        "收到",
        "收到，多謝！",
        "收到晒，唔該",
        "知道了",
        "知道啦",
        "明白",
        "了解",
        "冇問題",
        "沒問題",
        "得",
        "我遲啲覆你",
        "稍後回覆",
        "你好",
        "唔該",
        "ok 收到 thanks",
        "没问题",
        "谢谢",
        "收到，谢谢",
        "稍后回复",
        f"Liked “{TEXT_EN}”",
        f'Liked "{TEXT_EN}"',
        f"Loved “{TEXT_EN}”",
        f"Reacted 👍 to “{TEXT_EN}”",
        f"Removed a like from “{TEXT_EN}”",
        f"\u200a\u200b👍\u200b to “\u200a{TEXT_EN}\u200a” ",
        f"對「{TEXT_ZH}」表示喜歡",
        f"對「{TEXT_ZH}」表示喜愛",
        f"喜歡「{TEXT_ZH}」",
        f"对“{TEXT_ZH}”表示喜欢",
        f"赞了“{TEXT_ZH}”",
    ],
    ReadingKind.STOP: [
        "STOP",
        "stop",
        " Stop. ",
        "STOP!!!",
        "ＳＴＯＰ",
        "S\u200bTOP",
        "“STOP”",
        "please stop",
        "Stop please, thanks",
        "stop stop stop",
        "unsubscribe",
        "END",
        "QUIT",
        "REVOKE",
        "opt-out",
        "OPTOUT",
        "Stop texting me",
        "Don't text me again",
        "STOP K7F29QXA",
        "停止",
        "停止。",
        "請停止",
        "退訂",
        "退订",
        "不要再發",
        "唔好再發",
        "唔該唔好再send",
        "取消訂閱",
    ],
    ReadingKind.CHECK: [
        "CHECK",
        "check",
        "ＣＨＥＣＫ",
        "Check: is this from you?",
        "CHECK K7F29QXA",
        "check 1",
        "查核",
        "查核：剛收到你們的短訊",
        "核實K7F29QXA",
        "核实一下",
    ],
    ReadingKind.CANCEL: [
        "cancel",
        "CANCEL",
        "Cancel.",
        "cancel please",
        "pls cancel",
        "取消",
        "取消。",
        "取消啦",
        "請取消",
    ],
    ReadingKind.START: ["START", "start", "UNSTOP", "開始", "开始", "恢復", "重新訂閱"],
    ReadingKind.WRONG_NUMBER: [
        "WRONG",
        "wrong number",
        "Sorry, wrong number",
        "You have the wrong number!",
        "You've got the wrong number",
        "打錯",
        "打錯咗",
        "打錯電話",
        "你打錯了",
        "对不起，打错了",
        "你send錯咗",
        "發錯人了",
    ],
    ReadingKind.DOUBT: [
        "who is this",
        "Who is this?",
        "WHO ARE YOU",
        "who’s this?",
        "who",
        "Sorry, who is this please?",
        "who dis",
        "scam?",
        "SCAM",
        "Scam!!!",
        "Is this a scam?",
        "is this real?",
        "Is this really from Hongkong Post?",
        "is this legit",
        "fake",
        "This is a fake message",
        "fraud",
        "I think this is a scam, I will call the police",
        "I didn't send anything",
        "What is this about?",
        "help",
        "OK but who is this?",
        "who is this K7F29QXA",
        "邊個",
        "邊個？",
        "你係邊個呀",
        "你邊位呀？",
        "請問你係邊位",
        "詐騙",
        "詐騙！",
        "係咪詐騙",
        "這是詐騙嗎？",
        "這是不是詐騙短訊",
        "假嘅",
        "假嘅！",
        "係咪假㗎",
        "真定假？",
        "你係咪騙徒呀？我要報警",
        "呃人",
        "你是誰？",
        "你是谁",
        "这是诈骗吗",
        "这是真的吗",
        "骗子",
        "我冇寄過嘢",
        "我沒有寄過東西",
    ],
    ReadingKind.UNREADABLE: [
        "",
        " ",
        "\n\n",
        "\u200b\u200d",
        "\u3000",
        "😀",
        "😂😂😂",
        "🎁📦",
        "?",
        "？？？",
        "...",
        "!!",
        "👎",
        "❤\ufe0f",
        "K7F29QXA",
        "k7f29qxa-2",
        "RR123456785HK",
        "rr 123 456 785 hk",
        "Ref K7F29QXA",
        "my item is RR123456785HK",
        "查詢編號：K7F29QXA",
        "郵件 RR123456785HK 😀",
    ],
}
CASES = [(kind, body) for kind, bodies in SAID.items() for body in bodies]


def read(body: str, **more: int) -> Reading:
    return read_reply(body, LEXICON, **more)


@pytest.mark.parametrize(("kind", "body"), CASES)
def test_what_replies_say(kind: ReadingKind, body: str) -> None:
    assert read(body).kind is kind


@pytest.mark.parametrize("body", ["1", "１", "①", "1.", "1)", "(1)", "（１）", "⑴", "⒈", "1️⃣", " 1 ", "１。", "1、"])
def test_an_option_is_a_whole_message(body: str) -> None:
    assert read(body, options=3) == Reading(ReadingKind.OPTION, option=1)
    assert read(body).kind is ReadingKind.ANSWER


@pytest.mark.parametrize("body", ["0", "4", "13", "1 cotton", "1kg", "1.5", "12:30", "一件", "option"])
def test_other_numbers_are_no_option(body: str) -> None:
    assert read(body, options=3) == Reading(ReadingKind.ANSWER)


def test_an_option_may_come_with_its_reference() -> None:
    assert read("2 K7F29QXA", options=2) == Reading(ReadingKind.OPTION, option=2, codes=("K7F29QXA",))


@pytest.mark.parametrize(
    ("body", "questions", "parts"),
    [
        ("1.棉 2.五件", 2, {1: "棉", 2: "五件"}),
        ("1.棉2.五件", 2, {1: "棉", 2: "五件"}),
        ("１．棉　２．五件", 2, {1: "棉", 2: "五件"}),
        ("①棉②五件", 2, {1: "棉", 2: "五件"}),
        ("1、棉；2、五件", 2, {1: "棉", 2: "五件"}),
        ("1) cotton\n2) five pieces", 2, {1: "cotton", 2: "five pieces"}),
        ("(1) cotton, (2) five", 2, {1: "cotton", 2: "five"}),
        ("Q1: cotton Q2: five", 2, {1: "cotton", 2: "five"}),
        ("1. cotton shirt 2. 2.5 kg 3. 6109.10", 3, {1: "cotton shirt", 2: "2.5 kg", 3: "6109.10"}),
        ("1: OK 2: no", 2, {1: "OK", 2: "no"}),
        ("2. five", 2, {2: "five"}),
        ("1. cotton", 1, {1: "cotton"}),
        ("K7F29QXA 1.棉 2.五件", 2, {1: "棉", 2: "五件"}),
        ("1. shirt 2. toy 3. book", 2, {}),
        ("2. five 1. cotton", 2, {}),
        ("1. cotton 1. five", 2, {}),
        ("1. 2. five", 2, {}),
        ("0. cotton", 2, {}),
        ("cotton 1. five", 2, {}),
        ("1.5 kg", 2, {}),
        ("2.5kg and 1.2kg", 2, {}),
        ("3、4件", 4, {}),
        ("cotton, five", 2, {}),
    ],
)
def test_answers_by_question_number(body: str, questions: int, parts: dict[int, str]) -> None:
    reading = read(body, questions=questions)
    assert reading.kind is ReadingKind.ANSWER
    assert dict(reading.parts) == parts


@pytest.mark.parametrize("media", [1, 3])
def test_a_picture_alone_says_nothing_and_its_words_are_read(media: int) -> None:
    for silent in ("", "  ", "📷", "👍", "K7F29QXA"):
        assert read(silent, num_media=media).kind is ReadingKind.UNREADABLE
    assert read("cotton shirt", num_media=media).kind is ReadingKind.ANSWER
    assert read("STOP", num_media=media).kind is ReadingKind.STOP


@pytest.mark.parametrize("body", ["cotton", "", "who is this", "START", "Ref K7F29QXA"])
def test_the_carrier_has_the_last_word_on_opting_out(body: str) -> None:
    assert read_reply(body, LEXICON, opt_out_type="STOP").kind is ReadingKind.STOP
    assert read_reply(body, LEXICON, opt_out_type="START").kind is ReadingKind.START
    assert read_reply(body, LEXICON, opt_out_type="HELP") == read(body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("K7F29QXA cotton, for rr 123 456 785 hk", ReadingKind.ANSWER),
        ("郵件RR123456785HK（K7F29QXA-2）", ReadingKind.UNREADABLE),
        (f"Liked “{TEXT_EN}”", ReadingKind.ACKNOWLEDGEMENT),
        ("stop K7F29QXA RR123456785HK", ReadingKind.STOP),
    ],
)
def test_references_are_told_whatever_the_kind(body: str, kind: ReadingKind) -> None:
    assert read(body) == Reading(kind, item_ids=("RR123456785HK",), codes=("K7F29QXA",))


WORDS = [body for bodies in SAID.values() for body in bodies] + [
    "1.",
    "２、",
    "①",
    "cotton",
    "五件",
    "“",
    "」",
    "\u200d",
]
SOUP = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@given(st.text(max_size=300) | SOUP, st.integers(1, 9), st.integers(0, 9), st.integers(0, 2))
def test_any_text_is_read(body: str, questions: int, options: int, media: int) -> None:
    reading = read(body, questions=questions, options=options, num_media=media)
    assert (reading.option is not None) is (reading.kind is ReadingKind.OPTION)
    assert all(1 <= number <= questions and answer for number, answer in reading.parts)
    assert not reading.parts or reading.kind is ReadingKind.ANSWER


@given(SOUP)
def test_case_width_and_invisible_characters_change_nothing(body: str) -> None:
    plain = read(body)
    # Full-width capitals of the small letters only: other characters have no such twin.
    wide = "".join(chr(ord(c) - ord("a") + ord("ａ")) if "a" <= c <= "z" else c for c in body)
    assert read(wide).kind is plain.kind
    assert read("\u200b" + "\u2060".join(body)).kind is plain.kind


@pytest.mark.parametrize(
    "piece", ["thank you ", "好的", "who is this ", '對"', "1. ", "RR123456785 ", 'Removed a like from "']
)
def test_hostile_repetition_takes_no_time(piece: str) -> None:
    body = (piece * 1600)[:1600]
    started = time.perf_counter()
    read(body, questions=9, options=9)
    assert time.perf_counter() - started < 1
