"""The sound of both sides of a call, joined frame by frame."""

from __future__ import annotations

import numpy as np

from ivr.sip.sides import Pairing, interleaved
from ivr.sip.tap import SILENCE


def frame(value: int) -> bytes:
    return np.full(160, value, np.int16).tobytes()


def pairs() -> tuple[Pairing, list[tuple[bytes, bytes]]]:
    whole: list[tuple[bytes, bytes]] = []
    return Pairing(lambda caller, sent: whole.append((caller, sent))), whole


def test_frames_of_one_tick_stay_together() -> None:
    pairing, whole = pairs()
    for tick in range(4):
        pairing.take_caller(frame(tick))
        pairing.take_sent(frame(100 + tick))
    assert whole == [(frame(0) + frame(1), frame(100) + frame(101)), (frame(2) + frame(3), frame(102) + frame(103))]


def test_what_is_sent_before_the_caller_is_heard_does_not_count() -> None:
    pairing, whole = pairs()
    pairing.take_sent(frame(1))
    for tick in range(2):
        pairing.take_caller(frame(tick))
        pairing.take_sent(frame(100 + tick))
    assert whole == [(frame(0) + frame(1), frame(100) + frame(101))]


def test_a_frame_of_another_length_is_silence() -> None:
    pairing, whole = pairs()
    for _ in range(2):
        pairing.take_caller(b"\1\0" * 80)
        pairing.take_sent(b"")
    assert whole == [(2 * SILENCE, 2 * SILENCE)]


def test_the_caller_is_the_first_channel() -> None:
    both = np.frombuffer(interleaved(frame(1), frame(2)), np.int16).reshape(-1, 2)
    assert both.shape == (160, 2)
    assert (both == [1, 2]).all()
