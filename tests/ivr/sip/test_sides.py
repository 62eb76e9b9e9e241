"""The sound of both sides of a call, joined frame by frame."""

from __future__ import annotations

import numpy as np

from ivr.sip.sides import interleaved, paired


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


def test_the_caller_is_the_first_channel() -> None:
    both = np.frombuffer(interleaved(frame(1), frame(2)), np.int16).reshape(-1, 2)
    assert both.shape == (160, 2)
    assert (both == [1, 2]).all()
