"""What became of phrases that were added to a menu: how much was not understood there before and after.

What was added is read from what was published, so it does not matter by which way a phrase came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from ivr.authoring.synonyms import ALIKE
from ivr.storage.publications import Publication
from ivr.storage.tallies import Count
from menus.model import Menu, MenuSet
from speech.matching.sounds import likeness

#: So many days before a publication are compared with as many after it.
DAYS = 7
#: Publications that are older say nothing of today's callers.
_OLDEST = timedelta(days=60)
_MOST = 20


@dataclass(frozen=True)
class Phrase:
    """One phrase of an option."""

    node: str
    keys: str
    language: str
    words: str


@dataclass(frozen=True)
class Span:
    """What happened at a node in some days.

    Attributes:
        missed: tries that were not understood.
        alike: those in which something was said that sounds like the phrase.
    """

    days: int
    visits: int
    missed: int
    alike: int

    @property
    def share(self) -> float | None:
        """Tries not understood for each visit; None without visits."""
        return self.missed / self.visits if self.visits else None


@dataclass(frozen=True)
class Effect:
    """A phrase that was added, before and after. The day of the publication itself counts for neither."""

    publication: Publication
    phrase: Phrase
    before: Span
    after: Span


def phrases_of(menus: MenuSet, tree: str) -> set[Phrase]:
    """All phrases of a tree."""
    found = menus.trees.get(tree)
    menu_nodes = ((name, node) for name, node in found.nodes.items() if isinstance(node, Menu)) if found else ()
    return {
        Phrase(name, option.keys, language, words)
        for name, node in menu_nodes
        for option in node.options
        for language, phrases in option.phrases.items()
        for words in phrases
    }


def added(
    publications: Sequence[Publication], menus: Callable[[str], MenuSet | None], tree: str, now: datetime
) -> list[tuple[Publication, Phrase]]:
    """The phrases that publications have added to a tree, latest first.

    Args:
        publications: latest first.
        menus: gives those of a revision; None for what this program cannot read.
    """
    found: list[tuple[Publication, Phrase]] = []
    for newer, older in pairwise(publications):
        if newer.published_at < now - _OLDEST or len(found) >= _MOST:
            break
        after, before = menus(newer.revision), menus(older.revision)
        if after is None or before is None or tree not in before.trees:
            continue
        new = phrases_of(after, tree) - phrases_of(before, tree)
        found += [(newer, phrase) for phrase in sorted(new, key=lambda one: (one.node, one.keys, one.words))]
    return found[:_MOST]


def effects(
    found: Iterable[tuple[Publication, Phrase]],
    visits: Sequence[Count],
    missed: Sequence[Count],
    today: date,
    local: Callable[[datetime], datetime],
) -> list[Effect]:
    """How each phrase has done.

    Args:
        visits, missed: counts of the tree by day.
        today: it is not over yet, and left out.
        local: the wall clock at a moment.
    """
    made = []
    for publication, phrase in found:
        day = local(publication.published_at).date()

        def span(first: date, last: date, phrase: Phrase = phrase) -> Span:
            here = [count for count in missed if count.place == phrase.node and first <= count.day <= last]
            came = [count for count in visits if count.place == phrase.node and first <= count.day <= last]
            return Span(
                max(0, (last - first).days + 1),
                sum(count.amount for count in came),
                sum(count.amount for count in here),
                sum(count.amount for count in here if _is_alike(phrase, count.value)),
            )

        after = min(day + timedelta(days=DAYS), today - timedelta(days=1))
        made.append(
            Effect(
                publication,
                phrase,
                span(day - timedelta(days=DAYS), day - timedelta(days=1)),
                span(day + timedelta(days=1), after),
            )
        )
    return made


def _is_alike(phrase: Phrase, said: str) -> bool:
    return said == phrase.words or likeness(phrase.words, said, phrase.language) >= ALIKE
