from __future__ import annotations

import numpy as np
import pytest

from audio import g711

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_OCTET = np.arange(256, dtype=np.uint8)

# ITU-T G.711, tables 5 and 6: one period of the digital milliwatt, a sine of 1 kHz at 0 dBm0.
ALAW_MILLIWATT = np.frombuffer(bytes.fromhex("34212134b4a1a1b4"), np.uint8)
ULAW_MILLIWATT = np.frombuffer(bytes.fromhex("1e0b0b1e9e8b8b9e"), np.uint8)


@pytest.mark.parametrize(
    ("samples", "largest", "full_scale_dbm0"),
    [
        pytest.param(g711.decode_alaw(ALAW_MILLIWATT), 32768, 3.14, id="A-law"),
        pytest.param(g711.decode_ulaw(ULAW_MILLIWATT), 32636, 3.17, id="mu-law"),
    ],
)
def test_digital_milliwatt_is_a_sine_of_0_dbm0(samples: np.ndarray, largest: int, full_scale_dbm0: float) -> None:
    power = np.mean(samples.astype(float) ** 2)
    level = 10 * np.log10(power / (largest**2 / 2)) + full_scale_dbm0
    assert level == pytest.approx(0.0, abs=0.05)
    # Half a turn on, the same with the other sign; steps of 45 degrees beginning at 22.5.
    assert samples[4:].tolist() == (-samples[:4]).tolist()
    assert samples[0] / samples[1] == pytest.approx(np.tan(np.pi / 8), rel=0.05)


def test_known_alaw_values() -> None:
    known = {0: 0xD5, -1: 0x55, 32767: 0xAA, -32768: 0x2A, 8: 0xD5, 16: 0xD4, 1023: 0xFA, 1024: 0xE5}
    assert g711.encode_alaw(np.array(list(known), np.int16)).tolist() == list(known.values())
    assert g711.decode_alaw(np.array([0xD5, 0x55, 0xAA, 0x2A], np.uint8)).tolist() == [8, -8, 32256, -32256]


def test_known_ulaw_values() -> None:
    assert g711.encode_ulaw(np.array([0, -1, 32767, -32768], np.int16)).tolist() == [0xFF, 0x7F, 0x80, 0x00]
    assert g711.decode_ulaw(np.array([0xFF, 0x7F, 0x80, 0x00], np.uint8)).tolist() == [0, 0, 32124, -32124]


def test_alaw_octets_survive_a_round_trip() -> None:
    assert (g711.encode_alaw(g711.decode_alaw(EVERY_OCTET)) == EVERY_OCTET).all()


def test_ulaw_octets_survive_a_round_trip_but_for_minus_zero() -> None:
    back = g711.encode_ulaw(g711.decode_ulaw(EVERY_OCTET))
    assert np.flatnonzero(back != EVERY_OCTET).tolist() == [0x7F]
    assert back[0x7F] == 0xFF


@pytest.mark.parametrize(
    ("encode", "decode", "smallest_step", "clip"),
    [(g711.encode_alaw, g711.decode_alaw, 16, 32768), (g711.encode_ulaw, g711.decode_ulaw, 8, 32635)],
    ids=["A-law", "mu-law"],
)
def test_error_is_at_most_half_a_step(encode, decode, smallest_step: int, clip: int) -> None:  # type: ignore[no-untyped-def]
    wanted = np.clip(EVERY_SAMPLE.astype(int), -clip, clip)
    error = np.abs(decode(encode(EVERY_SAMPLE)).astype(int) - wanted)
    # Sixteen steps to each doubling; mu-law's steps are laid from 132 below.
    step = np.maximum(smallest_step, (np.abs(wanted) + 132) / 16)
    assert (error <= step / 2 + 4).all()


def test_levels_keep_their_order() -> None:
    assert (np.diff(g711.decode_alaw(g711.encode_alaw(EVERY_SAMPLE)).astype(int)) >= 0).all()
    assert (np.diff(g711.decode_ulaw(g711.encode_ulaw(EVERY_SAMPLE)).astype(int)) >= 0).all()
