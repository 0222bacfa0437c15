"""Secrets of the sandbox profile, made at first start and kept beside its database, so that trying needs no set-up."""

import base64
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from notifier.domain.errors import SettingsWrong

_NAME = "sandbox-secrets.json"


@dataclass(frozen=True, repr=False)
class SandboxSecrets:
    """A sealing key and a hash key (base64 of 32 bytes), and a made-up account with its token."""

    seal_key: str
    hash_key: str
    account_sid: str
    auth_token: str


def sandbox_secrets(data_dir: Path) -> SandboxSecrets:
    """Those of this folder, made when there are none. Raises SettingsWrong when they cannot be kept or read."""
    path = secrets_file(data_dir)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path)
        return SandboxSecrets(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as failure:
        raise SettingsWrong(
            f"NOTIFIER_DATA_DIR: {_NAME} cannot be used ({type(failure).__name__}): "
            "name a folder that can be written, or restore the file."
        ) from None


def secrets_file(data_dir: Path) -> Path:
    """Where they are, or will be."""
    return data_dir.absolute() / _NAME


def _write_once(path: Path) -> None:
    """Complete or not at all; of two processes that start together, one wins and both read its file."""
    made = {
        "seal_key": base64.b64encode(os.urandom(32)).decode(),
        "hash_key": base64.b64encode(os.urandom(32)).decode(),
        "account_sid": "AC" + secrets.token_hex(16),
        "auth_token": secrets.token_hex(16),
    }
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")  # readable by the owner alone
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(made, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
