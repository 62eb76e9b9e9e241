"""Decides when a line is too bad for speech: the caller is not understood, and what was measured says why."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ivr.call.ports import LineQuality

#: So often in a row a caller must not have been understood. Alone that is no sign of a bad line.
UNHEARD_IN_A_ROW = 2
#: Share of packets lost from which speech suffers, of at least so many packets.
LOSS, LEAST_PACKETS = 0.05, 100
#: Mean jitter from which speech suffers, in milliseconds.
JITTER_MS = 40.0
#: Loudest 40 ms of a turn beneath which a voice is faint, in decibels below full scale.
FAINT_DB = -45.0
#: What silence measures.
_SILENCE_DB = -96.0


@dataclass(frozen=True)
class Verdict:
    """Why a line is bad.

    Attributes:
        loss: share of packets lost since the caller was last understood.
        jitter_ms: mean jitter of the call.
        level_db: of the loudest moment of the caller's last turn, decibels below full scale.
        unheard: how often in a row the caller was not understood.
    """

    loss: float
    jitter_ms: float
    level_db: float
    unheard: int

    @property
    def reason(self) -> str:
        """What is wrong, for the log: `loss 8.1 %, faint -51 dB, not understood 2`."""
        said = []
        if self.loss >= LOSS:
            said.append(f"loss {self.loss * 100:.1f} %")
        if self.jitter_ms >= JITTER_MS:
            said.append(f"jitter {self.jitter_ms:.0f} ms")
        if self.level_db < FAINT_DB:
            said.append(f"faint {self.level_db:.0f} dB")
        return ", ".join([*said, f"not understood {self.unheard}"]) if said else ""


class LineJudge:
    """Follows one call."""

    def __init__(self) -> None:
        self._understood_at = LineQuality()
        self._loudest = 0.0
        self._unheard = 0

    def turn_begins(self) -> None:
        self._loudest = 0.0

    def sound(self, chunk: bytes) -> None:
        """Sound of the turn, as `Line.tap` gives it."""
        self._loudest = max(self._loudest, power(chunk))

    def understood(self, quality: LineQuality) -> None:
        """The caller was understood, on a line that was like this so far."""
        self._understood_at = quality
        self._unheard = 0

    def not_understood(self, quality: LineQuality) -> Verdict | None:
        """The caller spoke in vain. A verdict if that is the fault of the line."""
        self._unheard += 1
        received = quality.received - self._understood_at.received
        lost = quality.lost - self._understood_at.lost
        loss = lost / (received + lost) if received + lost >= LEAST_PACKETS else 0.0
        verdict = Verdict(max(loss, 0.0), quality.jitter_ms, level_db(self._loudest), self._unheard)
        return verdict if self._unheard >= UNHEARD_IN_A_ROW and verdict.reason else None


def power(chunk: bytes) -> float:
    """Mean square of the caller's channel."""
    # Called 25 times a second for each call that is listened to.
    caller = np.frombuffer(chunk, np.int16)[0::2].astype(np.float32)
    return float(caller.dot(caller)) / caller.size if caller.size else 0.0


def level_db(power: float) -> float:
    """Decibels below full scale."""
    return max(_SILENCE_DB, 10 * math.log10(power / 32768.0**2)) if power else _SILENCE_DB
