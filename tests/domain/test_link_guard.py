"""The link guard: what handsets would link is refused, what senders and posts write every day is not."""

import re

import pytest

from notifier.domain.errors import UnsafeText
from notifier.domain.link_guard import LinkGuard

HOSTILE: dict[str, tuple[str, ...]] = {
    "scheme": (
        "Pay the duty at https://parcel.example/pay",
        "HTTP://PARCEL.EXAMPLE",
        "hxxps://parcel.example",
        "see http:\\\\parcel.example",
        "ftp://files.example",
        "mailto:duty@parcel.example",
        "tel:91234567",
        "Reply by sms:+85291234567",
        "open whatsapp://send",
        "//parcel.example/pay",
        "view weixin:dl",
        "javascript:alert",
        "ht tp : //parcel",
    ),
    "domain": (
        "Pay at hkpost-duty.com today",
        "parcel.com.hk",
        "go to bit.ly/3abcd",
        "t.me/hkpost",
        "wa.me",
        "goo.gl/maps",
        "郵件請見parcel.top查詢",
        "請到 香港郵政.香港",
        "例子.公司",
        "It is a toy.It is new",
        "file invoice.zip",
        "EXAMPLE.COM",
        "my-shop.store.",
        "xn--55qx5d.cn",
        "parcel.onion",
        "localhost:8080/pay",
        "www parcel example",
        "wwwparcel.hk",
        "server:8080/pay",
        "a.b.c.info",
        "(parcel.hk)",
        "parcel.hk,thanks",
        "parcel.hk請按",
    ),
    "look-alike": (
        "parcel。com",
        "parcel．com",
        "parcel｡com",
        "parcel․com",
        "parcel•com",
        "parcel·com",
        "parcel・com",
        "ｐａｒｃｅｌ．ｃｏｍ",
        "𝐩𝐚𝐫𝐜𝐞𝐥.𝐜𝐨𝐦",
        "ⓟⓐⓡⓒⓔⓛ.ⓒⓞⓜ",
        "p\u0430rcel from customs",
        "parcel.c\u043em",
        "cust\u03bfms",
        "https：／／parcel",
        "duty＠parcel",
        "parcel\u06d4com",
    ),
    "invisible": (
        "par\u200bcel",
        "parcel\u200d.com",
        "par\u00adcel",
        "\u202emoc.lecrap",
        "par\u2060cel",
        "\ufeffHongkong Post",
        "par\tcel",
        "par\rcel",
        "par\x00cel",
        "par\x1bcel",
        "par\ue000cel",
        "par\u0378cel",
        "par\u2028cel",
        "par\u3164cel",
        "par\u2800cel",
        "par\u034fcel",
        "par\ufe0fcel",
        "par\U000e0063cel",
        "par\ud800cel",
    ),
    "spelled or split": (
        "parcel[.]com",
        "parcel(dot)com",
        "parcel{dot}hk",
        "parcel [dot] hk",
        "parcel dot com",
        "parcel DOT hk",
        "parcel-dot-com",
        "parceldotcom",
        "parcel點com",
        "parcel 点 hk",
        "parcel .com",
        "parcel . com",
        "parcel. com",
        "parcel.\ncom",
        "parcel. COM",
        "parcel. hk/pay",
        "t. me/hkpost",
        "parcel . c o m",
        "parcel.c om",
        "parcel&#46;com",
        "parcel%2Ecom",
        "duty(at)parcel",
        "parcel,com",
        "parcel..com",
    ),
    "address": (
        "1.1.1.1",
        "go to 192.168.0.1/pay",
        "0x7f.0.0.1",
        "0300.0250.0.1",
        "0x7f000001",
        "2130706433",
        "[2001:db8::1]",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "::1",
        "fe80::",
        "１．１．１．１",
    ),
    "account": ("duty@parcel", "follow @hkpost", "ask @ hkpost.hk", "ＤＵＴＹ＠ｐａｒｃｅｌ"),
    "telephone": (
        "call 91234567",
        "call 9123 4567",
        "call 9123-4567",
        "call (9123) 4567",
        "call 9123.4567",
        "call 9 1 2 3 4 5 6 7",
        "call +852 9123 4567",
        "call +44 20 7946 0000",
        "call +1 2921 2222",
        "call 2921 2223",
        "call 2921 22222",
        "call 2921 2222 5678",
        "call ９１２３４５６７",
        "call91234567",
        "致電91234567查詢",
        "9123–4567",
        "code 6109100000",
        "code 61091000",
        "call 1-800-CUSTOMS",
        "dial *21*9#",
        "AA12345678",
        "RR123456785HK91234567",
    ),
}

