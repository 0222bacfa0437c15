"""Two schemas of the Messages resource: our own, and the published one where it is there."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_OWN = json.loads((Path(__file__).parent / "messages.schema.json").read_text())
_PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "twilio_messages.openapi.json"
_LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"


def check(document: Any, kind: str) -> None:
    """`kind`: message, page or error. Raises ValidationError."""
    Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": _OWN["$defs"]}).validate(document)
    if kind != "error" and _PUBLISHED.is_file():
        Draft202012Validator(_published(kind)).validate(document)


def _published(kind: str) -> dict[str, Any]:
    """OpenAPI 3.0 says `nullable` where JSON Schema says "or null"; and it lets through what it does not name."""
    api = json.loads(_PUBLISHED.read_text())
    media = api["paths"][_LIST]["post" if kind == "message" else "get"]["responses"]
    (answer,) = media.values()
    schema = answer["content"]["application/json"]["schema"]
    return dict(_translated(schema | {"components": api["components"]}))


def _translated(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_translated(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _translated(part) for name, part in schema.items()}
    if made.pop("nullable", False):
        made["type"] = [made["type"], "null"]
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made["additionalProperties"] = False
    return made
