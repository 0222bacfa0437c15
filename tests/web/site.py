"""A site to knock at: the whole web application over one database, a key for every role, and the carrier's pen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from httpx2 import Response
from starlette.testclient import TestClient

from notifier.domain.permissions import Role
from notifier.service.keys import create_key
from notifier.web.app import WebParts, create_app
from tests.contexts import make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import MOBILE, World
from tests.web.signing import TOKEN, TOKEN_BEFORE, Pairs, sign

ACCOUNT = "AC" + "0" * 32
# Not where the client knocks: what is built from the Host header comes out wrong.
PUBLIC_URL = "https://notifier.example/sms"
MOST_BODY = 16384

Json = dict[str, Any]


@dataclass
class Site:
    """The application behind a client. What customs and the phone do besides HTTP goes through the world."""

    client: TestClient
    parts: WebParts
    world: World
    keys: dict[Role, str]

    def ask(self, method: str, path: str, body: Any = None, *, role: Role = Role.LIAISON, **more: Any) -> Response:
        """One request with the role's key; `more` goes to the client, its headers on top of ours."""
        headers = {"Authorization": f"Bearer {self.keys[role]}"} | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, *, role: Role = Role.LIAISON, **parameters: Any) -> Json:
        """What a reader is shown."""
        answer = self.ask("GET", path, role=role, params=parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, path: str, body: Json, *, role: Role = Role.LIAISON) -> Json:
        """What somebody is told who sends a body."""
        answer = self.ask("POST", path, body, role=role)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def submit(self, referral: Json, **headers: str) -> Response:
        """Customs asks."""
        return self.ask("POST", "/api/v1/queries", referral, headers=headers)

    def take(self, **changes: Any) -> Json:
        """A new query."""
        answer = self.submit(self.referral(**changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def referral(self, **changes: Any) -> Json:
        """A referral nobody can object to, with a reference of its own."""
        fields = {
            "authority": "DE",
            "destination": "DE",
            "kind": "RFI",
            "referral_reference": f"W{next(self.world.numbers)}",
            "item_id": "RR123456785HK",
            "sender_mobile": MOBILE,
            "language": "en",
            "questions": [{"code": "F605"}],
        }
        return fields | changes

    def see(self, query_id: str) -> Json:
        """A query with everything that hangs on it."""
        return self.get(f"/api/v1/queries/{query_id}")

    def texted(self, **changes: Any) -> Json:
        """A query whose question has been delivered."""
        taken = self.take(**changes)
        (posted,) = [posted for posted in self.world.send() if taken["code"] in posted.outgoing.body]
        self.world.receipt(posted, "delivered")
        return taken

    def replied(self, words: str = "Two cotton shirts", **changes: Any) -> Json:
        """A query whose sender has answered."""
        taken = self.texted(**changes)
        self.world.reply(words, changes.get("sender_mobile", MOBILE))
        return taken

    def decide(self, query_id: str, verb: str, body: Json | None = None, *, preview: bool = False) -> Response:
        """Staff decide."""
        parameters = {"preview": "true"} if preview else {}
        return self.ask("POST", f"/api/v1/queries/{query_id}/{verb}", body, params=parameters)

    def done(self, query_id: str, verb: str, body: Json | None = None) -> Json:
        """Staff decide, and may."""
        answer = self.decide(query_id, verb, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def open_handoffs(self, query_id: str) -> list[tuple[str, str]]:
        """(team, reason) of what waits for people."""
        return self.world.open_handoffs(UUID(query_id))

    def hook(
        self, kind: str, form: Pairs, *, query: str = "", signature: str | None = None, **headers: str
    ) -> Response:
        """A webhook, signed by the carrier unless a signature is given; an empty one stands for none."""
        path = f"/webhooks/twilio/{kind}{'?' if query else ''}{query}"
        signature = sign(PUBLIC_URL + path, form) if signature is None else signature
        sent: dict[str, Any] = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        if signature:
            sent["X-Twilio-Signature"] = signature.encode()
        return self.client.post(path, content=urlencode(form), headers=sent)


@contextmanager
def open_site(database_url: str, *, made: bool = True, **changes: Any) -> Iterator[Site]:
    """A site over a migrated database; `changes` replace parts of its context.

    `made` False: there is no such database, so the keys fit nothing.
    """
    carrier = FakeCarrier()
    ctx = make_context(database_url, carrier=carrier, **changes)
    parts = make_parts(ctx)
    keys = {role: create_key(ctx, role, f"the {role}") if made else "hkn_none" for role in Role}
    with TestClient(create_app(parts)) as client:
        yield Site(client, parts, World(ctx, carrier), keys)
    ctx.database.dispose()


def make_parts(ctx: Any, **changes: Any) -> WebParts:
    """What the application is given."""
    parts: dict[str, Any] = {
        "ctx": ctx,
        "account_sid": ACCOUNT,
        "tokens": (TOKEN, TOKEN_BEFORE),
        "public_url": PUBLIC_URL,
        "max_body": MOST_BODY,
        "ready": list,
    }
    return WebParts(**parts | changes)


def receipt(sid: str, status: str, **more: str) -> Pairs:
    """The form of a status callback."""
    return [("AccountSid", ACCOUNT), ("MessageSid", sid), ("MessageStatus", status), *more.items()]


def reply(sid: str, body: str, phone: str = MOBILE, **more: str) -> Pairs:
    """The form of an inbound text."""
    form = {
        "AccountSid": ACCOUNT,
        "MessageSid": sid,
        "From": phone,
        "To": "+85264500001",
        "Body": body,
        "NumMedia": "0",
    }
    return list((form | more).items())


def fields_of(problem: Json) -> Sequence[str]:
    """Which fields a problem speaks of."""
    return [error["field"] for error in problem["errors"]]
