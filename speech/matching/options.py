"""Ranking options by what a recogniser has to say about an utterance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from speech.matching.accents import mergers
from speech.matching.bands import Judge
from speech.matching.sounds import WHOLE, likeness, sounds
from speech.recognisers.base import Evidence

#: How much the likeness of the free and of the hinted text weigh beside the score of a phrase when options are ranked.
_LIKENESS_WEIGHT, _HINTED_WEIGHT = 2.0, 5.0
#: Score of a phrase that the engine did not weigh.
_UNWEIGHED = -8.0
#: Score of the free text of an engine that wrote none.
_NO_TEXT = -3.0


@dataclass(frozen=True)
class Option:
    """One thing that can be said.

    Attributes:
        id: given back as it came.
        phrases: its wordings, written out.
        among_words: whether a single syllable counts among other words, too, as 对 does in 对，就是这个.
    """

    id: str
    phrases: tuple[str, ...]
    among_words: bool = False


@dataclass(frozen=True)
class Candidate:
    """An option that may have been meant.

    Attributes:
        id: the option's.
        phrase: the wording that fits best.
        confidence: probability that it was meant, 0 to 1.
        mergers: of accents, that what was written needed to sound like the wording (`speech.matching.accents`); None
            where nothing can be told, and of all but the first.
    """

    id: str
    phrase: str
    confidence: float
    mergers: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Match:
    """How well an option fits: its best wording by the engine's score and by the likeness of what the engine wrote.

    Attributes:
        likeness: to the free text that is most like it, 0 to 1.
        hinted: to the hinted text; to the free ones of an engine that writes none.
        by_chance: whether the wording is a single syllable found among others: it is in much that is said.
    """

    id: str
    phrase: str
    score: float
    likeness: float
    hinted: float
    by_chance: bool = False

    @property
    def rank(self) -> float:
        return self.score + _LIKENESS_WEIGHT * self.likeness + _HINTED_WEIGHT * self.hinted


def matches(options: Sequence[Option], evidence: Evidence, language: str) -> list[Match]:
    """Every option with its best wording, the best option first."""
    found = [_best_wording(option, evidence, language) for option in options if option.phrases]
    return sorted(found, key=lambda match: -match.rank)


def features(ranked: Sequence[Match], evidence: Evidence) -> dict[str, float]:
    """What the confidence in the first of the ranked options is judged by."""
    first = ranked[0]
    score_of_others = max((match.score for match in ranked[1:]), default=_UNWEIGHED)
    likeness_of_others = max((match.likeness for match in ranked[1:]), default=0.0)
    hinted_of_others = max((match.hinted for match in ranked[1:]), default=0.0)
    free = evidence.texts[0].score if evidence.texts else _NO_TEXT
    return {
        "score": first.score,
        "score_margin": first.score - score_of_others,
        "over_free": first.score - free,
        "likeness": first.likeness,
        "hinted": first.hinted,
        "hinted_margin": first.hinted - hinted_of_others,
        "rank_margin": first.rank - max((match.rank for match in ranked[1:]), default=_UNWEIGHED),
        "likeness_margin": first.likeness - likeness_of_others,
        "text": evidence.texts[0].score if evidence.texts else _NO_TEXT,
    }


def confidence(ranked: Sequence[Match], evidence: Evidence, judge: Judge) -> float:
    """Probability that the first of the ranked options was meant, 0 to 1; what may be chance is asked about."""
    sure = judge.confidence(features(ranked, evidence))
    return min(sure, (judge.accept + judge.confirm) / 2) if ranked[0].by_chance else sure


def rank(options: Sequence[Option], evidence: Evidence, language: str, judge: Judge) -> tuple[Candidate, ...]:
    """The options that may have been meant, best first, at most three."""
    ranked = matches(options, evidence, language)
    if not ranked or not (evidence.texts or evidence.scores):
        return ()
    sure = confidence(ranked, evidence, judge)
    best = ranked[0]
    candidates = [Candidate(best.id, best.phrase, round(sure, 3), _mergers(best.phrase, evidence, language))]
    for match in ranked[1:3]:
        # What is left is shared by how far the others are behind.
        share = (1.0 - sure) / (1.0 + max(0.0, best.rank - match.rank))
        candidates.append(Candidate(match.id, match.phrase, round(min(sure, share), 3)))
    return tuple(candidates)


def _mergers(phrase: str, evidence: Evidence, language: str) -> tuple[str, ...] | None:
    """The mergers in the free text that is most like the phrase: a hinted one is written as the phrase is."""
    texts = [text.text for text in evidence.texts]
    return mergers(phrase, max(texts, key=lambda text: likeness(phrase, text, language)), language) if texts else None


def _best_wording(option: Option, evidence: Evidence, language: str) -> Match:
    def fit(phrase: str) -> Match:
        alike = max((likeness(phrase, text.text, language) for text in evidence.texts), default=0.0)
        hinted = likeness(phrase, evidence.hinted.text, language) if evidence.hinted else alike
        # What was written freely and is the phrase, whole, needs no hint, and is not outdone by one that went astray.
        hinted = max(hinted, alike) if alike >= WHOLE else hinted
        by_chance = (
            not option.among_words
            and max(alike, hinted) < WHOLE
            and language.startswith("zh")
            and len(sounds(phrase, language)) == 1
        )
        return Match(option.id, phrase, evidence.scores.get(phrase, _UNWEIGHED), alike, hinted, by_chance)

    return max((fit(phrase) for phrase in option.phrases), key=lambda match: match.rank)
