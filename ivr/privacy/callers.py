"""The secret by which callers are recognised and what they must keep to themselves is sealed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

from ivr.privacy.keyfile import Key, KeyFileError, read, read_or_make
from ivr.privacy.masks import plain_number
from ivr.privacy.seals import Seal, UnsealError, derived

#: `v1.` knows one key; `v2.NAME.` says which one of the file sealed it.
_ONE_KEY, _NAMED_KEY = "v1.", "v2."
_PURPOSE = b"xiangyin caller seal"


class CallerKey:
    """Without the file nobody can tell from a hash whose number it is, not even by trying all numbers; with it, anybody
    can. It is kept apart from the database and its backups.

    Args:
        key_file: see `ivr.privacy.keyfile`; made, with a new random key and for the owner's eyes only, when missing.

    Raises:
        KeyFileError: others may read the file, or it holds no key.
        OSError: it cannot be read or made.
    """

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        keys = read_or_make(key_file)
        self._hash_key = derived(keys[-1].master, b"xiangyin caller hash")
        self._seals = _seals(keys)
        self._newest = keys[0].name

    def hash(self, number: str) -> str:
        """16 hexadecimal digits that are the same for the same caller (HMAC-SHA256); empty for a withheld number."""
        plain = plain_number(number)
        if not plain:
            return ""
        return hmac.new(self._hash_key, plain.encode(errors="replace"), hashlib.sha256).hexdigest()[:16]

    def seal(self, text: str) -> str:
        """The text as one that only this key file can open; empty for an empty one."""
        if not text:
            return ""
        sealed = self._seals[self._newest].close(text.encode(errors="replace"), self._newest.encode())
        return f"{_NAMED_KEY}{self._newest}.{base64.urlsafe_b64encode(sealed).decode()}"

    @staticmethod
    def is_sealed(text: str) -> bool:
        """Whether a text has the form of a sealed one."""
        return text.startswith((_ONE_KEY, _NAMED_KEY))

    def unseal(self, sealed: str) -> str:
        """The text again.

        Raises:
            UnsealError: a key that is not in the file sealed it, or it was changed.
        """
        if not sealed:
            return ""
        try:
            return self._opened(sealed).decode()
        except (ValueError, KeyFileError, OSError) as error:
            raise UnsealError("号码解不开：密钥不同或内容被改动 / sealed with another key, or changed") from error

    def _opened(self, sealed: str) -> bytes:
        if sealed.startswith(_ONE_KEY):
            # Only the first key there was has sealed like this.
            *_, first = self._seals.values()
            return first.open(_decoded(sealed.removeprefix(_ONE_KEY)))
        version, _, rest = sealed.partition(".")
        name, dot, body = rest.partition(".")
        if f"{version}." != _NAMED_KEY or not dot:
            raise UnsealError("unknown form")
        if name not in self._seals:
            # The key may have been made by `ivr keys rotate` while this process runs.
            self._seals = _seals(read(self._key_file))
        if name not in self._seals:
            raise UnsealError("unknown key")
        return self._seals[name].open(_decoded(body), name.encode())


def derived_key(key_file: Path, purpose: str) -> bytes:
    """A 32-byte key for one purpose, from the same file; it tells nothing of the keys for others, and stays the same.

    Raises:
        KeyFileError, OSError: as `CallerKey`.
    """
    return derived(read_or_make(key_file)[-1].master, f"xiangyin {purpose}".encode())


def _seals(keys: list[Key]) -> dict[str, Seal]:
    """Name to seal, the newest first."""
    return {key.name: key.seal(_PURPOSE) for key in keys}


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
