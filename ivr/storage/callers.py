"""What is kept of callers between calls: what they agreed to have remembered, and where a call broke off.

A small SQLite file of its own on the machine of the line workers, not the database of the call log: a call begins with
a look into it, and must not wait for another machine. A number is a keyed hash here, and every value is sealed with the
key of the data folder, so that the file without the key tells nothing about anybody.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ivr.call.ports import Recalled

log = logging.getLogger(__name__)

#: Longest wait for another worker that writes, in seconds: a caller hears the ringing tone meanwhile.
_PATIENCE_S = 0.25
#: More than this of one caller is not kept, in characters of JSON.
_LARGEST = 100_000
_DAY_S = 86_400
_SCHEMA = """
CREATE TABLE IF NOT EXISTS caller_memory (
    caller_hash TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('profile', 'parked')),
    sealed TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (caller_hash, what)
) WITHOUT ROWID
"""


class Seal(Protocol):
    """The part of `ivr.privacy.CallerKey` that is needed."""

    def hash(self, number: str) -> str: ...

    def seal(self, number: str) -> str: ...

    def unseal(self, sealed: str) -> str: ...


class CallerStore:
    """Implements `ivr.call.ports.CallerMemory`.

    Args:
        path: the file; made with its folder when something is first written or read.
        now: seconds since the epoch.
    """

    def __init__(self, path: Path, key: Seal, now: Callable[[], float]) -> None:
        self._path = path
        self._key = key
        self._now = now

    def recall(self, caller: str) -> Recalled:
        """See the port. What has expired is deleted on the way."""
        rows: dict[str, str] = {}
        with self._access(caller) as (database, caller_hash):
            database.execute("DELETE FROM caller_memory WHERE expires_at <= ?", (self._now(),))
            found = database.execute("SELECT what, sealed FROM caller_memory WHERE caller_hash = ?", (caller_hash,))
            rows = dict(found.fetchall())
            if "parked" in rows:
                database.execute("DELETE FROM caller_memory WHERE caller_hash = ? AND what = 'parked'", (caller_hash,))
        return Recalled(self._opened(rows.get("profile")) or {}, self._opened(rows.get("parked")))

    def remember(self, caller: str, values: Mapping[str, Any], days: int) -> None:
        self._keep(caller, "profile", values, days * _DAY_S)

    def forget(self, caller: str) -> None:
        with self._access(caller) as (database, caller_hash):
            database.execute("DELETE FROM caller_memory WHERE caller_hash = ?", (caller_hash,))

    def park(self, caller: str, state: Mapping[str, Any], keep_ms: int) -> None:
        self._keep(caller, "parked", state, keep_ms / 1000)

    def _keep(self, caller: str, what: str, value: Mapping[str, Any], seconds: float) -> None:
        text = json.dumps(value, ensure_ascii=False)
        if len(text) > _LARGEST:
            log.warning("a caller's %s is too large to be kept: %d characters", what, len(text))
            return
        with self._access(caller) as (database, caller_hash):
            database.execute(
                "INSERT OR REPLACE INTO caller_memory VALUES (?, ?, ?, ?)",
                (caller_hash, what, self._key.seal(text), self._now() + seconds),
            )

    def _opened(self, sealed: str | None) -> dict[str, Any] | None:
        if sealed is None:
            return None
        try:
            value = json.loads(self._key.unseal(sealed))
        except ValueError as error:
            log.warning("what was kept of a caller cannot be read: %s", error)
            return None
        return value if isinstance(value, dict) else None

    @contextmanager
    def _access(self, caller: str) -> Iterator[tuple[sqlite3.Connection, str]]:
        """One transaction for a caller. A caller without a number, and a file that fails, have an empty memory."""
        caller_hash = self._key.hash(caller)
        database = self._connection() if caller_hash else _nowhere()
        try:
            with database:
                yield database, caller_hash
        except sqlite3.Error as error:
            log.error("the memory of callers failed: %s", error)
        finally:
            database.close()

    def _connection(self) -> sqlite3.Connection:
        """A connection for one transaction: workers share the file, and hold nothing between calls."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=_PATIENCE_S)
        except (sqlite3.Error, OSError) as error:
            log.error("the memory of callers cannot be opened: %s", error)
            return _nowhere()
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute(_SCHEMA)
        except sqlite3.Error as error:
            log.error("the memory of callers cannot be used: %s", error)
            database.close()
            return _nowhere()
        return database


def _nowhere() -> sqlite3.Connection:
    """An empty memory for those of whom nothing can be kept."""
    database = sqlite3.connect(":memory:")
    database.execute(_SCHEMA)
    return database
