"""Questions in everyday words, answered by the service items and policies that they may be about.

A question becomes terms: pairs of characters, single characters, blurred pairs of syllables, and the official words for
what people say (`synonyms.yaml`). The best matches by BM25 (SQLite FTS5) come first; what was only heard alike counts
less than what was said alike.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from backend_client.store.tokens import character_terms, single_characters, sound_terms

#: How much a match in name, keywords, text and sound counts.
WEIGHTS = (6.0, 5.0, 1.5, 1.0)
#: How much official words count that were not said but stand for what was.
MEANT_WEIGHT = 1.2
#: No more terms than these go into one question: the rarest ones say most.
MOST_TERMS = 24
#: In a large collection, terms are taken, the rarest first, until they stand in so many places together: what stands
#: everywhere says little, and each place is weighed.
MOST_PLACES = 500
#: But never fewer terms than these.
LEAST_TERMS = 2
#: A collection is large that has more than this; a county's own few hundred items are all weighed.
LARGE = 1000
#: Matches that are much worse than the best are not offered.
LEAST_SHARE = 0.3


@dataclass(frozen=True)
class Found:
    """Something that may be the answer.

    Attributes:
        score: larger is better; only comparable within one question.
    """

    collection: str
    key: str
    score: float


@dataclass(frozen=True)
class Lexicon:
    """What people say, and what it is called.

    Attributes:
        fillers: what says nothing about the subject.
        meanings: what is said to the official words.
    """

    fillers: re.Pattern[str]
    meanings: Mapping[str, str]


@cache
def lexicon() -> Lexicon:
    data = YAML(typ="safe").load((resources.files("backend_client.store") / "synonyms.yaml").read_text("utf-8"))
    fillers = "|".join(sorted((re.escape(each) for each in data["fillers"]), key=len, reverse=True))
    meanings = {said: entry["mean"] for entry in data["synonyms"] for said in entry["say"]}
    return Lexicon(re.compile(fillers), meanings)


def search(connection: sqlite3.Connection, question: str, language: str, most: int) -> list[Found]:
    """Return what the question may be about, the best first."""
    said = lexicon().fillers.sub("，", question)
    meant = "，".join(meaning for word, meaning in lexicon().meanings.items() if word in question)
    scores: dict[tuple[str, str], float] = {}
    for text, weight in ((said, 1.0), (meant, MEANT_WEIGHT)):
        for found in _matches(connection, text, language):
            place = (found.collection, found.key)
            scores[place] = scores.get(place, 0.0) + weight * found.score
    ranked = sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))[:most]
    return [Found(*place, score) for place, score in ranked if score >= LEAST_SHARE * ranked[0][1]]


def _matches(connection: sqlite3.Connection, text: str, language: str) -> list[Found]:
    terms = [*character_terms(text), *single_characters(text)]
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM searched").fetchone()
    is_large = last > LARGE
    query = [
        *_any(connection, "{name words text}", terms, is_large),
        *_any(connection, "{sound}", sound_terms(text), is_large),
    ]
    if not query:
        return []
    rows = connection.execute(
        "SELECT searched.collection, searched.key, -bm25(search, ?, ?, ?, ?) AS score FROM search "
        "JOIN searched ON searched.id = search.rowid "
        "WHERE search MATCH ? AND searched.language = ? ORDER BY score DESC LIMIT 30",
        (*WEIGHTS, " OR ".join(query), language),
    )
    return [Found(*row) for row in rows]


def _any(connection: sqlite3.Connection, columns: str, terms: Iterable[str], is_large: bool) -> list[str]:
    """Return a query for the rarest of the terms, nothing if none is in the index."""
    frequencies = {}
    for term in dict.fromkeys(terms):
        row = connection.execute("SELECT doc FROM search_terms WHERE term = ?", (term,)).fetchone()
        if row:
            frequencies[term] = row[0]
    taken: list[str] = []
    places = 0
    for term in sorted(frequencies, key=lambda term: frequencies[term])[:MOST_TERMS]:
        places += frequencies[term]
        if is_large and places > MOST_PLACES and len(taken) >= LEAST_TERMS:
            break
        taken.append(term)
    return [f"{columns} : ({' OR '.join(f'{chr(34)}{term}{chr(34)}' for term in taken)})"] if taken else []
