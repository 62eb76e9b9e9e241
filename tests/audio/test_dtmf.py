"""The limits of ITU-T Q.24, measured on tones that went through A-law as they do on a line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import g711, tones
from audio.dtmf import DetectedKey, DtmfDetector
from audio.pcm import Pcm

ALL_KEYS = "0123456789*#ABCD"
#: Larger than the 20 ms of a line, for speed; another test shows that it makes no difference.
CHUNK = 1600


def silent(ms: float) -> Pcm:
    return Pcm.silence(ms, 8000)


def detect(pcm: Pcm, chunk: int = CHUNK) -> list[DetectedKey]:
    """What is found when the sound comes over A-law in chunks."""
    heard = g711.decode_alaw(g711.encode_alaw(pcm.samples))
    detector = DtmfDetector()
    return [key for start in range(0, len(heard), chunk) for key in detector.feed(heard[start : start + chunk])]


def digits_of(keys: Sequence[DetectedKey]) -> str:
    return "".join(key.digit for key in keys)


def noisy(pcm: Pcm, signal_to_noise_db: float, random: np.random.Generator) -> Pcm:
    """With white noise over the whole band, that far below the power of the loudest stretch: the tones."""
    signal = pcm.to_floats()
    power = np.max(np.mean(signal[: len(signal) // 80 * 80].reshape(-1, 80) ** 2, axis=1))
    spread = np.sqrt(power * 10 ** (-signal_to_noise_db / 10))
    return Pcm.from_floats(signal + random.normal(0, spread, len(signal)), 8000)


def line_of_keys(count: int, random: np.random.Generator, **how: float) -> tuple[str, Pcm]:
    """Random keys after a pause of random length, each a sample later against the detector's clock than the last."""
    pressed = "".join(random.choice(list(ALL_KEYS), count))
    how = {"tone_ms": 50, "pause_ms": 50} | how
    how["pause_ms"] += 0.125
    return pressed, Pcm.concat([silent(300 + random.integers(0, 40) / 8), tones.keys(pressed, **how), silent(50)])


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(20240601)


@pytest.mark.parametrize("digit", ALL_KEYS)
def test_every_key_is_found_once_with_its_start_and_at_once(digit: str) -> None:
    line = Pcm.concat([silent(123), tones.key(digit, 80), silent(100)])
    (found,) = detect(line)
    assert found.digit == digit
    assert found.start_ms == pytest.approx(123, abs=3)
    assert digits_of(detect(line.cut(0, 123 + 45), chunk=8)) == digit, "certain within 45 ms of its start"


@pytest.mark.parametrize("twist_db", [0, 4, 8, -8])
@pytest.mark.parametrize("offset", [-0.018, -0.015, 0, 0.015, 0.018])
def test_frequencies_off_by_little_are_accepted(offset: float, twist_db: float, random: np.random.Generator) -> None:
    pressed, line = line_of_keys(64, random, offset=offset, twist_db=twist_db)
    assert digits_of(detect(line)) == pressed


@pytest.mark.parametrize("offset", [-0.05, -0.035, 0.035, 0.05])
def test_frequencies_off_by_much_are_refused(offset: float, random: np.random.Generator) -> None:
    _, line = line_of_keys(64, random, offset=offset, tone_ms=200)
    assert detect(line) == []


@pytest.mark.parametrize(("low_offset", "high_offset"), [(0.035, 0), (0, 0.035), (-0.035, 0), (0, -0.035)])
def test_one_wrong_frequency_is_enough_to_refuse(low_offset: float, high_offset: float) -> None:
    for digit in ALL_KEYS:
        low, high = tones.key_frequencies(digit)
        wrong = tones.tone([(low * (1 + low_offset), -9), (high * (1 + high_offset), -9)], 200)
        assert detect(Pcm.concat([wrong, silent(60)])) == [], digit


@pytest.mark.parametrize("tone_ms", [40, 45, 60])
def test_tones_of_40_ms_are_accepted(tone_ms: float, random: np.random.Generator) -> None:
    pressed, line = line_of_keys(400, random, tone_ms=tone_ms, pause_ms=40)
    assert digits_of(detect(line)) == pressed


@pytest.mark.parametrize("tone_ms", [5, 10, 15, 20, 23])
def test_tones_of_23_ms_are_refused(tone_ms: float, random: np.random.Generator) -> None:
    _, line = line_of_keys(400, random, tone_ms=tone_ms)
    assert detect(line) == []


@pytest.mark.parametrize("gap_ms", [2, 5, 10, 15])
@pytest.mark.parametrize("before_ms", [30, 47, 90])
def test_an_interruption_leaves_one_key(before_ms: float, gap_ms: float) -> None:
    for shift in range(40):
        held = tones.key("6", before_ms + gap_ms + 80).samples.copy()
        held[round(before_ms * 8) : round((before_ms + gap_ms) * 8)] = 0
        found = detect(Pcm.concat([silent(50 + shift / 8), Pcm(held, 8000), silent(60)]))
        assert digits_of(found) == "6", shift


def test_a_lost_packet_leaves_one_key() -> None:
    held = tones.key("6", 200).samples.copy()
    held[800:960] = 0
    assert digits_of(detect(Pcm.concat([silent(50), Pcm(held, 8000), silent(60)]))) == "6"


@pytest.mark.parametrize("pause_ms", [40, 50, 100])
def test_a_pause_makes_two_keys(pause_ms: float) -> None:
    for shift in range(40):
        line = Pcm.concat([silent(50 + shift / 8), tones.keys("77", tone_ms=60, pause_ms=pause_ms), silent(50)])
        assert digits_of(detect(line)) == "77", shift


