"""Recognisers and a detector that need no model.

Sound that speaks is loud; the level of a piece says what word it is, so that a test can say words by writing numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from audio.pcm import Samples
from speech.recognisers.base import RATE, Evidence, Expected, HeardText, RecogniserError

#: Below this level there is silence.
_SILENCE = 500


def spoken(word: int, ms: float = 600) -> Samples:
    """A word as sound: noise of two values, the more and the less of its own level."""
    signs = np.random.default_rng(word).choice((-1, 1), round(ms * RATE / 1000))
    return (signs * 1000 * (word + 1)).astype(np.int16)


def silence(ms: float) -> Samples:
    return np.zeros(round(ms * RATE / 1000), dtype=np.int16)


class LevelDetector:
    """Everything loud is speech."""

    def probability(self, frame: Samples) -> float:
        return float(np.abs(frame.astype(np.int32)).max() > _SILENCE)


@dataclass
class FakeRecogniser:
    """Hears words by their level.

    Attributes:
        words: level in thousands less one -> text.
        held: recognises only while this is set.
        begun: set when an utterance is recognised.
        lengths: samples of every utterance that was recognised.
        unheard: words that it says it can never hear.
    """

    words: Mapping[int, str]
    name: str = "whisper"
    streams: bool = False
    broken: bool = False
    held: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    lengths: list[int] = field(default_factory=list)
    unheard: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.held.set()

    def start(self, expected: Expected) -> FakeRecognition:
        return FakeRecognition(self, expected)

    def unknown(self, expected: Expected) -> tuple[str, ...]:
        return self.unheard


class FakeRecognition:
    def __init__(self, recogniser: FakeRecogniser, expected: Expected) -> None:
        self._recogniser = recogniser
        self._expected = expected
        self._samples = silence(0)

    def accept(self, samples: Samples) -> str:
        self._samples = np.concatenate([self._samples, samples])
        return self._text()

    def finish(self) -> Evidence:
        self._recogniser.begun.set()
        assert self._recogniser.held.wait(20)
        self._recogniser.lengths.append(len(self._samples))
        if self._recogniser.broken:
            raise RecogniserError("broken")
        text = self._text()
        scores = {phrase: -0.1 if phrase == text else -7.0 for phrase in self._expected.phrases}
        if self._expected.kind in ("digits", "date"):
            scores[text] = -0.1
        return Evidence((HeardText(text, -0.1),) if text else (), scores)

    def _text(self) -> str:
        sizes = np.abs(self._samples.astype(np.int32))
        levels = sizes[np.r_[True, np.diff(sizes) != 0]] if len(sizes) else []
        return "".join(self._recogniser.words.get(int(level) // 1000 - 1, "") for level in levels if level > _SILENCE)
