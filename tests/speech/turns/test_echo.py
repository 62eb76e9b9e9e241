"""The echo of our own voice, on simulated lines and loudspeakers, through A-law."""

from __future__ import annotations

import numpy as np
import pytest

from audio import g711
from audio.pcm import Samples
from speech.recognisers.base import RATE
from speech.turns.echo import EchoCanceller
from speech.turns.voice import FRAME
from tests.speech.turns.sounds import echo_of, echo_path, noise, talk

#: Delay and length of the tail in ms, gain in dB: a line, a bad line, a loudspeaker, a loud one far away.
PATHS = [(40, 8, -25), (120, 8, -12), (200, 100, -6), (350, 100, -3)]
CALLER_AT = 5 * RATE


def through_line(samples: Samples) -> Samples:
    return g711.decode_alaw(g711.encode_alaw(samples))


def cleaned(near: Samples, sent: Samples, canceller: EchoCanceller) -> Samples:
    frames = range(0, len(near) - FRAME + 1, FRAME)
    return np.concatenate([canceller.accept(near[at : at + FRAME], sent[at : at + FRAME]) for at in frames])


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-9))


@pytest.mark.parametrize(("delay", "tail", "gain"), PATHS)
def test_hardly_anything_of_an_echo_is_left(delay: float, tail: float, gain: float) -> None:
    sent = talk(8000, 2500, seed=1)
    near = through_line(echo_of(sent, echo_path(delay, tail, gain)) + noise(8000, 10))
    left = cleaned(near, sent, EchoCanceller())
    second = slice(2 * RATE, None)
    assert level_db(left[second]) < level_db(near[: len(left)][second]) - 12


@pytest.mark.parametrize(("delay", "tail", "gain"), PATHS)
def test_a_caller_who_talks_over_the_prompt_stays(delay: float, tail: float, gain: float) -> None:
    sent = talk(8000, 2500, seed=1)
    caller = talk(1500, 2500, seed=2)
    near = echo_of(sent, echo_path(delay, tail, gain)) + noise(8000, 10)
    near[CALLER_AT : CALLER_AT + len(caller)] += caller
    left = cleaned(through_line(near), sent, EchoCanceller())
    talked = slice(CALLER_AT, CALLER_AT + len(caller))
    assert level_db(left[talked]) > level_db(caller) - 4
    alike = np.corrcoef(left[talked].astype(float), caller.astype(float))[0, 1]
    assert alike > 0.7


def test_without_our_own_sound_nothing_is_changed() -> None:
    near = talk(1000, 2500, seed=3)[: 31 * FRAME]
    assert np.array_equal(cleaned(near, np.zeros_like(near), EchoCanceller()), near)


def test_the_way_of_the_echo_is_remembered_from_turn_to_turn() -> None:
    path = echo_path(120, 8, -12)
    first, second = talk(4000, 2500, seed=1), talk(1000, 2500, seed=4)
    canceller = EchoCanceller()
    cleaned(through_line(echo_of(first, path)), first, canceller)
    canceller.pause()
    near = through_line(echo_of(second, path))
    left = cleaned(near, second, canceller)
    assert level_db(left) < level_db(near) - 10


def test_the_silence_of_a_law_under_a_prompt_is_silence() -> None:
    """A-law has no zero: a phone that sends silence sends +8 or -8, and the filter could make the prompt of it."""
    sent = talk(4000, 2500, seed=1)
    near = through_line(np.zeros_like(sent))
    assert set(np.unique(near)) == {8}
    assert not cleaned(near, sent, EchoCanceller()).any()


@pytest.mark.parametrize("level", [0, 4, 10])
@pytest.mark.parametrize("at_s", [2, 5])
def test_on_a_quiet_line_without_echo_a_caller_stays_from_the_first_syllable(level: float, at_s: int) -> None:
    sent = talk(8000, 2500, seed=1)
    caller = talk(1200, 2500, seed=2)
    near = noise(8000, level)
    talked = slice(at_s * RATE, at_s * RATE + len(caller))
    near[talked] += caller
    left = cleaned(through_line(near), sent, EchoCanceller())
    assert level_db(left[talked]) > level_db(caller) - 4
    assert np.corrcoef(left[talked].astype(float), caller.astype(float))[0, 1] > 0.8


def test_an_echo_that_begins_late_is_found_too() -> None:
    """The caller switches the loudspeaker on after three seconds of silence."""
    sent = talk(9000, 2500, seed=1)
    near = echo_of(sent, echo_path(200, 100, -6))
    near[: 3 * RATE] = 0
    left = cleaned(through_line(near), sent, EchoCanceller())
    assert level_db(left[5 * RATE :]) < level_db(near[5 * RATE : len(left)]) - 12


@pytest.mark.parametrize(("delay", "tail", "gain"), PATHS[1:])
@pytest.mark.parametrize("jump_ms", [20, 60])
def test_an_echo_whose_delay_jumps_is_found_again(delay: float, tail: float, gain: float, jump_ms: int) -> None:
    """The jitter buffer of a phone makes room for late packets after four seconds."""
    sent = talk(9000, 2500, seed=1)
    echo = echo_of(sent, echo_path(delay, tail, gain))
    later = np.concatenate([np.zeros(jump_ms * 8, dtype=echo.dtype), echo])[: len(echo)]
    near = through_line(np.concatenate([echo[: 4 * RATE], later[4 * RATE :]]) + noise(9000, 10))
    left = cleaned(near, sent, EchoCanceller())
    after = slice(5 * RATE, None)
    assert level_db(left[after]) < level_db(near[: len(left)][after]) - 10
