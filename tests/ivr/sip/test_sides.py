"""The sound of both sides of a call, joined frame by frame."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ivr.sip.sides import begin_together, interleaved, paired


def frame(value: int) -> bytes:
    return np.full(160, value, np.int16).tobytes()


def test_frames_of_one_tick_stay_together() -> None:
    both, left = paired(frame(1) + frame(2), frame(101) + frame(102))
    assert both == interleaved(frame(1), frame(101)) + interleaved(frame(2), frame(102))
    assert left == (b"", b"")


def test_a_frame_of_one_side_waits_for_that_of_the_other() -> None:
    both, (caller, sent) = paired(frame(1) + frame(2), frame(101))
    assert (both, caller, sent) == (interleaved(frame(1), frame(101)), frame(2), b"")
    both, left = paired(caller, sent + frame(102))
    assert (both, left) == (interleaved(frame(2), frame(102)), (b"", b""))
    assert paired(b"", frame(103)) == (b"", (b"", frame(103)))


class Heard:
    """A tap that gives these answers, one after the other."""

    def __init__(self, *frames: bytes) -> None:
        self._frames = list(frames)

    def taken(self) -> bytes:
        return self._frames.pop(0)


def together(caller: Heard, sent: Heard) -> bool:
    return begin_together(cast(Any, caller), cast(Any, sent))


def test_both_sides_begin_with_the_same_tick() -> None:
    assert together(Heard(frame(1), b""), Heard(frame(2) + frame(3), b""))
    assert not together(Heard(frame(1), b""), Heard(b"", b"")), "one does not hear yet"
    assert not together(Heard(frame(1), frame(2)), Heard(frame(3), b"")), "a tick came between"


def test_the_caller_is_the_first_channel() -> None:
    both = np.frombuffer(interleaved(frame(1), frame(2)), np.int16).reshape(-1, 2)
    assert both.shape == (160, 2)
    assert (both == [1, 2]).all()
