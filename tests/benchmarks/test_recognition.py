"""The benchmark of recognition: what it does to speech, and how it fits thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from audio.pcm import Pcm
from benchmarks import recognition_korean as korean
from benchmarks.recognition_corpus import Utterance
from benchmarks.recognition_damage import with_accent, with_babble, with_loss
from benchmarks.recognition_evidence import Case
from benchmarks.recognition_judging import calibrated, figures
from benchmarks.recognition_menus import MENUS, OUTSIDE, VOICES
from speech.matching.sounds import likeness
from speech.recognisers.base import Evidence, HeardText
from speech.voices.manner import MANNERS

NOISE = Pcm(np.random.default_rng(1).normal(0, 2000, 16_000).astype(np.int16), 8000)


@pytest.mark.parametrize("text", ["身份证", "你说慢一点", "养老保险", "回到主菜单", "老年证"])
def test_an_accent_changes_characters_but_hardly_the_sound(text: str) -> None:
    accented = with_accent(text)
    assert accented != text
    assert len(accented) == len(text)
    assert likeness(text, accented, "zh") > 0.8


@pytest.mark.parametrize("share", [0.03, 0.08])
def test_the_share_of_packets_that_is_lost(share: float) -> None:
    pcm = Pcm(np.tile(NOISE.samples, 30), 8000)
    packets = (pcm.samples != with_loss(pcm, share, seed=1).samples).reshape(-1, 160).any(axis=1)
    assert np.mean(packets) == pytest.approx(share, rel=0.25)
    assert np.array_equal(with_loss(pcm, share, seed=1).samples, with_loss(pcm, share, seed=1).samples)


@pytest.mark.parametrize("snr_db", [15.0, 5.0])
def test_babble_is_as_loud_as_it_should_be(snr_db: float) -> None:
    speech = Pcm(NOISE.samples, 8000)
    noisy = with_babble(speech, Pcm(NOISE.samples[::-1].copy(), 8000), snr_db, seed=2)
    added = noisy.to_floats() - speech.to_floats()
    found = 20 * np.log10(np.std(speech.to_floats()) / np.std(added))
    assert found == pytest.approx(snr_db, abs=1.0)


def test_calibration_and_evaluation_share_nothing() -> None:
    assert not set(VOICES["calibration"]) & set(VOICES["evaluation"])
    assert not set(OUTSIDE["calibration"]) & set(OUTSIDE["evaluation"])
    assert not {voice for part in VOICES.values() for voice in part} & {manner.voice for manner in MANNERS.values()}
    said = [{text for menu in MENUS[part].values() for texts in menu.said.values() for text in texts} for part in MENUS]
    assert not said[0] & said[1]


def test_the_korean_halves_share_nothing_either() -> None:
    for halves in (korean.VOICES, korean.OUTSIDE):
        assert not set(halves["calibration"]) & set(halves["evaluation"])
    said = [
        {phrase for menu in menus for phrases in menu.values() for phrase in phrases} for menus in korean.MENUS.values()
    ]
    assert not said[0] & said[1]
    assert {len(menu) for menus in korean.MENUS.values() for menu in menus} == {8}


@pytest.mark.parametrize("part", ["calibration", "evaluation"])
def test_menus_have_eight_options(part: str) -> None:
    assert {len(menu.options) for menu in MENUS[part].values()} == {8}  # type: ignore[index]


def case(number: int, *, outside: bool) -> Case:
    """A case whose scores tell clearly enough whether it is outside of the menu."""
    source = np.random.default_rng(number)
    best = source.normal(-4.5 if outside else -1.0, 0.4)
    scores = {"查进度": best, "办事指南": source.normal(-5.5, 0.3)}
    text = "今天天气" if outside else "查进度"
    one = Utterance(
        "synthetic", {"1": ("查进度",), "2": ("办事指南",)}, "" if outside else "1", text, "clean", lambda: NOISE
    )
    return Case(one, Evidence((HeardText(text, -0.5),), scores), 1.0, 0.3)


def test_a_judge_is_fitted_and_its_figures_follow() -> None:
    cases = [case(number, outside=number % 3 == 0) for number in range(120)]
    judge = calibrated(cases)
    assert 0.0 < judge.confirm < judge.accept < 1.0
    (found,) = figures(cases, judge).values()
    assert (found.said, found.outside) == (80, 40)
    assert found.best == 80
    assert found.accepted >= 76
    assert found.false <= 1
    assert found.cpu_s == pytest.approx(36.0)


def test_what_turn_taking_missed_counts_as_said_and_not_heard() -> None:
    missed = Case(case(1, outside=False).utterance, None, 0.0, 0.0)
    judge = calibrated([case(number, outside=number % 3 == 0) for number in range(60)])
    (found,) = figures([missed], judge).values()
    assert (found.said, found.best, found.accepted) == (1, 0, 0)
