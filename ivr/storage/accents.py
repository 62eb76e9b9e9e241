"""What came of each try by speech, and the accent of who spoke: pure, from the inputs of a call that has ended.

The accent of a call is what its understood words needed: the mergers (`n/l`, `zh/z`, …) without which what the
recogniser wrote would not have sounded like the phrase that was meant. With it every try of the call is counted, also
those that were not understood, and of which nothing else could be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ivr.storage.entries import CallRecord, StepEntry
from ivr.storage.values import SPEECH

#: `accepted` at once; `confirmed` by the caller, whom we asked back; `corrected`: accepted, and the caller went back at
#: once; `refused`: the caller said no when asked back; `unheard`: not understood.
Outcome = Literal["accepted", "confirmed", "corrected", "refused", "unheard"]
#: Accents of calls whose words needed no merger, and of those that do not tell.
NO_MERGER, UNKNOWN = "none", "unknown"

_UNDERSTOOD = ("accepted", "confirmed")


@dataclass(frozen=True)
class Try:
    """One try by speech.

    Attributes:
        mergers: that the phrase needed; None where the line does not tell.
    """

    outcome: Outcome
    mergers: tuple[str, ...] | None = None


def accents(record: CallRecord) -> Counter[tuple[str, str, str]]:
    """How often what came of tries in Mandarin, by language, accent and outcome. A call whose words needed two mergers
    counts with both.
    """
    steps = [(step, step.language or record.call.language) for _, step in sorted(record.steps.items())]
    tries: dict[str, list[Try]] = {}
    for language in dict.fromkeys(language for _, language in steps if language.startswith("zh")):
        tries[language] = _tries([step for step, spoken in steps if spoken == language])
    return Counter(
        (language, accent, one.outcome) for language, made in tries.items() for accent in _accents(made) for one in made
    )


def _accents(tries: list[Try]) -> list[str]:
    known = [one.mergers for one in tries if one.outcome in _UNDERSTOOD and one.mergers is not None]
    return sorted({name for mergers in known for name in mergers}) or [NO_MERGER if known else UNKNOWN]


def _tries(steps: list[StepEntry]) -> list[Try]:
    """The tries by speech of the steps."""
    tries: list[Try] = []
    # The place of a try that was accepted, as long as the caller has done nothing since.
    last: int | None = None
    for step in steps:
        asked: Mapping[str, Any] | None = None
        for moment in _inputs(step):
            found = _try(moment, asked)
            asked = moment if moment["outcome"] == "doubtful" else None
            if moment.get("option") != "back":
                last = len(tries) if found and found.outcome == "accepted" else None
            tries.extend([found] if found else [])
        if asked is not None:
            tries.append(Try("unheard"))
        if step.outcome == "universal:back" and last is not None:
            tries[last] = replace(tries[last], outcome="corrected")
            last = None
    return tries


def _try(moment: Mapping[str, Any], asked: Mapping[str, Any] | None) -> Try | None:
    """The try that ends with an input: one that we asked back about before, or this one. None for keys and doubts."""
    if asked is not None and moment["outcome"] != "doubtful":
        return _answered(asked, moment)
    if moment.get("key_source") != SPEECH or moment["outcome"] == "doubtful":
        return None
    return Try("accepted", _mergers(moment)) if moment["outcome"] == "match" else Try("unheard")


def _inputs(step: StepEntry) -> Iterator[Mapping[str, Any]]:
    """Silence is no input: a question stays open while nothing is said."""
    return (moment for moment in step.moments if moment["what"] == "input" and moment["outcome"] != "no_input")


def _answered(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Try:
    """What came of a try that we asked back about."""
    if answer["outcome"] == "unheard":
        return Try("unheard")
    if answer["outcome"] == "match" and answer.get("option") == asked.get("option"):
        return Try("confirmed", _mergers(asked))
    return Try("refused")


def _mergers(moment: Mapping[str, Any]) -> tuple[str, ...] | None:
    candidates = moment.get("candidates") or [{}]
    found = candidates[0].get("mergers")
    return None if found is None else tuple(found)
