"""From evidence to figures, and from evidence to thresholds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.recognition_evidence import Case
from speech.matching.bands import Judge
from speech.matching.options import Match, Option, confidence, features, matches

#: Of an engine that does not weigh phrases, the likeness is all there is.
TEXT_FEATURES = ("likeness", "likeness_margin", "text")
FEATURES = ("score", "over_free", "likeness", "likeness_margin", "hinted", "hinted_margin")
#: Share of what is accepted that may be wrong, at most: of speech outside of the menu, and of any.
MOST_FALSE, MOST_WRONG = 0.02, 0.015
#: Speech outside of the menu that may be asked about.
MOST_ASKED = 0.12
_RIDGE = 0.02
_STEPS = 60


@dataclass
class Figures:
    """What a group of utterances came to.

    Attributes:
        said: utterances that mean an option; `best` of them had it ranked first.
        accepted, confirmed: those with the right option in that band; `wrong`: accepted with another.
        outside: utterances that mean none; `false`: accepted all the same; `asked`: in the band between.
    """

    said: int = 0
    best: int = 0
    accepted: int = 0
    confirmed: int = 0
    wrong: int = 0
    outside: int = 0
    false: int = 0
    asked: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0


@dataclass
class Judged:
    """One case as calibration sees it: features, whether the best option is the right one, and the group."""

    features: dict[str, float]
    right: bool
    outside: bool
    weight: float = field(default=1.0)


def ranked(case: Case) -> list[Match]:
    options = [Option(name, phrases) for name, phrases in case.utterance.options.items()]
    return matches(options, case.evidence, case.utterance.language) if case.evidence is not None else []


def figures(cases: Iterable[Case], judge: Judge) -> dict[tuple[str, str], Figures]:
    """Figures by source and condition."""
    groups: dict[tuple[str, str], Figures] = defaultdict(Figures)
    for case in cases:
        group = groups[case.utterance.source, case.utterance.condition]
        order = ranked(case)
        group.seconds += case.seconds
        group.cpu_s += case.cpu_s
        band = "none"
        if order and case.evidence is not None:
            band = judge.band(confidence(order, case.evidence, judge))
        best = order[0].id if order else ""
        if not case.utterance.meant:
            group.outside += 1
            group.false += band == "accept"
            group.asked += band == "confirm"
            continue
        group.said += 1
        right = best == case.utterance.meant
        group.best += right
        group.accepted += right and band == "accept"
        group.confirmed += right and band == "confirm"
        group.wrong += not right and band == "accept"
    return groups


def calibrated(cases: Sequence[Case], names: Sequence[str] = FEATURES) -> Judge:
    """A judge fitted to cases: logistic regression on whether the best option is the one that was meant."""
    judged = [
        Judged(features(order, case.evidence), order[0].id == case.utterance.meant, not case.utterance.meant)
        for case in cases
        if (order := ranked(case)) and case.evidence is not None
    ]
    table = np.array([[one.features[name] for name in names] for one in judged])
    right = np.array([one.right for one in judged], dtype=float)
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    scaled = np.hstack([(table - mean) / spread, np.ones((len(table), 1))])
    # Few utterances are outside of the menu; together they count as much as the others.
    weight = np.where(right > 0, 0.5 / right.sum(), 0.5 / (1 - right).sum()) * len(right)
    weights = np.zeros(scaled.shape[1])
    ridge = _RIDGE * len(right) * np.eye(len(weights))
    ridge[-1, -1] = 0.0
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-(scaled @ weights).clip(-30, 30)))
        slope = scaled.T @ (weight * (likely - right)) + ridge @ weights
        curve = (scaled * (weight * likely * (1 - likely))[:, None]).T @ scaled + ridge
        weights -= np.linalg.solve(curve + 1e-9 * np.eye(len(weights)), slope)
    found = {name: float(value) for name, value in zip(names, weights[:-1] / spread, strict=True)}
    bias = float(weights[-1] - np.sum(weights[:-1] * mean / spread))
    plain = Judge(found, bias, 1.0, 0.0)
    outside = sorted((plain.confidence(one.features) for one in judged if one.outside), reverse=True)
    wrong = sorted(
        (plain.confidence(one.features) for one in judged if not one.outside and not one.right), reverse=True
    )
    inside = sum(not one.outside for one in judged)
    accept = max(_beyond(outside, MOST_FALSE * len(outside)), _beyond(wrong, MOST_WRONG * inside), 0.5)
    confirm = min(max(_beyond(outside, MOST_ASKED * len(outside)), 0.1), accept - 0.05)
    return Judge(found, bias, accept, confirm)


def _beyond(confidences: Sequence[float], most: float) -> float:
    """The least threshold that at most so many of the confidences, largest first, reach."""
    allowed = math.floor(most)
    return confidences[allowed] + 0.002 if allowed < len(confidences) else 0.0
