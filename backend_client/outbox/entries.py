"""What lies in the outbox, and the SQLite file in which it lies."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from backend_client.sealing import UNSEALED, Sealing

State = Literal["waiting", "delivered", "refused"]
VERSION = 1

_TABLES = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, data TEXT NOT NULL, call_id TEXT NOT NULL, reference TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE, left_at TEXT NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL, next_try_at TEXT NOT NULL, problem TEXT NOT NULL, settled_at TEXT
);
CREATE INDEX entries_in_order ON entries (state, number);
CREATE TABLE files (
    entry INTEGER NOT NULL REFERENCES entries (number), recording TEXT PRIMARY KEY, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_of_entry ON files (entry);
CREATE TABLE counts (day TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class KeptFile:
    """A recording in the outbox.

    Attributes:
        recording: its id at the backend, and the stem of its file's name.
        size: bytes.
        sha256: of the whole file.
    """

    recording: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Entry:
    """One thing that a caller left.

    Attributes:
        number: grows; the order of delivery.
        kind: what it is: `appeal`, `recording`, `message`, `callback`, `rating`, `reminder`.
        data: as it was left; empty when it was delivered long ago.
        reference: the ticket that the caller heard.
        key: idempotency key.
        problem: why it was not delivered yet, empty if nothing is wrong.
        settled_at: when it was delivered or refused.
        locked: our keys do not open its data, which is empty then.
    """

    number: int
    kind: str
    data: dict[str, Any]
    call_id: str
    reference: str
    key: str
    left_at: datetime
    state: State
    tries: int
    next_try_at: datetime
    problem: str
    settled_at: datetime | None
    files: tuple[KeptFile, ...] = ()
    locked: bool = False


class Entries:
    """The file. One connection, for one thread.

    Args:
        sealing: opens what is sealed.

    Raises:
        sqlite3.Error, OSError: it cannot be used.
    """

    def __init__(self, file: Path, sealing: Sealing = UNSEALED) -> None:
        self._sealing = sealing
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A commit is on the disk when it returns: a caller hears the confirmation right after.
        self._connection.execute("PRAGMA synchronous = FULL")
        with self.transaction():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _TABLES.split(";"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise sqlite3.DatabaseError(f"{file}: an outbox of version {version}, not {VERSION}")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything in the block, or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def waiting(self) -> list[Entry]:
        """What is to be delivered, in order."""
        return self._read("WHERE state = 'waiting' ORDER BY number")

    def latest(self, most: int, state: State | None = None) -> list[Entry]:
        """The latest first."""
        if state is None:
            return self._read("ORDER BY number DESC LIMIT ?", most)
        return self._read("WHERE state = ? ORDER BY number DESC LIMIT ?", state, most)

    def find(self, reference: str) -> Entry | None:
        return next(iter(self._read("WHERE reference = ?", reference)), None)

    def delivered(self, entry: Entry, now: datetime) -> None:
        with self.transaction() as connection:
            connection.execute(
                "UPDATE entries SET state = 'delivered', tries = tries + 1, problem = '', settled_at = ? "
                "WHERE number = ?",
                (now.isoformat(), entry.number),
            )

    def refused(self, entry: Entry, problem: str, now: datetime) -> None:
        """The backend will never take it as it is: a person must look at it."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE entries SET state = 'refused', tries = tries + 1, problem = ?, settled_at = ? WHERE number = ?",
                (problem, now.isoformat(), entry.number),
            )

    def failed(self, entry: Entry, problem: str, next_try_at: datetime) -> None:
        with self.transaction() as connection:
            connection.execute(
                "UPDATE entries SET tries = tries + 1, problem = ?, next_try_at = ? WHERE number = ?",
                (problem, next_try_at.isoformat(), entry.number),
            )

    def retry(self, reference: str, now: datetime) -> bool:
        """Let something be tried again at once. False if there is nothing undelivered with this reference."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "UPDATE entries SET state = 'waiting', next_try_at = ?, settled_at = NULL "
                "WHERE reference = ? AND state != 'delivered'",
                (now.isoformat(), reference),
            )
            return cursor.rowcount > 0

    def forget(self, before: datetime) -> int:
        """Empty what was delivered before a moment: what callers said is not kept longer than it is needed."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "UPDATE entries SET data = '{}' WHERE state = 'delivered' AND settled_at < ? AND data != '{}'",
                (before.isoformat(),),
            )
            return cursor.rowcount

    def recordings(self) -> set[str]:
        """Recordings that belong to something undelivered."""
        rows = self._connection.execute(
            "SELECT recording FROM files JOIN entries ON number = entry WHERE state != 'delivered'"
        )
        return {recording for (recording,) in rows}

    def _read(self, where: str, *values: Any) -> list[Entry]:
        rows = self._connection.execute(
            "SELECT number, kind, data, call_id, reference, key, left_at, state, tries, next_try_at, problem, "
            f"settled_at FROM entries {where}",
            values,
        ).fetchall()
        return [self._entry(row) for row in rows]

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        number, kind, data, call_id, reference, key, left_at, state, tries, next_try_at, problem, settled_at = row
        files = self._connection.execute(
            "SELECT recording, size, sha256 FROM files WHERE entry = ? ORDER BY recording", (number,)
        )
        opened = self._opened(data)
        return Entry(
            number,
            kind,
            opened or {},
            call_id,
            reference,
            key,
            datetime.fromisoformat(left_at),
            state,
            tries,
            datetime.fromisoformat(next_try_at),
            problem,
            datetime.fromisoformat(settled_at) if settled_at else None,
            tuple(KeptFile(*each) for each in files),
            locked=opened is None,
        )

    def _opened(self, data: str) -> dict[str, Any] | None:
        """The data of an entry; what was written before anything was sealed is JSON as it stands."""
        try:
            opened: dict[str, Any] = json.loads(data if data.startswith("{") else self._sealing.open_text(data))
        except ValueError:
            return None
        return opened
