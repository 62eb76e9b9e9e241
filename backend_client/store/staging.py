"""Changes on their way into the store: collected page by page, then put in place all at once.

A synchronisation that is cut off goes on where it was: the pages that came are kept, with the token for the next one.
Readers see the content before or after, never something in between.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from backend_client.results import Changes
from backend_client.store.columns import write_columns
from backend_client.store.content import BadContentError, Content, read_content
from backend_client.store.indexing import Indexing

_logger = logging.getLogger(__name__)

#: A page of which more than this share is not what the contract promises is not believed at all.
MOST_BAD = 0.2
#: Content of which more than this share would vanish at once is kept, unless there is little of it.
MOST_GONE = 0.5
LITTLE = 20


class UnbelievableError(Exception):
    """What the backend sends would do more harm than good. The message is for operators."""


@dataclass(frozen=True)
class Position:
    """Where synchronisation of a collection stands.

    Attributes:
        since: token to ask with; None asks for everything.
    """

    since: str | None


class Staging:
    """Staging of one collection in one language."""

    def __init__(self, connection: sqlite3.Connection, collection: str, language: str) -> None:
        self._connection = connection
        self._which = (collection, language)
        self._collection = collection
        connection.execute("INSERT OR IGNORE INTO state (collection, language) VALUES (?, ?)", self._which)

    def position(self) -> Position:
        token, staged = self._connection.execute(
            "SELECT token, staged_token FROM state WHERE collection = ? AND language = ?", self._which
        ).fetchone()
        return Position(staged or token)

    def start_again(self) -> None:
        """Forget the tokens, so that everything is asked for. The content stays until it is replaced."""
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.execute("DELETE FROM staged WHERE collection = ? AND language = ?", self._which)
            self._connection.execute(
                "UPDATE state SET token = NULL, staged_token = NULL WHERE collection = ? AND language = ?", self._which
            )

    def add(self, changes: Changes) -> None:
        """Keep a page.

        Raises:
            UnbelievableError: too much of it is not what the contract promises.
        """
        bad = 0
        rows: list[tuple[str, str | None]] = []
        for change in changes.changes:
            if change.content is None:
                rows.append((change.key, None))
                continue
            try:
                content = read_content(self._collection, change.key, change.content)
            except BadContentError as error:
                bad += 1
                _logger.warning("synchronisation: left out: %s", error)
                continue
            rows.append((change.key, json.dumps(content.body, ensure_ascii=False)))
        if bad > MOST_BAD * len(changes.changes):
            raise UnbelievableError(f"{self._collection}: {bad} of {len(changes.changes)} are not as promised")
        with self._connection:
            self._connection.execute("BEGIN")
            (token, staged_token, position) = self._connection.execute(
                "SELECT token, staged_token, (SELECT COALESCE(MAX(position), 0) FROM staged "
                "WHERE collection = state.collection AND language = state.language) "
                "FROM state WHERE collection = ? AND language = ?",
                self._which,
            ).fetchone()
            self._connection.executemany(
                "INSERT OR REPLACE INTO staged (collection, language, key, position, body) VALUES (?, ?, ?, ?, ?)",
                [(*self._which, key, position + number, body) for number, (key, body) in enumerate(rows, 1)],
            )
            self._connection.execute(
                "UPDATE state SET staged_token = ?, staged_from_start = CASE WHEN ? THEN ? ELSE staged_from_start END "
                "WHERE collection = ? AND language = ?",
                (changes.token, staged_token is None, token is None, *self._which),
            )

    def put_in_place(self, now: datetime, *, trust: bool = False) -> int:
        """Make what was collected the content, in one transaction. Return how much changed.

        Args:
            trust: let much vanish at once.

        Raises:
            UnbelievableError: too much would vanish. What was collected is forgotten.
        """
        connection, which = self._connection, self._which
        indexing = Indexing(connection, *which)
        try:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                from_start, before = self._find_gone()
                removed = self._remove_gone(indexing)
                if before >= LITTLE and removed > MOST_GONE * before and not trust:
                    raise UnbelievableError(
                        f"{self._collection}: {removed} of {before} would vanish at once; "
                        "if that is right, run ivr sync --once --trust"
                    )
                changed, moved = self._take_over(from_start, indexing)
                indexing.finish()
                if removed or changed or moved:
                    write_columns(connection, *which)
                connection.execute("DELETE FROM staged WHERE collection = ? AND language = ?", which)
                connection.execute(
                    "UPDATE state SET token = staged_token, staged_token = NULL, staged_from_start = 0, synced_at = ? "
                    "WHERE collection = ? AND language = ?",
                    (now.isoformat(), *which),
                )
                return removed + changed
        except UnbelievableError:
            self.start_again()
            raise

    def _find_gone(self) -> tuple[bool, int]:
        """Stage the end of everything that a whole synchronisation did not bring.

        Return whether it was a whole one, and how much content there is.
        """
        (from_start,) = self._connection.execute(
            "SELECT staged_from_start FROM state WHERE collection = ? AND language = ?", self._which
        ).fetchone()
        (before,) = self._connection.execute(
            "SELECT COUNT(*) FROM content WHERE collection = ? AND language = ?", self._which
        ).fetchone()
        if from_start:
            self._connection.execute(
                "INSERT INTO staged (collection, language, key, position, body) "
                "SELECT collection, language, key, 0, NULL FROM content WHERE collection = ? AND language = ? "
                "AND key NOT IN (SELECT key FROM staged WHERE collection = ? AND language = ?)",
                (*self._which, *self._which),
            )
        return bool(from_start), int(before)

    def _remove_gone(self, indexing: Indexing) -> int:
        gone = self._connection.execute(
            "SELECT staged.key FROM staged JOIN content USING (collection, language, key) "
            "WHERE collection = ? AND language = ? AND staged.body IS NULL",
            self._which,
        ).fetchall()
        for (key,) in gone:
            indexing.remove(key)
        self._connection.executemany(
            "DELETE FROM content WHERE collection = ? AND language = ? AND key = ?",
            [(*self._which, key) for (key,) in gone],
        )
        return len(gone)

    def _take_over(self, from_start: bool, indexing: Indexing) -> tuple[int, int]:
        """Write what is staged into the content. What comes new in a delta goes to the end of the order.

        Return how much is new or different, and how much is the same in another place.
        """
        (last,) = self._connection.execute(
            "SELECT COALESCE(MAX(position), 0) FROM content WHERE collection = ? AND language = ?", self._which
        ).fetchone()
        rows = self._connection.execute(
            "SELECT staged.key, staged.position, staged.body, content.position, content.body FROM staged "
            "LEFT JOIN content USING (collection, language, key) "
            "WHERE collection = ? AND language = ? AND staged.body IS NOT NULL ORDER BY staged.position",
            self._which,
        )
        changed = moved = 0
        for key, staged_position, body, position, before in rows.fetchall():
            place = staged_position if from_start else (last + staged_position if position is None else position)
            if body != before:
                content = read_content(self._collection, key, json.loads(body))
                self._write(content, place)
                indexing.put(content)
                changed += 1
            elif place != position:
                self._connection.execute(
                    "UPDATE content SET position = ? WHERE collection = ? AND language = ? AND key = ?",
                    (place, *self._which, key),
                )
                moved += 1
        return changed, moved

    def _write(self, content: Content, position: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO content (collection, language, key, position, kind, township, department, "
            "starts_at, ends_at, words, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *self._which,
                content.key,
                position,
                content.kind,
                content.township,
                content.department,
                content.starts_at,
                content.ends_at,
                content.words,
                json.dumps(content.body, ensure_ascii=False),
            ),
        )
