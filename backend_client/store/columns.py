"""What lists are narrowed by, each column of a whole collection as one piece, in the order of the lists.

SQLite needs a microsecond to look for a word in a row, and ten thousand rows are ten milliseconds. In one piece, any
word, if only of one letter, is found in all of them within two.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Collections whose lists are in the order of the backend. That of notices goes by time, and has indexes.
IN_ORDER = ("service-items", "policies", "townships", "departments")
#: A row: its position in `content`, until when it counts, and where its texts begin in those of all rows.
ROW = np.dtype([("position", "<u4"), ("ends_at", "S32"), ("words", "<u4"), ("department", "<u4")])
#: Ends each text; no question has it.
END = "\0"
#: Of texts: code units, so that places in them are numbers.
_ENCODING, _UNIT = "utf-16-le", np.dtype("<u2")

#: For each row of a collection, whether something is true.
Which: TypeAlias = NDArray[np.bool_]


def write_columns(connection: sqlite3.Connection, collection: str, language: str) -> None:
    """Put together the columns of a collection from its content, within a transaction of the caller."""
    if collection not in IN_ORDER:
        return
    content = connection.execute(
        "SELECT position, ends_at, words, department FROM content WHERE collection = ? AND language = ? "
        "ORDER BY position",
        (collection, language),
    ).fetchall()
    words, word_starts = _joined(row[2] for row in content)
    departments, department_starts = _joined(row[3] for row in content)
    rows = np.empty(len(content), ROW)
    rows["position"] = [row[0] for row in content]
    rows["ends_at"] = [row[1] for row in content]
    rows["words"], rows["department"] = word_starts, department_starts
    for name, data in (("rows", rows.tobytes()), ("words", words), ("department", departments)):
        connection.execute(
            "INSERT OR REPLACE INTO columns (collection, language, name, data) VALUES (?, ?, ?, ?)",
            (collection, language, name, data),
        )


class Columns:
    """The columns of one collection in one language. Every question is answered for all rows at once.

    Args:
        connection: within a transaction, so that what is read here and later fits together.
    """

    def __init__(self, connection: sqlite3.Connection, collection: str, language: str) -> None:
        self._connection = connection
        self._which = (collection, language)
        self._rows: NDArray[Any] = np.frombuffer(self._read("rows"), ROW)
        #: Texts of columns that were asked for: to read one takes longer than to look through it.
        self._texts: dict[str, NDArray[np.uint16]] = {}

    def not_over(self, moment: str) -> Which:
        """Which rows count at a moment in UTC, ISO 8601."""
        return np.asarray(self._rows["ends_at"] >= moment.encode(), np.bool_)

    def having(self, column: str, text: str) -> Which:
        """Which rows have this text, of one character at least, in their `words` or `department`."""
        if column not in self._texts:
            self._texts[column] = np.frombuffer(self._read(column), _UNIT)
        units = self._texts[column]
        first, *others = np.frombuffer(text.encode(_ENCODING), _UNIT)
        at = np.flatnonzero(units == first)
        for distance, unit in enumerate(others, 1):
            # What comes to the end of all texts has met `END`, and is left out before it could go further.
            at = at[units[at + distance] == unit]
        which = np.zeros(len(self._rows), np.bool_)
        which[np.searchsorted(self._rows[column], at, side="right") - 1] = True
        return which

    def positions(self, which: Which) -> list[int]:
        """Positions of these rows in `content`, in order."""
        found: list[int] = self._rows["position"][which].tolist()
        return found

    def _read(self, name: str) -> bytes:
        row = self._connection.execute(
            "SELECT data FROM columns WHERE collection = ? AND language = ? AND name = ?", (*self._which, name)
        ).fetchone()
        return row[0] if row else b""


def _joined(texts: Iterable[str]) -> tuple[bytes, list[int]]:
    """All texts in one, and where each begins in it."""
    pieces = [(text + END).encode(_ENCODING) for text in texts]
    starts = accumulate((len(piece) // _UNIT.itemsize for piece in pieces), initial=0)
    return b"".join(pieces), list(starts)[:-1]
