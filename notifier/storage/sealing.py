"""Personal data at rest: AES-256-GCM with the key's version inside, and keyed hashes where it is searched."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notifier.domain.errors import SettingsWrong

_NONCE = 12  # bytes, NIST SP 800-38D


@dataclass(frozen=True, repr=False)
class Keyring:
    """Sealing keys by version (32 bytes each; the highest seals, all open) and the key of the hashes.

    The hash key never changes with the sealing keys: lookups must find old rows.
    """

    keys: Mapping[int, bytes]
    hash_key: bytes
    _ciphers: dict[int, AESGCM] = field(init=False)

    def __post_init__(self) -> None:
        """Raises SettingsWrong on a missing key, a wrong length or a version outside 1-255."""
        if not self.keys or any(len(key) != 32 or not 0 < version < 256 for version, key in self.keys.items()):
            raise SettingsWrong("Sealing keys must be 32 bytes each, with versions 1 to 255.")
        object.__setattr__(self, "_ciphers", {version: AESGCM(key) for version, key in self.keys.items()})

    def __repr__(self) -> str:
        """Versions only."""
        return f"Keyring(versions={sorted(self.keys)})"

    def seal(self, plain: str, context: str) -> bytes:
        """One byte of key version, the nonce, the ciphertext; bound to `context`, so columns cannot be swapped."""
        version = max(self.keys)
        nonce = os.urandom(_NONCE)
        return bytes((version,)) + nonce + self._ciphers[version].encrypt(nonce, plain.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """The text again. Raises SettingsWrong when its key is not in the ring."""
        cipher = self._ciphers.get(sealed[0])
        if cipher is None:
            raise SettingsWrong(f"No sealing key of version {sealed[0]}: restore it in NOTIFIER_SEAL__KEYS.")
        return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], context.encode()).decode()

    def hash(self, purpose: str, value: str) -> str:
        """Keyed hash (HMAC-SHA256, hex) to search by without reading; `purpose` keeps hashes of a kind apart."""
        return hmac.new(self.hash_key, f"{purpose}\0{value}".encode(), sha256).hexdigest()
