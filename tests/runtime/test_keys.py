"""Sealing keys and the key of the hashes: a mistake in one is not blamed on the other."""

import base64

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.runtime.assemble import keyring_of
from notifier.settings import load
from notifier.settings.sandbox_secrets import SandboxSecrets
from notifier.storage.sealing import Keyring

KEY = base64.b64encode(b"k" * 32).decode()
MADE_UP = SandboxSecrets(seal_key=KEY, hash_key=KEY, account_sid="AC1", auth_token="t")


def keyring(**variables: str) -> Keyring:
    return keyring_of(load({f"NOTIFIER_SEAL__{name}": value for name, value in variables.items()}), MADE_UP)


def test_the_sandbox_falls_back_to_those_it_made() -> None:
    assert repr(keyring()) == "Keyring(versions=[1])"
    assert repr(keyring(KEYS=f"3:{KEY},4:{KEY}")) == "Keyring(versions=[3, 4])"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("KEYS", "abc", "each key is written as version:base64"),
        ("KEYS", f"²:{KEY}", "each key is written as version:base64"),
        ("KEYS", f"1:{KEY},", "each key is written as version:base64"),
        ("KEYS", "1:abc", "a key is not base64"),
        ("KEYS", "1:a2V5", "a key is not 32 bytes long"),
        ("HASH_KEY", "abc", "a key is not base64"),
        ("HASH_KEY", "a2V5", "a key is not 32 bytes long"),
    ],
)
def test_only_the_wrong_one_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsWrong) as refused:
        keyring(**{name: value})
    assert str(refused.value) == f"NOTIFIER_SEAL__{name}: {says}."
