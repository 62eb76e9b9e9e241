"""When a turn begins, pauses and ends."""

from __future__ import annotations

import numpy as np
import pytest

from speech.turns.taker import Ended, Hushed, Murmur, Patience, Paused, Started, TurnEvent, TurnTaker
from tests.speech.worker.fakes import LevelDetector, silence, spoken


def taker(**patience: float) -> TurnTaker:
    return TurnTaker(LevelDetector(), Patience(**patience))


def kinds(events: list[TurnEvent]) -> list[type[TurnEvent]]:
    return [type(event) for event in events]


def test_speech_begins_pauses_and_ends() -> None:
    events = taker().accept(np.concatenate([silence(480), spoken(1, 640), silence(1000)]))
    assert kinds(events) == [Started, Hushed, Paused, Ended]
    started, hushed, paused, ended = events
    assert isinstance(started, Started)
    assert isinstance(hushed, Hushed)
    assert isinstance(paused, Paused)
    assert isinstance(ended, Ended)
    assert started.at_ms == pytest.approx(480, abs=32)
    assert ended.at_ms == pytest.approx(1120, abs=32)
    assert ended.voiced_ms == pytest.approx(640, abs=32)
    assert len(hushed.utterance) < len(paused.utterance) < len(ended.utterance)


def test_the_utterance_holds_what_was_before_it() -> None:
    (ended,) = [
        event
        for event in taker().accept(np.concatenate([silence(1000), spoken(1), silence(1000)]))
        if isinstance(event, Ended)
    ]
    quiet = int(np.argmax(np.abs(ended.utterance) > 0)) / 8
    assert 200 < quiet < 400


@pytest.mark.parametrize("chunk", [37, 160, 480, 100_000])
def test_the_size_of_the_pieces_makes_no_difference(chunk: int) -> None:
    sound = np.concatenate([silence(300), spoken(1, 700), silence(300), spoken(1, 500), silence(900)])
    follower = taker()
    events = [event for start in range(0, len(sound), chunk) for event in follower.accept(sound[start : start + chunk])]
    assert kinds(events) == [Started, Hushed, Paused, Hushed, Paused, Ended]


def test_a_cough_is_a_murmur_and_the_next_word_counts() -> None:
    events = taker().accept(np.concatenate([silence(300), spoken(1, 250), silence(800), spoken(1, 700), silence(900)]))
    assert kinds(events) == [Hushed, Paused, Murmur, Started, Hushed, Paused, Ended]


def test_a_click_is_nothing() -> None:
    assert taker().accept(np.concatenate([silence(300), spoken(1, 20), silence(800)])) == []


def test_ten_minutes_of_speech_are_cut_again_and_again() -> None:
    follower = taker(longest_ms=15_000)
    events = [event for _ in range(600) for event in follower.accept(spoken(1, 1000))]
    ended = [event for event in events if isinstance(event, Ended)]
    assert len(ended) in (39, 40)
    assert all(event.too_long for event in ended)
    assert max(len(event.utterance) for event in ended) <= 16_000 * 8


def test_speech_over_a_prompt_counts_only_where_it_may() -> None:
    sound = np.concatenate([spoken(1, 700), silence(900)])
    sent = spoken(2, len(sound) / 8)[: len(sound)]
    for allowed in (True, False):
        follower = TurnTaker(LevelDetector(), Patience(), over_prompt=allowed)
        assert bool(follower.accept(sound, sent)) is allowed


def test_a_turn_can_be_ended_by_its_words() -> None:
    follower = taker()
    follower.accept(np.concatenate([silence(300), spoken(1, 700), silence(200)]))
    ended = follower.end()
    assert ended is not None
    assert ended.at_ms == pytest.approx(1000, abs=32)
    assert follower.end() is None
    assert not len(follower.heard)
