"""Counts wrong tries about a person across calls and line workers, in a small SQLite file.

A person is a keyed hash there: the file without the key tells nobody's telephone number.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_logger = logging.getLogger(__name__)

#: Longest wait for another worker that writes, in seconds.
_PATIENCE_S = 0.25
_SCHEMA = """
CREATE TABLE IF NOT EXISTS wrong_tries (
    subject TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    expires_at REAL NOT NULL
) WITHOUT ROWID
"""


class Attempts:
    """Wrong tries, each forgotten a while after the last one.

    Args:
        path: the file; made with its folder when something is first written or read.
        key: 32 bytes, for nothing else.
        now: seconds since the epoch.
        most: so many wrong tries lock.
        lock_s: seconds for which a lock holds after the last wrong try.
    """

    def __init__(self, path: Path, key: bytes, now: Callable[[], float], *, most: int, lock_s: float) -> None:
        self._path = path
        self._key = key
        self._now = now
        self._most = most
        self._lock_s = lock_s

    def is_locked(self, person: str) -> bool:
        """Whether nothing is to be told about a person now. True when that cannot be known: what cannot be counted
        could be tried for ever."""
        try:
            with self._transaction() as database:
                count = database.execute(
                    "SELECT count FROM wrong_tries WHERE subject = ?", (self._subject(person),)
                ).fetchone()
        except (sqlite3.Error, OSError) as error:
            _logger.error("wrong tries cannot be read, so nobody is told about themselves: %s", error)
            return True
        return bool(count and count[0] >= self._most)

    def failed(self, person: str) -> None:
        """Count a wrong try."""
        self._write(
            "INSERT INTO wrong_tries VALUES (:subject, 1, :expires_at) ON CONFLICT (subject) DO UPDATE "
            "SET count = count + 1, expires_at = :expires_at",
            person,
        )

    def succeeded(self, person: str) -> None:
        """Forget wrong tries: the numbers match."""
        self._write("DELETE FROM wrong_tries WHERE subject = :subject", person)

    def _write(self, statement: str, person: str) -> None:
        values = {"subject": self._subject(person), "expires_at": self._now() + self._lock_s}
        try:
            with self._transaction() as database:
                database.execute(statement, values)
        except (sqlite3.Error, OSError) as error:
            _logger.error("wrong tries cannot be counted: %s", error)

    def _subject(self, person: str) -> str:
        return hmac.new(self._key, person.encode(), hashlib.sha256).hexdigest()[:32]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction, in which what has expired is gone. Workers share the file, and hold nothing in between."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=_PATIENCE_S)) as database, database:
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute(_SCHEMA)
            database.execute("DELETE FROM wrong_tries WHERE expires_at <= ?", (self._now(),))
            yield database
