"""What of the content can be searched by questions: service items and policies.

An inverted index in tables of its own. SQLite's FTS5 needs 2 µs to weigh each place where a term stands, and a common
word stands in a thousand; here all places of a term are one array.
"""

from __future__ import annotations

import sqlite3

import numpy as np

from backend_client.store.content import Content
from backend_client.store.tokens import character_terms, single_characters, sound_terms

SEARCHED = ("service-items", "policies")
#: How much a term counts in the name, the keywords, the text, and the sound of name and keywords.
WEIGHTS = (6.0, 5.0, 1.5, 1.0)
#: A place where a term stands: the number in `searched`, how weightily it stands there, and how many terms are there.
PLACE = np.dtype([("item", "<u4"), ("frequency", "<f4"), ("length", "<u4")])


class Indexing:
    """Changes to the index of one collection in one language, within a transaction of its caller.

    They count once `finish` has been called.
    """

    def __init__(self, connection: sqlite3.Connection, collection: str, language: str) -> None:
        self._connection = connection
        self._collection = collection
        self._language = language
        self._added: dict[str, list[tuple[int, float, int]]] = {}
        self._removed: dict[str, list[int]] = {}

    def put(self, content: Content) -> None:
        """Put content into the index in place of what is there, where its collection is searched."""
        self.remove(content.key)
        if self._collection not in SEARCHED:
            return
        fields = _fields(content)
        frequencies: dict[str, float] = {}
        for terms, weight in zip(fields, WEIGHTS, strict=True):
            for term in terms:
                frequencies[term] = frequencies.get(term, 0.0) + weight
        length = sum(map(len, fields))
        item = self._insert(content.key, length, " ".join(frequencies))
        for term, frequency in frequencies.items():
            self._added.setdefault(term, []).append((item, frequency, length))
        self._resize(1, length)

    def remove(self, key: str) -> None:
        found = self._connection.execute(
            "DELETE FROM searched WHERE collection = ? AND language = ? AND key = ? RETURNING id, length, terms",
            (self._collection, self._language, key),
        ).fetchone()
        if found is None:
            return
        item, length, terms = found
        for term in terms.split():
            self._removed.setdefault(term, []).append(item)
        self._resize(-1, -length)

    def finish(self) -> None:
        """Write the places of every term that something has changed for, each once."""
        for term in self._added.keys() | self._removed.keys():
            which = (self._language, term)
            row = self._connection.execute(
                "SELECT places FROM postings WHERE language = ? AND term = ?", which
            ).fetchone()
            before = np.frombuffer(row[0] if row else b"", PLACE)
            # First what is added: a number may be free again, and given to something else, after its row is gone.
            kept = before[~np.isin(before["item"], self._removed.get(term, []))]
            after = np.concatenate([kept, np.array(self._added.get(term, []), PLACE)])
            if len(after):
                self._connection.execute("INSERT OR REPLACE INTO postings VALUES (?, ?, ?)", (*which, after.tobytes()))
            else:
                self._connection.execute("DELETE FROM postings WHERE language = ? AND term = ?", which)

    def _insert(self, key: str, length: int, terms: str) -> int:
        return int(
            self._connection.execute(
                "INSERT INTO searched (collection, language, key, length, terms) VALUES (?, ?, ?, ?, ?) RETURNING id",
                (self._collection, self._language, key, length, terms),
            ).fetchone()[0]
        )

    def _resize(self, items: int, length: int) -> None:
        self._connection.execute(
            "INSERT INTO sizes (language, items, length) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET items = items + excluded.items, length = length + excluded.length",
            (self._language, items, length),
        )


def _fields(content: Content) -> tuple[list[str], ...]:
    """Terms of the fields, in the order of `WEIGHTS`."""
    body = content.body
    name = body.get("name") or body.get("title") or ""
    words = "，".join(body["keywords"])
    text = "，".join([body["summary"], body.get("conditions", ""), *body.get("points", ())])
    return (
        character_terms(name) + single_characters(name),
        character_terms(words) + single_characters(words),
        character_terms(text),
        sound_terms(f"{name}，{words}"),
    )
