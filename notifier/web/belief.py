"""Whether a webhook is the carrier's and meant for us; asked when it comes, and again when it is replayed."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from notifier.carriers.twilio.signature import verify
from notifier.domain.types import Disbelief
from notifier.service.webhooks import Arrived, Form
from notifier.storage.models.inbound import WebhookKind

_MOST_FIELDS = 300  # a long text with many pictures has some dozens
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_STATUS = re.compile(r"[A-Za-z_-]{1,24}")
_OUR_ID = re.compile(r"[0-9A-Fa-f-]{1,64}")


@dataclass(frozen=True, repr=False)
class Believer:
    """The present configuration: the account, its tokens, and the address that signatures cover."""

    account_sid: str
    tokens: tuple[str, ...]
    public_url: str

    def judge(self, kind: WebhookKind, target: str, body: str, signature: str | None) -> Arrived | Disbelief:
        """What it says; or why it is not believed, without a word of what it holds. `target`: path and query."""
        form = _form(body)
        if form is None:
            return Disbelief.TOO_MANY_FIELDS
        if not signature:
            return Disbelief.NOT_SIGNED
        if not verify(self.tokens, self.public_url + target, form, signature):
            return Disbelief.WRONG_SIGNATURE
        return self._not_ours(kind, dict(form)) or Arrived(kind, form, _our_id(target.partition("?")[2]))

    def _not_ours(self, kind: WebhookKind, fields: dict[str, str]) -> Disbelief | None:
        """What is missing in a form that the carrier did sign."""
        if fields.get("AccountSid") != self.account_sid:
            return Disbelief.OTHER_ACCOUNT
        if not _SID.fullmatch(fields.get("MessageSid", "")):
            return Disbelief.NO_MESSAGE
        if kind is WebhookKind.STATUS and not _STATUS.fullmatch(fields.get("MessageStatus", "")):
            return Disbelief.NO_STATUS
        return None


def _form(body: str) -> Form | None:
    """Blank values count, as they are signed too; None when there are too many."""
    try:
        return parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None


def _our_id(query: str) -> str | None:
    """The attempt our own callback address named."""
    named = dict(parse_qsl(query)).get("m", "")
    return named if _OUR_ID.fullmatch(named) else None
