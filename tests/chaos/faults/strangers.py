"""Webhooks that are none: forged, replayed, mangled."""

import random
import sqlite3
from contextlib import closing
from urllib.parse import urlencode

import httpx2

from notifier.sandbox.signing import sign
from tests.chaos.scene import Scene
from tests.drills.sandbox_carrier import ACCOUNT, TOKEN

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_KNOCKS = 24
_ANSWERED = (
    "SELECT sid, sender, recipient, body FROM messages WHERE direction = 'inbound' ORDER BY created DESC LIMIT 1"
)


def knock(scene: Scene) -> None:
    """Each is refused with 403 or another 4xx, or was known; none is answered 5xx, and no reply comes of it."""
    scene.fleet.await_ready()
    with httpx2.Client(base_url=scene.fleet.base_url, timeout=15, trust_env=False) as http:
        for _ in range(_KNOCKS):
            path = scene.dice.choice(("/webhooks/twilio/inbound", "/webhooks/twilio/status?m=x"))
            body, headers = _forged(scene.dice)
            answer = http.post(path, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, f"A forged webhook was answered {answer.status_code}."
    known = replay(scene)
    assert known in (200, None), f"A replayed webhook was answered {known}."


def replay(scene: Scene) -> int | None:
    """The carrier's last inbound message once more, rightly signed; None when there is none or no server."""
    with closing(sqlite3.connect(f"file:{scene.fleet.carrier_file}?mode=ro", uri=True, timeout=10)) as connection:
        found = connection.execute(_ANSWERED).fetchone()
    if found is None:
        return None
    sid, sender, recipient, body = found
    form = {"AccountSid": ACCOUNT, "MessageSid": sid, "From": sender, "To": recipient, "Body": body, "NumMedia": "0"}
    url = f"{scene.fleet.base_url}/webhooks/twilio/inbound"
    headers = _FORM | {"X-Twilio-Signature": sign(TOKEN, url, form)}
    try:
        return httpx2.post(url, content=urlencode(form), headers=headers, timeout=30, trust_env=False).status_code
    except httpx2.TransportError:
        return None


def _forged(dice: random.Random) -> tuple[bytes, dict[str, str | bytes]]:
    form = {"AccountSid": ACCOUNT, "MessageSid": f"SM{dice.getrandbits(128):032x}", "From": "+85261230101"}
    form |= {"To": "+85264500001", "Body": "STOP", "MessageStatus": "failed", "ErrorCode": "30005"}
    whole = urlencode(form).encode()
    noise = dice.randbytes(dice.randrange(400))
    body = dice.choice((whole, noise, whole[: dice.randrange(len(whole))], whole + b"&" + noise, b""))
    signature = dice.choice((None, "", "AAAA", sign("another token", "http://elsewhere", form), "\u00e9" * 28))
    headers: dict[str, str | bytes] = dict(_FORM)
    if signature is not None:
        headers["X-Twilio-Signature"] = signature.encode("latin-1")
    return body, headers
