"""How sure is sure enough: confidence from features, and the three bands, as calibrated on data.

Each engine has a JSON file in `speech/matching/calibration/`, written by `python -m benchmarks.recognition calibrate`,
which says how it was made; `by_hand` where it was made without data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

Band = Literal["accept", "confirm", "none"]


@dataclass(frozen=True)
class Judge:
    """Logistic regression over features.

    Attributes:
        weights: feature -> weight.
        bias: added to the weighted sum.
        accept: confidence from which on an option is taken at once.
        confirm: confidence from which on the caller is asked.
    """

    weights: Mapping[str, float]
    bias: float
    accept: float
    confirm: float

    def confidence(self, features: Mapping[str, float]) -> float:
        """Probability that the best option was meant, 0 to 1."""
        total = self.bias + sum(weight * features[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def band(self, confidence: float) -> Band:
        return "accept" if confidence >= self.accept else "confirm" if confidence >= self.confirm else "none"


def judge_of(engine: str) -> Judge:
    """The judge of an engine. Raises FileNotFoundError for an engine that was never calibrated."""
    data = _calibration(engine)
    return Judge(data["weights"], data["bias"], data["accept"], data["confirm"])


def was_judged_by_hand(engine: str) -> bool:
    """Whether the bands of an engine were set by hand, so that nobody knows how often they are right."""
    return bool(_calibration(engine).get("by_hand", False))


def _calibration(engine: str) -> dict[str, Any]:
    file = resources.files("speech.matching").joinpath("calibration", f"{engine}.json")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
