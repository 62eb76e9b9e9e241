"""When a caller's turn begins, pauses and ends.

Sound comes in pieces of any length and is looked at in frames of 32 ms. Frames that are likely speech gather; when
enough are voiced the guard is passed and the caller counts as speaking. A cough or 嗯 never gathers enough; it ends as
a `Murmur`, for the recogniser to look at without anybody having been interrupted.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol, Union

import numpy as np

from audio.pcm import Samples
from speech.turns.echo import EchoCanceller
from speech.turns.voice import FRAME, FRAME_MS

_LONG_AGO_MS = 1e9
#: So long after something was sent, its echo may still come.
_ECHO_GONE_MS = 400.0


@dataclass(frozen=True)
class Patience:
    """How speech is told from what is not, and its end from a pause; all in milliseconds but the probabilities.

    Attributes:
        guard_ms: voiced time from which on the caller counts as speaking.
        murmur_ms: silence that ends what has not passed the guard.
        least_ms: voiced time below which nothing was said at all.
        hush_ms: silence after which a recogniser that has nothing else to do may begin to work ahead.
        pause_ms: silence after which every recogniser may, and after which an answer that is whole ends the turn.
        end_ms: silence that ends the turn.
        longest_ms: speech that is cut off.
        before_ms: sound kept from before the first voiced frame.
        begin, keep: probability from which on a frame counts as voiced, before and within speech.
    """

    guard_ms: float = 450.0
    murmur_ms: float = 352.0
    least_ms: float = 96.0
    hush_ms: float = 60.0
    pause_ms: float = 120.0
    end_ms: float = 640.0
    longest_ms: float = 15_000.0
    before_ms: float = 320.0
    begin: float = 0.5
    keep: float = 0.35


@dataclass(frozen=True)
class Started:
    """The guard is passed: the caller speaks. `at_ms` since the start of the turn, when the speech began."""

    at_ms: float


@dataclass(frozen=True)
class Hushed:
    """The caller has just fallen silent: many of these are gaps in a word. `utterance` is what was said so far."""

    utterance: Samples
    voiced_ms: float


@dataclass(frozen=True)
class Paused:
    """The caller may have finished; `utterance` is what was said so far, int16 [n] at 8 kHz."""

    utterance: Samples
    voiced_ms: float


@dataclass(frozen=True)
class Ended:
    """The caller has finished.

    Attributes:
        at_ms: when the speech ended, since the start of the turn.
        voiced_ms: how much of it was voiced.
        too_long: True if it was cut off.
    """

    at_ms: float
    utterance: Samples
    voiced_ms: float
    too_long: bool = False


@dataclass(frozen=True)
class Murmur:
    """Something too short to pass the guard has ended."""

    at_ms: float
    utterance: Samples
    voiced_ms: float


TurnEvent = Union[Started, Hushed, Paused, Ended, Murmur]


class Detector(Protocol):
    """Tells the probability of speech in a frame."""

    def probability(self, frame: Samples) -> float: ...


class TurnTaker:
    """Follows one stream of a caller's sound. After `Ended` it starts afresh, as after `Murmur`.

    Args:
        detector: finds speech; belongs to this stream alone.
        patience: see there.
        echo: takes our own voice out; lives as long as the call. None where nothing is sent.
        over_prompt: whether speech counts while something is sent.
    """

    def __init__(
        self, detector: Detector, patience: Patience, echo: EchoCanceller | None = None, *, over_prompt: bool = True
    ) -> None:
        self._detector = detector
        self._patience = patience
        self._echo = echo
        self._over_prompt = over_prompt
        self._sent_ms_ago = _LONG_AGO_MS
        self._rest: Samples = np.zeros((2, 0), dtype=np.int16)
        self._frames = 0
        self._lead: deque[Samples] = deque(maxlen=max(1, round(patience.before_ms / FRAME_MS)))
        self._reset()

    def _reset(self) -> None:
        self._utterance: list[Samples] = []
        self._begun_at = 0.0
        self._voiced_ms = 0.0
        self._silent_ms = 0.0
        self._started = False
        self._hushed = False
        self._paused = False

    @property
    def now_ms(self) -> float:
        """Milliseconds of sound looked at since the start."""
        return self._frames * FRAME_MS

    @property
    def prompt_is_heard(self) -> bool:
        """Whether something is being sent to the caller, or was a moment ago."""
        return self._sent_ms_ago < _ECHO_GONE_MS

    @property
    def speaking(self) -> bool:
        """Whether speech that passed the guard is going on."""
        return self._started

    @property
    def pausing(self) -> bool:
        """Whether the caller has been silent for as long as a pause."""
        return self._paused

    @property
    def voiced_ms(self) -> float:
        """Voice in what has been said since speech may have begun."""
        return self._voiced_ms

    @property
    def heard(self) -> Samples:
        """What has been said since speech may have begun; empty while nothing is."""
        return np.concatenate(self._utterance) if self._utterance else np.zeros(0, dtype=np.int16)

    def accept(self, caller: Samples, sent: Samples | None = None) -> list[TurnEvent]:
        """Look at what comes next: int16 [n] at 8 kHz, and what was sent at the same time."""
        pair = np.stack([caller, np.zeros_like(caller) if sent is None else sent])
        whole = np.concatenate([self._rest, pair], axis=1)
        events: list[TurnEvent] = []
        for start in range(0, whole.shape[1] - FRAME + 1, FRAME):
            events += self._frame(*whole[:, start : start + FRAME])
        self._rest = whole[:, whole.shape[1] - whole.shape[1] % FRAME :]
        return events

    def end(self) -> Ended | None:
        """End the turn here, because the words are understood. None if nothing is being said."""
        if not self._utterance:
            return None
        ended = Ended(self.now_ms - self._silent_ms, self.heard, self._voiced_ms)
        self._reset()
        return ended

    def _frame(self, caller: Samples, sent: Samples) -> list[TurnEvent]:
        self._frames += 1
        self._sent_ms_ago = 0.0 if np.any(sent) else self._sent_ms_ago + FRAME_MS
        frame = self._echo.accept(caller, sent) if self._echo is not None else caller
        probability = self._detector.probability(frame)
        if not self._over_prompt and self._sent_ms_ago < _ECHO_GONE_MS:
            probability = 0.0
        voiced = probability >= (self._patience.keep if self._utterance else self._patience.begin)
        if not self._utterance:
            if not voiced:
                self._lead.append(frame)
                return []
            self._utterance = list(self._lead)
            self._lead.clear()
            self._begun_at = self.now_ms - FRAME_MS
        self._utterance.append(frame)
        return self._voiced_frame() if voiced else self._silent_frame()

    def _voiced_frame(self) -> list[TurnEvent]:
        events: list[TurnEvent] = []
        self._silent_ms = 0.0
        self._voiced_ms += FRAME_MS
        self._hushed = self._paused = False
        if not self._started and self._voiced_ms >= self._patience.guard_ms:
            self._started = True
            events.append(Started(self._begun_at))
        if self.now_ms - self._begun_at >= self._patience.longest_ms:
            events.append(Ended(self.now_ms, self.heard, self._voiced_ms, too_long=True))
            self._reset()
        return events

    def _silent_frame(self) -> list[TurnEvent]:
        self._silent_ms += FRAME_MS
        if self._silent_ms >= (self._patience.end_ms if self._started else self._patience.murmur_ms):
            return self._over()
        if self._voiced_ms < self._patience.least_ms:
            return []
        if not self._paused and self._silent_ms >= self._patience.pause_ms:
            self._paused = True
            return [Paused(self.heard, self._voiced_ms)]
        if not self._hushed and self._silent_ms >= self._patience.hush_ms:
            self._hushed = True
            return [Hushed(self.heard, self._voiced_ms)]
        return []

    def _over(self) -> list[TurnEvent]:
        at_ms, utterance, voiced_ms, started = (
            self.now_ms - self._silent_ms,
            self.heard,
            self._voiced_ms,
            self._started,
        )
        self._reset()
        if started:
            return [Ended(at_ms, utterance, voiced_ms)]
        return [Murmur(at_ms, utterance, voiced_ms)] if voiced_ms >= self._patience.least_ms else []
