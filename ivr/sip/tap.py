"""Sound taken from the mixer: taps on calls and prompts, and the round in which they are read."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pjsua2 as pj

from ivr.sip.callbacks import callback
from ivr.sip.library import CLOCK_RATE, FRAME_MS, Library
from ivr.sip.mixer import join, part
from ivr.sip.pool import Pool
from ivr.sip.ring import Ring, RingError

log = logging.getLogger(__name__)

#: One frame of silence: 16-bit samples.
SILENCE = bytes(2 * CLOCK_RATE * FRAME_MS // 1000)
#: How often taps are read, in seconds: all of a worker's in one round, so that it wakes 25 times a second at most.
ROUND_S = 0.04

#: Samples of a line on which nobody speaks or presses a key stay within this, 46 dB below full scale.
QUIET = 164

#: Looks at a tap, and says in which rounds it wants to look: 1 for each one, 3 for each third.
Look = Callable[[], int]


class Tap(Protocol):
    """Hears what it is told to, silence in between, from `begin` to `rest`: one frame for each tick of the mixer."""

    def begin(self) -> None:
        """Keep what is heard from now on."""

    def rest(self) -> None:
        """Keep nothing more. Every source must have been left."""

    def hear(self, source: Any) -> None:
        """Hear a pjsua2 `AudioMedia`, beside others."""

    def leave(self, source: Any) -> None:
        """Undo `hear`."""

    def taken(self) -> bytes:
        """Samples that came since this was asked last, whole frames."""


class RingTap:
    """A `Tap` that costs the mixer's thread next to nothing.

    Raises:
        RingError: this build of PJSIP does not have what it takes.
    """

    def __init__(self, library: Library) -> None:
        self._ring = Ring(library.native)
        # What has a source gets a frame in each tick, also when the source says nothing.
        self._silence = library.silence_slot()

    def begin(self) -> None:
        self._ring.skip()
        self._ring.connect(self._silence)

    def rest(self) -> None:
        self._ring.disconnect(self._silence)

    def hear(self, source: Any) -> None:
        self._ring.connect(source.getPortId())

    def leave(self, source: Any) -> None:
        self._ring.disconnect(source.getPortId())

    def taken(self) -> bytes:
        return self._ring.take()


class FrameTap(pj.AudioMediaPort):  # type: ignore[misc]
    """A `Tap` for builds of PJSIP without the one above: each frame comes to Python, on the mixer's clock thread."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._listens = False
        self._frames: deque[bytes] = deque()
        self._copy = library.copy_frame
        form = pj.MediaFormatAudio()
        form.init(pj.PJMEDIA_FORMAT_PCM, CLOCK_RATE, 1, FRAME_MS * 1000, 16)
        self.createPort("tap", form)

    def begin(self) -> None:
        self._frames.clear()
        self._listens = True

    def rest(self) -> None:
        self._listens = False

    def hear(self, source: Any) -> None:
        join(source, self)

    def leave(self, source: Any) -> None:
        part(source, self)

    def taken(self) -> bytes:
        frames = []
        while self._frames:
            frames.append(self._frames.popleft())
        return b"".join(frames)

    @callback
    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802
        if self._listens:
            self._frames.append(self._copy(frame.buf) if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO else SILENCE)


class Taps:
    """The taps of a worker, used again and again, and the round in which those who use them look at them."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._pool: Pool[Tap] = Pool(library, self._make)
        #: To the number of the round in which it looks next.
        self._looks: dict[Look, int] = {}
        self._round_number = 0
        self._in_rounds = False

    def take(self) -> Tap:
        """A tap that has begun."""
        tap = self._pool.take()
        tap.begin()
        return tap

    def give_back(self, tap: Tap) -> None:
        """Take a tap that has left its sources."""
        tap.rest()
        self._pool.give_back(tap)

    def each_round(self, look: Look) -> None:
        """Call it from now on, in as many rounds as it wants. A tap keeps what it hears until it is looked at."""
        self._looks[look] = self._round_number + 1
        if not self._in_rounds:
            self._wait()

    def no_more(self, look: Look) -> None:
        """Undo `each_round`."""
        self._looks.pop(look, None)

    def leave_to_pjsip(self) -> None:
        """See `Pool.leave_to_pjsip`."""
        self._pool.leave_to_pjsip(FrameTap)

    def _wait(self) -> None:
        """Until somebody wants to look: each time that a worker wakes costs more than a look does."""
        self._in_rounds = bool(self._looks)
        if self._in_rounds:
            next_round = min(self._looks.values())
            self._library.later((next_round - self._round_number) * ROUND_S, self._round, next_round)

    def _round(self, number: int) -> None:
        self._round_number = number
        for look in [look for look, due in self._looks.items() if due <= number]:
            if look in self._looks:  # one before it may have ended it
                every = self._ask(look)
                if look in self._looks:
                    # Those that want to look now and then do so together.
                    self._looks[look] = (number // every + 1) * every
        self._wait()

    def _ask(self, look: Look) -> int:
        try:
            return look()
        except Exception:
            # One call's trouble must not make the others deaf.
            log.exception("what a tap has heard was not taken")
            return 1

    def _make(self) -> Tap:
        try:
            return RingTap(self._library)
        except RingError as error:
            log.warning("sound is copied by Python, which costs more: %s", error)
            return FrameTap(self._library)


def is_quiet(sound: bytes) -> bool:
    """Whether 16-bit samples stay within `QUIET`."""
    samples = np.frombuffer(sound, np.int16)
    return not samples.size or bool(samples.max() <= QUIET and samples.min() >= -QUIET)
