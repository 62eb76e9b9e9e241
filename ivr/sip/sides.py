"""Both sides of a call as one stream: what the caller says, and what is played to them at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ivr.sip.mixer import Source
from ivr.sip.tap import SILENCE, Tap, Taps, is_quiet

#: A caller who has been quiet for so many rounds (1.6 s: longer than any pause that ends a turn) is looked at less
#: often: they wait or listen. What they say next is passed on 80 ms later at most, and from then on as fast as ever.
LONG_QUIET_ROUNDS = 40
EACH_THIRD = 3


class BothSides:
    """The sound of one call from now on. Implements `ivr.call.ports.Tap`.

    Both taps get a frame in each tick of the mixer, so what came at the same time stands at the same place.

    Args:
        heard: called with interleaved samples, some frames at a time; see `ivr.call.ports.Line.tap`.
        stopped: called when it is stopped.
    """

    def __init__(self, taps: Taps, heard: Callable[[bytes], None], stopped: Callable[[BothSides], None]) -> None:
        self._taps = taps
        self._heard = heard
        self._stopped = stopped
        self._caller: Tap | None = taps.take()
        self._sent: Tap | None = taps.take()
        self._audio: Any = None
        self._source: Source | None = None
        self._together = False
        # Of one side, when a tick came while the taps were read.
        self._unpaired = (b"", b"")
        # Quiet until they are heard: sound begins to be taken when something is asked, or a key has been pressed.
        self._quiet_rounds = LONG_QUIET_ROUNDS
        taps.each_round(self._look)

    def hear_caller(self, audio: Any) -> None:
        """Take the sound of a call's port, in place of another one."""
        if self._caller is None or audio is None:
            return
        self._leave_caller()
        self._audio = audio
        self._caller.hear(audio)

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
        self._taps.no_more(self._look)
        for tap in (caller, sent):
            self._taps.give_back(tap)
        self._stopped(self)

    def _leave_caller(self) -> None:
        if self._audio is not None and self._caller is not None:
            self._caller.leave(self._audio)
            self._audio = None

    def _look(self) -> int:
        if self._caller is None or self._sent is None:
            return 1
        if not self._together:
            self._together = begin_together(self._caller, self._sent)
            return 1
        caller, sent = self._unpaired
        came = self._caller.taken()
        both, self._unpaired = paired(caller + came, sent + self._sent.taken())
        if both:
            self._heard(both)
        self._quiet_rounds = self._quiet_rounds + 1 if is_quiet(came) else 0
        return EACH_THIRD if self._quiet_rounds >= LONG_QUIET_ROUNDS else 1


def begin_together(caller: Tap, sent: Tap) -> bool:
    """Pass over what two taps have heard. True if both go on with the same tick of the mixer: both hear by now, and
    no tick came meanwhile. On a busy machine many may come between the beginnings of two taps, and an echo would be
    heard before the sound that it is of.
    """
    heard = [caller.taken(), sent.taken()]
    sent.taken()
    return all(heard) and not caller.taken()


def paired(caller: bytes, sent: bytes) -> tuple[bytes, tuple[bytes, bytes]]:
    """What there is of both sides, interleaved, and what is left of one of them."""
    count = min(len(caller), len(sent)) // len(SILENCE) * len(SILENCE)
    return interleaved(caller[:count], sent[:count]), (caller[count:], sent[count:])


def interleaved(caller: bytes, sent: bytes) -> bytes:
    """Two channels of 16-bit samples as one stream: a sample of the first, then one of the second."""
    both = np.empty(len(caller), np.int16)
    both[0::2] = np.frombuffer(caller, np.int16)
    both[1::2] = np.frombuffer(sent, np.int16)
    return both.tobytes()