def test_a_key_held_long_is_one_key_even_in_noise(random: np.random.Generator) -> None:
    line = noisy(Pcm.concat([silent(100), tones.key("8", 10_000), silent(100)]), 12, random)
    assert digits_of(detect(line)) == "8"


def test_another_key_without_a_pause_is_another_key() -> None:
    line = Pcm.concat([silent(50), tones.key("1", 80), tones.key("2", 80), silent(50)])
    assert digits_of(detect(line)) == "12"


@pytest.mark.parametrize("level_dbm0", [0, -3, -9, -20, -25, -29, -33])
def test_levels_of_telephones_are_accepted(level_dbm0: float, random: np.random.Generator) -> None:
    pressed, line = line_of_keys(64, random, level_dbm0=level_dbm0)
    assert digits_of(detect(line)) == pressed


@pytest.mark.parametrize("level_dbm0", [-55, -60])
def test_levels_of_crosstalk_are_ignored(level_dbm0: float, random: np.random.Generator) -> None:
    _, line = line_of_keys(64, random, level_dbm0=level_dbm0, tone_ms=200)
    assert detect(line) == []


@pytest.mark.parametrize("level_dbm0", [0, -9, -25])
@pytest.mark.parametrize("twist_db", [8, 4, 2, -2, -4, -8])
def test_twist(twist_db: float, level_dbm0: float, random: np.random.Generator) -> None:
    """Q.24 has the high tone from 4 dB above to 8 dB below the low one; both are accepted either way."""
    pressed, line = line_of_keys(64, random, twist_db=twist_db, level_dbm0=level_dbm0)
    assert digits_of(detect(line)) == pressed


@pytest.mark.parametrize("twist_db", [14, -14])
def test_tones_of_very_different_level_are_no_key(twist_db: float, random: np.random.Generator) -> None:
    _, line = line_of_keys(64, random, twist_db=twist_db)
    assert detect(line) == []


@pytest.mark.parametrize(
    ("signal_to_noise_db", "how"),
    [
        (15, {"tone_ms": 40, "pause_ms": 40}),
        (15, {"level_dbm0": -25}),
        (15, {"twist_db": -8}),
        (15, {"twist_db": 4}),
        (15, {"offset": 0.015}),
        (15, {"offset": -0.015}),
        (12, {"tone_ms": 60}),
    ],
)
def test_noise(signal_to_noise_db: float, how: dict[str, float], random: np.random.Generator) -> None:
    """At least 999 of 1,000 keys, and none that was not pressed."""
    pressed, line = line_of_keys(1000, random, **how)
    found = digits_of(detect(noisy(line, signal_to_noise_db, random)))
    matching = difflib.SequenceMatcher(None, pressed, found, autojunk=False).get_matching_blocks()
    right = sum(block.size for block in matching)
    assert len(pressed) - right <= 1
    assert len(found) == right


def test_noise_alone_is_no_key(random: np.random.Generator) -> None:
    for level_dbm0 in (0, -15, -40):
        assert detect(tones.noise(30_000, level_dbm0, random)) == []


@pytest.mark.parametrize("key_dbm0", [-5, -10, -20])
@pytest.mark.parametrize("frequencies", [[450], [425], [350, 440], [50]], ids=str)
def test_dial_tone_and_hum_are_tolerated(
    frequencies: list[float], key_dbm0: float, random: np.random.Generator
) -> None:
    pressed, line = line_of_keys(64, random, level_dbm0=key_dbm0)
    for dial_dbm0 in (-25, -15, -10):
        steady = tones.tone([(frequency, dial_dbm0) for frequency in frequencies], line.duration_ms)
        assert digits_of(detect(tones.mix(line, steady))) == pressed, dial_dbm0


@pytest.mark.parametrize("sound", [tones.dial_tone, tones.ringing_tone, tones.busy_tone, tones.congestion_tone])
def test_call_progress_is_no_key(sound) -> None:  # type: ignore[no-untyped-def]
    assert detect(sound(10_000, level_dbm0=0)) == []


def test_single_tones_and_foreign_pairs_are_no_keys() -> None:
    """Two tones of one group, special information tones, modem and fax tones."""
    for frequencies in ([697], [1209], [697, 770], [1209, 1477], [950], [1400], [1800], [1100], [2100], [1300, 2100]):
        sound = tones.tone([(frequency, -6) for frequency in frequencies], 500)
        assert detect(Pcm.concat([sound, silent(60)])) == [], frequencies


@given(st.lists(st.integers(0, 700), min_size=1, max_size=40))
@settings(deadline=None, max_examples=50)
def test_how_the_stream_is_cut_makes_no_difference(lengths: list[int]) -> None:
    random = np.random.default_rng(1)
    _, line = line_of_keys(12, random, tone_ms=45)
    samples = noisy(line, 15, random).samples
    detector, found, position = DtmfDetector(), [], 0
    for length in lengths:
        found += detector.feed(samples[position : position + length])
        position += length
    found += detector.feed(samples[position:])
    whole = DtmfDetector().feed(samples)
    assert digits_of(found) == digits_of(whole)
    assert [key.start_ms for key in found] == pytest.approx([key.start_ms for key in whole], abs=0.01)


def test_reset_begins_anew_in_the_middle_of_a_key() -> None:
    held = tones.key("3", 100).samples
    detector = DtmfDetector()
    assert digits_of(detector.feed(held)) == "3"
    assert detector.feed(held) == [], "still held"
    detector.reset()
    (again,) = detector.feed(held)
    assert again == DetectedKey("3", pytest.approx(0, abs=3))
