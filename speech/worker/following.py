"""Following the sound of one turn; what is done here, is done in the thread of the ears.

A streaming recogniser is fed as the caller speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audio.pcm import Samples
from speech.recognisers.base import Evidence, Expected, Recogniser, Recognition
from speech.turns.taker import TurnEvent, TurnTaker


@dataclass(frozen=True)
class Looked:
    """What came of looking at sound: events, and what a streaming recogniser has heard so far."""

    events: tuple[TurnEvent, ...]
    partial: str


class Follower:
    """The sound of one turn.

    Args:
        taker: finds pauses and ends.
        recogniser: hears.
        expected: what may be said.
    """

    def __init__(self, taker: TurnTaker, recogniser: Recogniser, expected: Expected) -> None:
        self.taker = taker
        self._recogniser = recogniser
        self._expected = expected
        self._recognition: Recognition | None = None
        self._fed = 0
        self._partial = ""

    def look(self, pieces: Sequence[tuple[Samples, Samples | None]]) -> Looked:
        """Look at pieces of the caller's sound, each with what was sent at the same time."""
        events = [event for caller, sent in pieces for event in self.taker.accept(caller, sent)]
        if self._recogniser.streams:
            self._feed(self.taker.heard)
        return Looked(tuple(events), self._partial)

    def recognise(self, utterance: Samples) -> Evidence:
        """What an utterance that has ended is evidence of. Not to be called while `look` runs."""
        if self._recogniser.streams and len(utterance) >= self._fed > 0:
            self._feed(utterance)
            recognition, self._recognition, self._fed = self._recognition, None, 0
            self._partial = ""
        else:
            recognition = None
        if recognition is None:
            recognition = self._recogniser.start(self._expected)
            recognition.accept(utterance)
        return recognition.finish()

    def forget(self) -> None:
        """What was heard so far was nothing."""
        self._recognition, self._fed, self._partial = None, 0, ""

    def _feed(self, heard: Samples) -> None:
        if len(heard) <= self._fed:
            return
        if self._recognition is None:
            self._recognition = self._recogniser.start(self._expected)
        self._partial = self._recognition.accept(heard[self._fed :])
        self._fed = len(heard)
