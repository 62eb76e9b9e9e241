"""What a recogniser is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from audio.pcm import Samples

#: Samples per second of everything that callers say.
RATE = 8000

Kind = Literal["phrases", "digits", "date", "open"]


class RecogniserError(Exception):
    """A recogniser could not work. The message says why; it holds nothing of what was said."""


@dataclass(frozen=True)
class Expected:
    """What may be said.

    Attributes:
        language: code such as `zh`.
        kind: `phrases` for one of a list, `digits` for a row of figures, `date`, `open` for anything.
        phrases: for `phrases`, every wording that counts, without templates.
    """

    language: str
    kind: Kind = "open"
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeardText:
    """A text that may have been said.

    Attributes:
        text: as the engine writes it.
        score: the engine's own measure, larger is better; comparable between texts of one engine only.
    """

    text: str
    score: float


@dataclass(frozen=True)
class Evidence:
    """What an engine can say about an utterance.

    Attributes:
        texts: what may have been said, best first; empty if nothing was heard.
        scores: expected phrase -> the engine's measure of it, for engines that weigh phrases instead of writing.
        speech: probability that there is speech at all, 0 to 1.
        hinted: what the engine writes when it is told what may be said; None from one that cannot be told.
    """

    texts: tuple[HeardText, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    speech: float = 1.0
    hinted: HeardText | None = None


class Recognition(Protocol):
    """One utterance being recognised. Used from one thread at a time."""

    def accept(self, samples: Samples) -> str:
        """Take in what comes next: int16 [n] at 8 kHz. Gives what was heard so far; empty if that is not known."""

    def finish(self) -> Evidence:
        """What was said. Nothing is accepted after that. Raises RecogniserError."""


class Recogniser(Protocol):
    """An engine that hears.

    Attributes:
        name: such as `vosk`.
        streams: True for an engine that works while the caller speaks; it is fed as the sound comes. Another one is
            given the utterance as a whole, possibly more than once while it grows.
    """

    @property
    def name(self) -> str: ...

    @property
    def streams(self) -> bool: ...

    def start(self, expected: Expected) -> Recognition:
        """Begin an utterance. Raises RecogniserError."""

    def unknown(self, expected: Expected) -> tuple[str, ...]:
        """Words of the expected phrases that this engine can never hear, because its model lacks them."""
