"""The sandbox's rooms: customs' desk, the senders' phones with something in them, and the carrier."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from notifier.console.handsets import Bubble, Handset
from notifier.sandbox import HABITS
from notifier.service.resolution import accept_answer
from tests.console.looks import Look, Places, Scene
from tests.console.office import Office

_FORM = "main form button"
_CUSTOMS, _PHONE, _CARRIER = "sandbox/customs.jinja", "sandbox/phone.jinja", "sandbox/carrier.jinja"
_AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_SAID = (
    (True, "+85264500001", "Hongkong Post: what is in it? Call 2921 2222 if unsure.", "delivered", None),
    (False, "+85264500001", "see shop.example.com or call 9876 5432", "received", None),
    (True, "#HKPost", "香港郵政：請回覆。", "undelivered", 30005),
)


class Drawer:
    """Phones in a drawer: what they show never changes, until they are taken out."""

    def __init__(self) -> None:
        bubbles = [
            Bubble(_AT + timedelta(minutes=number), ours, other, body, status, code, 1)
            for number, (ours, other, body, status, code) in enumerate(_SAID)
        ]
        self.phones = [Handset("first", "+85291234567", bubbles), Handset("second", "+85261234567", bubbles[:1])]

    def all(self) -> Sequence[Handset]:
        """The first one wrote last."""
        return self.phones

    def find(self, key: str) -> Handset | None:
        """By its key."""
        return next((phone for phone in self.phones if phone.key == key), None)

    def write(self, phone: str, body: str) -> bool:
        """Nobody takes it."""
        return False

    def mischief(self) -> Mapping[str, float]:
        """One switch is on."""
        return {"lose": 0.3}

    def misbehave(self, wanted: Mapping[str, float]) -> None:
        """It does no other."""

    def habits(self) -> Sequence[tuple[str, str]]:
        """As in the sandbox."""
        return HABITS


def _play(office: Office) -> Places:
    """Customs asked twice, and an answer waits for them."""
    world = office.world
    query = world.texted()
    world.reply("Two cotton shirts")
    world.do(query.id, accept_answer(None, "R100"))
    world.texted(sender_mobile="+85291234002")
    return {}


def _emptied(office: Office, _places: Places) -> None:
    assert isinstance(office.handsets, Drawer)
    office.handsets.phones.clear()


SANDBOX = Scene(
    (
        Look("customs", "GET /sandbox/customs", _CUSTOMS, until=".answer-back"),
        Look(
            "customs, unreadable",
            "POST /sandbox/customs",
            _CUSTOMS,
            "/sandbox/customs",
            {"#mobile": "9" * 201},
            "button[name=example]",
            status=422,
        ),
        Look("phones", "GET /sandbox/phones", _PHONE, until=".tapped"),
        Look("another phone", "GET /sandbox/phones/{key}", _PHONE, "/sandbox/phones/second"),
        Look("nothing written", "POST /sandbox/phones/{key}", _PHONE, "/sandbox/phones", press=_FORM, status=422),
        Look("carrier", "GET /sandbox/carrier", _CARRIER),
        Look(
            "clock, wound by nothing",
            "POST /sandbox/carrier/clock",
            _CARRIER,
            "/sandbox/carrier",
            {"button[name=by]": "nothing"},
            "button[name=by]",
            status=422,
        ),
        Look("no phone yet", "GET /sandbox/phones", _PHONE, before=_emptied),
    ),
    _play,
    handsets=Drawer,
)