INNOCENT: tuple[str, ...] = (
    "HS 6109.10",
    "6109.10",
    "RR123456785HK",
    "Item CP203011144HK, EE900112236HK.",
    "2921 2222",
    "Enquiries: 2921 2222 (24 hours)",
    "+852 2921 2222",
    "29212222",
    "Mon-Fri 9:00-18:00, 2921 2222",
    "如有疑問請致電2921 2222。",
    "USD 12.50",
    "HKD 1,234.50",
    "3.5kg",
    "0.5 kg",
    "Dr.Lee",
    "size:M/L",
    "Size: 42/43",
    "cotton/wool 60/40",
    "24/7",
    "e.g. toy",
    "e.g. toys or games",
    "approx. in one box",
    "No.5 Queen's Road C.",
    "No. 5, Block B",
    "Ref K7F29QXA",
    "Ref K7F29QXA-2. This SMS has no links.",
    "Ref 7777777A.",
    "6pm Thu 26 Nov",
    "By Thu 26 Nov, 6:30pm, please reply.",
    "12:30:45",
    "26/11/2026",
    "2026-11-26",
    "26.11.2026 18:00",
    "11月26日（四）下午6時30分前",
    "參考編號：K7F29QXA。本短訊不含連結。",
    "请于11月26日（四）下午6时前回复本短信。",
    "香港郵政：德國海關查詢你寄出的郵件RR123456785HK。",
    "1) 物品名稱 2) 重量",
    "①棉 ②五件",
    "T恤 3 件、USB線",
    "50% cotton, 30% acrylic, 20% edible gum",
    "café, Übergröße, 5 m²",
    "10 x 20 x 30 cm",
    "5 pcs @ USD 3",
    "Net weight 3.5 kg. Net of packing. In one box.",
    "gross 5kg,net 4kg",
    "polka dot dress",
    "Toys. It is new. Me too. No more.",
    "Mr. Chan; Ms. Ho etc. at home",
    "Reply to this SMS: goods, material, use",
    "10 µm film, 5 kΩ resistor, 20℃",
    "batteries (AA), 1.5V; cables (USB-C)",
    "wool - 100%",
    "它是一件玩具。這是新的。",
    "100 pcs, 12000 beads",
    "A1/B2 and C3-D4",
    "Straße 5, Zürich",
    "Sizes 38-40, 42-44",
    "What is in it? Please name the goods!",
    "Hotline: 2921-2222",
    "Line one\nLine two",
    "ISBN? No, a notebook (80 g/m2).",
    "",
)


GUARD = LinkGuard(["2921 2222"])
HOSTILE_BODIES = [(kind, body) for kind, bodies in HOSTILE.items() for body in bodies]
ENGLISH = (
    "Hongkong Post: customs in Germany asks about item RR123456785HK. What is in it? Please name the goods, their "
    "material and use. Please reply to this SMS by Thu 26 Nov, 6pm. Ref K7F29QXA. This SMS has no links. "
    "Enquiries: 2921 2222"
)
CHINESE = (
    "香港郵政：德國海關查詢郵件RR123456785HK：請列明物品名稱、物料及用途。請於11月26日（四）下午6時前回覆本短訊。"
    "參考編號K7F29QXA。本短訊不含連結，查詢請電2921 2222。"
)


@pytest.mark.parametrize(("kind", "body"), HOSTILE_BODIES)
def test_what_a_handset_could_link_is_refused(kind: str, body: str) -> None:
    assert GUARD.reasons(body), kind


@pytest.mark.parametrize(("kind", "body"), HOSTILE_BODIES)
def test_it_is_refused_in_the_middle_of_a_text_too(kind: str, body: str) -> None:
    assert GUARD.reasons(f"{ENGLISH}\n{body}\n{CHINESE}"), kind


@pytest.mark.parametrize("body", INNOCENT)
def test_everyday_words_pass(body: str) -> None:
    assert GUARD.reasons(body) == []


@pytest.mark.parametrize("body", [ENGLISH, CHINESE, f"{CHINESE}\n{ENGLISH}"])
def test_our_own_texts_pass(body: str) -> None:
    GUARD.check(body)


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(HOSTILE_BODIES) >= 60
    assert len(INNOCENT) >= 50


def test_a_refusal_raises_with_reasons_that_never_quote_the_body() -> None:
    with pytest.raises(UnsafeText) as refused:
        GUARD.check("call 91234567 or visit secretparcel.top/pay now")
    assert len(refused.value.reasons) >= 2
    for reason in refused.value.reasons:
        assert not re.search(r"secretparcel|top/|91234567|\d{4}", reason)
