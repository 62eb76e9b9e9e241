from __future__ import annotations

import numpy as np
import pytest

from audio.pcm import Pcm


def test_duration_counts_samples_at_the_rate() -> None:
    assert Pcm(np.zeros(12000, np.int16), 24000).duration_ms == 500
    assert Pcm.silence(12.5, 8000).duration_ms == 12.5


def test_concat_joins_in_order() -> None:
    joined = Pcm.concat([Pcm(np.array([1, 2], np.int16), 8000), Pcm(np.array([3], np.int16), 8000)])
    assert joined.samples.tolist() == [1, 2, 3]


def test_concat_refuses_two_rates_and_nothing() -> None:
    with pytest.raises(ValueError, match="8000, 16000"):
        Pcm.concat([Pcm.silence(1, 8000), Pcm.silence(1, 16000)])
    with pytest.raises(ValueError, match="one rate"):
        Pcm.concat([])


@pytest.mark.parametrize("samples", [np.zeros(3), np.zeros(3, np.int32), np.zeros((2, 3), np.int16)])
def test_only_one_row_of_int16_is_taken(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="int16"):
        Pcm(samples, 8000)


def test_rate_must_be_positive() -> None:
    with pytest.raises(ValueError, match="rate"):
        Pcm.silence(0, 0)


def test_samples_cannot_be_changed_through_a_pcm_and_stay_writable_for_their_owner() -> None:
    owned = np.zeros(2, np.int16)
    pcm = Pcm(owned, 8000)
    with pytest.raises(ValueError, match="read-only"):
        pcm.samples[0] = 1
    owned[0] = 5


def test_floats_are_rounded_and_held_to_full_scale() -> None:
    assert Pcm.from_floats([0.0, 1.0, -1.0, 2.0, 1.6 / 32768], 8000).samples.tolist() == [0, 32767, -32768, 32767, 2]


def test_bytes_go_there_and_back() -> None:
    pcm = Pcm(np.array([1, -2, 32767, -32768], np.int16), 8000)
    assert pcm.to_bytes() == b"\x01\x00\xfe\xff\xff\x7f\x00\x80"
    assert Pcm.from_bytes(pcm.to_bytes(), 8000).samples.tolist() == pcm.samples.tolist()
    with pytest.raises(ValueError, match="multiple"):
        Pcm.from_bytes(b"abc", 8000)


def test_cut_is_held_to_what_there_is() -> None:
    pcm = Pcm(np.arange(80, dtype=np.int16), 8000)
    assert pcm.cut(1, 2).samples.tolist() == list(range(8, 16))
    assert pcm.cut(-5, 1000).samples.tolist() == list(range(80))
    assert pcm.cut(9, 3).samples.tolist() == []
