"""Signing a webhook as Twilio does: HMAC-SHA1 over the address and the sorted form, in base64."""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha1


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """The value of X-Twilio-Signature; `url` without its fragment."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), sha1).digest()).decode()
