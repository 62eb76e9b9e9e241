"""Both sides of a call as one stream: what the caller says, and what is played to them at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ivr.sip.library import Library
from ivr.sip.mixer import Source, join, part
from ivr.sip.pool import Pool
from ivr.sip.tap import SILENCE, Tap

#: Frames handed to the reactor thread together: 40 ms.
_FRAMES_AT_ONCE = 2


class Pairing:
    """Joins the frames of two taps in the order in which they come. Runs on the mixer's clock thread.

    The mixer serves all its ports in each of its ticks. The caller's side begins, so that neither side is ever more
    than one frame ahead.

    Args:
        whole: called with some frames of each side, of the same length.
    """

    def __init__(self, whole: Callable[[bytes, bytes], None]) -> None:
        self._whole = whole
        self._caller: list[bytes] = []
        self._sent: list[bytes] = []
        self._begun = False

    def take_caller(self, frame: bytes) -> None:
        self._begun = True
        self._caller.append(_framed(frame))
        self._give()

    def take_sent(self, frame: bytes) -> None:
        if self._begun:
            self._sent.append(_framed(frame))
            self._give()

    def _give(self) -> None:
        if min(len(self._caller), len(self._sent)) >= _FRAMES_AT_ONCE:
            caller, self._caller = self._caller[:_FRAMES_AT_ONCE], self._caller[_FRAMES_AT_ONCE:]
            sent, self._sent = self._sent[:_FRAMES_AT_ONCE], self._sent[_FRAMES_AT_ONCE:]
            self._whole(b"".join(caller), b"".join(sent))


class BothSides:
    """The sound of one call from now on. Implements `ivr.call.ports.Tap`.

    Args:
        heard: called on the reactor thread with 40 ms of interleaved samples; see `ivr.call.ports.Line.tap`.
        stopped: called when it is stopped.
    """

    def __init__(
        self,
        library: Library,
        taps: Pool[Tap],
        heard: Callable[[bytes], None],
        stopped: Callable[[BothSides], None],
    ) -> None:
        self._taps = taps
        self._heard = heard
        self._stopped = stopped
        self._caller: Tap | None = taps.take()
        self._sent: Tap | None = taps.take()
        self._audio: Any = None
        self._source: Source | None = None
        pairing = Pairing(lambda caller, sent: library.hand_over(self._give, caller, sent))
        self._sent.took = pairing.take_sent
        self._caller.took = pairing.take_caller

    def hear_caller(self, audio: Any) -> None:
        """Take the sound of a call's port, in place of another one."""
        if self._caller is None or audio is None:
            return
        self._leave_caller()
        self._audio = audio
        join(audio, self._caller)

    def hear_source(self, source: Source) -> None:
        """Take what a source plays, until it falls silent."""
        if self._sent is not None:
            self._source = source
            source.join_also(self._sent)

    def stop(self) -> None:
        """See `ivr.call.ports.Tap`."""
        caller, sent = self._caller, self._sent
        if caller is None or sent is None:
            return
        self._leave_caller()
        if self._source is not None:
            self._source.part_from(sent)
        self._caller = self._sent = self._source = None
        for tap in (caller, sent):
            tap.took = None
            self._taps.give_back(tap)
        self._stopped(self)

    def _leave_caller(self) -> None:
        if self._audio is not None:
            part(self._audio, self._caller)
            self._audio = None

    def _give(self, caller: bytes, sent: bytes) -> None:
        if self._caller is not None:
            self._heard(interleaved(caller, sent))


def interleaved(caller: bytes, sent: bytes) -> bytes:
    """Two channels of 16-bit samples as one stream: a sample of the first, then one of the second."""
    both = np.empty(len(caller), np.int16)
    both[0::2] = np.frombuffer(caller, np.int16)
    both[1::2] = np.frombuffer(sent, np.int16)
    return both.tobytes()


def _framed(frame: bytes) -> bytes:
    """The frame; silence for one of another length, so that the sides stay together."""
    return frame if len(frame) == len(SILENCE) else SILENCE
