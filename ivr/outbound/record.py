"""What the gateway knows of the calls that it has placed: tries, what is still to be reported, and who wants none.

A small SQLite file. Numbers are keyed hashes in it; a try is written before the telephone rings, so that a gateway that
breaks off never calls the same person twice in a row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ivr.outbound.rules import Outcome, Try

_PATIENCE_S = 5.0
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS tries (
        number INTEGER PRIMARY KEY,
        wanted TEXT NOT NULL,
        at TEXT NOT NULL,
        outcome TEXT NOT NULL DEFAULT '',
        reported INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX IF NOT EXISTS tries_of_wanted ON tries (wanted, number)",
    "CREATE TABLE IF NOT EXISTS not_wanted (person TEXT PRIMARY KEY, since TEXT NOT NULL) WITHOUT ROWID",
)


@dataclass(frozen=True)
class Unreported:
    """A try that the backend does not know of yet."""

    number: int
    wanted: str
    at: datetime
    outcome: Outcome


class Record:
    """The file.

    Args:
        path: made with its folder when something is first written or read.
        hash_number: keyed hash of a telephone number.

    All methods raise sqlite3.Error and OSError: without this record nobody is called.
    """

    def __init__(self, path: Path, hash_number: Callable[[str], str]) -> None:
        self._path = path
        self._hash = hash_number

    def tries(self, wanted: str) -> list[Try]:
        """All tries about a matter, the oldest first."""
        with self._transaction() as database:
            rows = database.execute("SELECT at, outcome FROM tries WHERE wanted = ? ORDER BY number", (wanted,))
            return [Try(datetime.fromisoformat(at), outcome) for at, outcome in rows]

    def since(self, moment: datetime) -> int:
        """How many calls were placed since a moment."""
        with self._transaction() as database:
            found = database.execute("SELECT count(*) FROM tries WHERE at >= ?", (_utc(moment),)).fetchone()
            return int(found[0])

    def begin(self, wanted: str, at: datetime) -> int:
        """Write down that somebody is about to be called. Return the number of the try."""
        with self._transaction() as database:
            cursor = database.execute("INSERT INTO tries (wanted, at) VALUES (?, ?)", (wanted, _utc(at)))
            assert cursor.lastrowid is not None
            return cursor.lastrowid

    def end(self, number: int, outcome: Outcome) -> None:
        """Write down how a try ended. What is no news for the backend counts as reported."""
        with self._transaction() as database:
            reported = outcome in ("", "failed")
            database.execute("UPDATE tries SET outcome = ?, reported = ? WHERE number = ?", (outcome, reported, number))

    def unreported(self) -> list[Unreported]:
        """What the backend is still to be told, the oldest first."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT number, wanted, at, outcome FROM tries WHERE NOT reported AND outcome != '' ORDER BY number"
            )
            return [Unreported(number, wanted, datetime.fromisoformat(at), out) for number, wanted, at, out in rows]

    def reported(self, number: int) -> None:
        """The backend knows it."""
        with self._transaction() as database:
            database.execute("UPDATE tries SET reported = 1 WHERE number = ?", (number,))

    def forget_before(self, moment: datetime) -> None:
        """Delete tries that matter to nobody any more. Who wants no calls stays."""
        with self._transaction() as database:
            database.execute("DELETE FROM tries WHERE at < ? AND reported", (_utc(moment),))

    def wants_none(self, number: str) -> bool:
        """Whether a number wants no calls."""
        with self._transaction() as database:
            found = database.execute("SELECT 1 FROM not_wanted WHERE person = ?", (self._hash(number),)).fetchone()
            return found is not None

    def call_no_more(self, number: str, at: datetime) -> None:
        """A number wants no calls from now on."""
        with self._transaction() as database:
            database.execute("INSERT OR IGNORE INTO not_wanted VALUES (?, ?)", (self._hash(number), _utc(at)))

    def call_again(self, number: str) -> bool:
        """A number may be called again. Return whether it was kept out."""
        with self._transaction() as database:
            gone = database.execute("DELETE FROM not_wanted WHERE person = ?", (self._hash(number),)).rowcount
            return gone > 0

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=_PATIENCE_S)) as database, database:
            for statement in _SCHEMA:
                database.execute(statement)
            yield database


#: Tries are kept so long.
KEPT_FOR = timedelta(days=90)


def _utc(moment: datetime) -> str:
    """Of one length and offset, so that texts compare like moments."""
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")
