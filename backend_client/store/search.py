"""Questions in everyday words, answered by the service items and policies that they may be about.

A question becomes terms: pairs of characters, single characters, blurred pairs of syllables, and the official words for
what people say (`synonyms.yaml`). The best matches come first, by Okapi BM25 (Robertson and Zaragoza, 2009, section 3);
what was only heard alike counts less than what was said alike.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from backend_client.store.indexing import PLACE
from backend_client.store.tokens import character_terms, load_sounds, single_characters, sound_terms

#: An array of `PLACE`.
Places: TypeAlias = NDArray[Any]
#: Numbers in `searched`, and how much each of these items is worth.
Worth: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.float64]]
#: Of BM25: how soon more of the same term says nothing more, and how much long texts are held against it.
SATURATION, LENGTH_SHARE = 1.2, 0.75
#: How much official words count that were not said but stand for what was.
MEANT_WEIGHT = 1.2
#: No more terms than these go into one question: the rarest ones say most.
MOST_TERMS = 24
#: In a large collection, terms are taken, the rarest first, until they stand in so many places together: what stands
#: everywhere says little, and each place is weighed.
MOST_PLACES = 2000
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


def warm_up() -> None:
    """Load the dictionaries, which takes half a second and 40 MB, before the first question."""
    load_sounds()
    lexicon()


def search(connection: sqlite3.Connection, question: str, language: str, most: int) -> list[Found]:
    """Return what the question may be about, the best first."""
    size = connection.execute("SELECT items, length FROM sizes WHERE language = ?", (language,)).fetchone()
    items, length = size or (0, 0)
    if not items:
        return []
    said = lexicon().fillers.sub("，", question)
    meant = "，".join(meaning for word, meaning in lexicon().meanings.items() if word in question)
    scores: list[Worth] = []
    for text, weight in ((said, 1.0), (meant, MEANT_WEIGHT)):
        for terms in ([*character_terms(text), *single_characters(text)], sound_terms(text)):
            places = _rarest(_places(connection, language, terms), items > LARGE)
            scores += [_scored(each, weight, items, length / items) for each in places]
    return _best(connection, scores, most)


def _places(connection: sqlite3.Connection, language: str, terms: Iterable[str]) -> list[Places]:
    """Return where each of the terms stands, without those that stand nowhere."""
    asked = list(dict.fromkeys(terms))
    rows = connection.execute(
        f"SELECT places FROM postings WHERE language = ? AND term IN ({', '.join('?' * len(asked))})",
        (language, *asked),
    )
    return [np.frombuffer(row, PLACE) for (row,) in rows]


def _rarest(places: list[Places], is_large: bool) -> list[Places]:
    """The terms that say most."""
    taken: list[Places] = []
    count = 0
    for each in sorted(places, key=len)[:MOST_TERMS]:
        count += len(each)
        if is_large and count > MOST_PLACES and len(taken) >= LEAST_TERMS:
            break
        taken.append(each)
    return taken


def _scored(places: Places, weight: float, items: int, length: float) -> Worth:
    """Return what a term says for each of the items that it stands in.

    Args:
        items: how many there are in the language.
        length: how many terms one has on average.
    """
    # What stands in more than half of all is worth next to nothing, but never less than nothing.
    rarity = max(math.log((items - len(places) + 0.5) / (len(places) + 0.5)), 1e-6)
    long = 1 - LENGTH_SHARE + LENGTH_SHARE / length * places["length"]
    saturated = places["frequency"] * (SATURATION + 1) / (places["frequency"] + SATURATION * long)
    return places["item"], weight * rarity * saturated


def _best(connection: sqlite3.Connection, scores: list[Worth], most: int) -> list[Found]:
    if not scores:
        return []
    items, place = np.unique(np.concatenate([numbers for numbers, _ in scores]), return_inverse=True)
    sums = np.bincount(place, np.concatenate([each for _, each in scores]))
    # Of equals, the one that was indexed first.
    best = [each for each in np.argsort(-sums, kind="stable")[:most] if sums[each] >= LEAST_SHARE * sums.max()]
    found = []
    for each in best:
        row = connection.execute("SELECT collection, key FROM searched WHERE id = ?", (int(items[each]),)).fetchone()
        # A synchronisation may end between two questions to the database.
        if row is not None:
            found.append(Found(row[0], row[1], float(sums[each])))
    return found
