"""How values are read back: what the listener counts, and when a value counts as right."""

from __future__ import annotations

import numpy as np
import pytest

from audio.pcm import Pcm
from benchmarks.number_listener import stretches, syllables, syllables_heard
from benchmarks.spoken_values import TypedValue
from benchmarks.values_heard import by_kind, figures, read_back, share_right, taken_for

NUMBER = TypedValue("digits", "20260173")
WORDS = "二零二六，零幺七三"


def noise(ms: float) -> Pcm:
    return Pcm(np.random.default_rng(round(ms)).normal(0, 3000, round(ms * 8)).astype(np.int16), 8000)


def row(groups: list[list[float]]) -> Pcm:
    """Bursts of these lengths, 30 ms apart, and groups of them 350 ms apart."""
    pieces: list[Pcm] = []
    for group in groups:
        for length in group:
            pieces += [noise(length), Pcm.silence(30, 8000)]
        pieces.append(Pcm.silence(320, 8000))
    return Pcm.concat(pieces)


def test_single_figures_are_counted_by_their_bursts() -> None:
    assert syllables_heard(row([[300, 280, 310], [350]])) == (4, 4)


def test_running_speech_has_one_syllable_at_least_and_no_more_than_anybody_could_say() -> None:
    least, most = syllables_heard(noise(1400))
    assert (least, most) == (1, 10)


def test_silence_is_no_stretch() -> None:
    assert stretches(Pcm.silence(3000, 8000)) == []


def test_a_long_row_is_cut_at_its_pauses_only() -> None:
    identity_number = row([[300] * 6, [300] * 4, [300] * 4, [300] * 4])
    assert [syllables_heard(stretch)[0] for stretch in stretches(identity_number)] == [10, 8]
    assert len(stretches(row([[300] * 4, [300] * 4]))) == 1


@pytest.mark.parametrize(
    ("text", "count"), [("零二三，七七八。", 6), ("下午四点", 4), ("二零雉五", -1), ("二零\ufffd", -1), ("", 0)]
)
def test_syllables_of_a_reading(text: str, count: int) -> None:
    assert syllables(text) == count


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("二零二六零要七三。", True),
        ("二零二六零一七三", True),
        ("二零二六零幺七", False),
        ("二零二六零幺七三三", False),
        ("二零二六零幺一三", False),
        ("", False),
    ],
)
def test_a_value_is_right_when_nothing_is_missing_changed_or_too_much(heard: str, right: bool) -> None:
    assert read_back(NUMBER, WORDS, heard).right is right


def test_figures_of_several_values() -> None:
    results = [read_back(NUMBER, WORDS, "二零二六零幺七三"), read_back(NUMBER, WORDS, "二零二六零幺去三")]
    assert share_right(results) == 0.5
    assert by_kind(results) == {"digits": (1, 2)}
    assert taken_for(results) == {("qi", "qu"): 1}
    assert figures(results)["right"] == 0.5
