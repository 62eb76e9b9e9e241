"""The last known answers about single cases, for when the backend cannot be asked: sealed, and deleted after a while.

One file for each answer, named by a keyed hash of the question: nobody can read from the folder who asked for what.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

_logger = logging.getLogger(__name__)

#: What is remembered: where something stands that a caller has a number for. Nothing that a PIN protects.
REMEMBERED = frozenset({"get_case", "get_appeal", "get_appointment"})
_KEY_BYTES = 32


@dataclass(frozen=True)
class Known:
    """An answer from before.

    Attributes:
        as_of: when it was given, with an offset.
    """

    data: dict[str, Any]
    as_of: datetime


class KnownAnswers:
    """Remembers answers in a folder.

    Args:
        folder: made when something is remembered.
        key_file: the key that seals them, made when absent, readable by its owner only.
        now: the moment, with an offset.
        keep: how long an answer is worth something.

    Raises:
        OSError, ValueError: the key cannot be read or made.
    """

    def __init__(self, folder: Path, key_file: Path, now: Callable[[], datetime], keep: timedelta) -> None:
        key = _read_or_make(key_file)
        self._folder = folder
        self._seal = Fernet(urlsafe_b64encode(hashlib.sha256(b"seal" + key).digest()))
        self._name_key = hashlib.sha256(b"name" + key).digest()
        self._now = now
        self._keep = keep

    def remember(self, operation: str, arguments: Mapping[str, Any], language: str, data: dict[str, Any]) -> None:
        """Remember an answer, if it is of a kind that is remembered. Never raises: it is only for bad days."""
        if operation not in REMEMBERED:
            return
        file = self._file(operation, arguments, language)
        text = json.dumps({"as_of": self._now().isoformat(), "data": data}, ensure_ascii=False)
        fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(self._seal.encrypt(text.encode()))
            fresh.replace(file)
        except OSError as error:
            _logger.warning("an answer could not be remembered: %s", error)

    def recall(self, operation: str, arguments: Mapping[str, Any], language: str) -> Known | None:
        """Return the last answer, None if there is none that is still worth something."""
        if operation not in REMEMBERED:
            return None
        try:
            sealed = self._file(operation, arguments, language).read_bytes()
            told = json.loads(self._seal.decrypt(sealed))
        except (OSError, InvalidToken, ValueError):
            return None
        as_of = datetime.fromisoformat(told["as_of"])
        return Known(told["data"], as_of) if self._now() - as_of <= self._keep else None

    def forget(self, operation: str, arguments: Mapping[str, Any], language: str) -> None:
        """Forget an answer: the backend says that there is no such thing any more."""
        if operation in REMEMBERED:
            self._file(operation, arguments, language).unlink(missing_ok=True)

    def forget_old(self) -> int:
        """Delete what is worth nothing any more. Return how much that was."""
        oldest = (self._now() - self._keep).timestamp()
        gone = 0
        for file in self._folder.glob("*"):
            try:
                if file.stat().st_mtime < oldest:
                    file.unlink()
                    gone += 1
            except OSError:
                continue
        return gone

    def _file(self, operation: str, arguments: Mapping[str, Any], language: str) -> Path:
        asked = {name: str(value) for name, value in arguments.items() if value not in (None, "")}
        written = json.dumps([operation, language, asked], ensure_ascii=False, sort_keys=True)
        return self._folder / hmac.new(self._name_key, written.encode(), hashlib.sha256).hexdigest()


def _read_or_make(key_file: Path) -> bytes:
    try:
        key = key_file.read_bytes()
    except FileNotFoundError:
        key_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = key_file.with_name(f"{key_file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            # Two workers may start at once; the first key stays.
            os.link(fresh, key_file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        key = key_file.read_bytes()
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{key_file}: is not a key of {_KEY_BYTES} bytes")
    return key
