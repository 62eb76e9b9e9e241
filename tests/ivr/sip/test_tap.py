"""The rounds in which taps are looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from twisted.internet.task import Clock

from ivr.sip.sides import EACH_THIRD, LONG_QUIET_ROUNDS, BothSides
from ivr.sip.tap import QUIET, ROUND_S, Taps, is_quiet


class FakeLibrary:
    """Only calls later."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.wakes = 0

    def later(self, seconds: float, function: Callable[..., object], *arguments: object) -> None:
        def woken() -> None:
            self.wakes += 1
            function(*arguments)

        self.clock.callLater(seconds, woken)

    def pass_rounds(self, count: int) -> None:
        for _ in range(count):
            self.clock.advance(ROUND_S + 1e-7)  # sums of fractions are a little off


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def taps(library: FakeLibrary) -> Taps:
    return Taps(cast(Any, library))


class Looker:
    """Counts its looks, and wants the next one in these rounds."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.looks = 0

    def look(self) -> int:
        self.looks += 1
        return self.every


def test_each_is_looked_at_in_the_rounds_it_wants_and_the_worker_wakes_for_no_other(
    library: FakeLibrary, taps: Taps
) -> None:
    first, second = Looker(3), Looker(3)
    taps.each_round(first.look)
    library.pass_rounds(1)
    taps.each_round(second.look)
    library.pass_rounds(9)
    assert (first.looks, second.looks) == (4, 3)
    # In rounds 1, 3, 6 and 9: both look in the same ones from 3 on.
    assert library.wakes == 4


def test_who_looks_often_does_not_make_others_look_often(library: FakeLibrary, taps: Taps) -> None:
    often, seldom = Looker(1), Looker(3)
    taps.each_round(seldom.look)
    taps.each_round(often.look)
    library.pass_rounds(12)
    assert (often.looks, seldom.looks) == (12, 5)


def test_the_rounds_end_with_the_last_and_begin_again(library: FakeLibrary, taps: Taps) -> None:
    looker = Looker(1)
    taps.each_round(looker.look)
    library.pass_rounds(2)
    taps.no_more(looker.look)
    library.pass_rounds(5)
    assert looker.looks == 2
    assert not library.clock.getDelayedCalls()
    taps.each_round(looker.look)
    library.pass_rounds(1)
    assert looker.looks == 3


def test_one_that_ends_itself_or_another_is_not_looked_at_again(library: FakeLibrary, taps: Taps) -> None:
    other = Looker(1)

    def ends_both() -> int:
        taps.no_more(ends_both)
        taps.no_more(other.look)
        return 1

    taps.each_round(ends_both)
    taps.each_round(other.look)
    library.pass_rounds(3)
    assert other.looks == 0
    assert not library.clock.getDelayedCalls()


def test_trouble_with_one_leaves_the_others_their_looks(
    library: FakeLibrary, taps: Taps, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> int:
        raise ValueError("no sound")

    looker = Looker(1)
    taps.each_round(broken)
    taps.each_round(looker.look)
    library.pass_rounds(3)
    assert looker.looks == 3
    assert "no sound" in caplog.text


def test_quiet_is_what_a_line_does_when_nobody_speaks() -> None:
    assert is_quiet(b"")
    assert is_quiet(np.array([QUIET, -QUIET, 8], np.int16).tobytes())
    assert not is_quiet(np.array([0, QUIET + 1], np.int16).tobytes())
    assert not is_quiet(np.array([0, -32768], np.int16).tobytes())


class FakeTap:
    """Hears so many samples of one value in each round."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self._heard_at = 0.0
        self.value = 0

    def taken(self) -> bytes:
        now = self._library.clock.seconds()
        frames = round((now - self._heard_at) / 0.02)
        self._heard_at += frames * 0.02
        return np.full(160 * frames, self.value, np.int16).tobytes()


def test_a_quiet_caller_is_looked_at_less_often_and_nothing_of_what_they_say_is_lost(
    library: FakeLibrary, taps: Taps, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, sent = FakeTap(library), FakeTap(library)
    given = [caller, sent]
    monkeypatch.setattr(taps, "take", lambda: given.pop(0))
    chunks: list[int] = []
    BothSides(taps, lambda both: chunks.append(len(both) // 4), lambda sides: None)
    library.pass_rounds(30)
    assert set(chunks[2:]) == {EACH_THIRD * 320}
    caller.value = 5000
    library.pass_rounds(EACH_THIRD)
    chunks.clear()
    library.pass_rounds(10)
    assert chunks == [320] * 10, "each round from then on"
    caller.value = 0
    library.pass_rounds(LONG_QUIET_ROUNDS - 1)
    assert set(chunks) == {320}, "a pause may end a turn: as fast as ever"
    library.pass_rounds(20)
    assert chunks[-1] == EACH_THIRD * 320
