from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.sip.throttle import MOST_SOCKETS, SET_ASIDE_S, SOCKETS_OF_A_CALL, Throttle


def test_a_call_now_and_then_waits_for_nothing() -> None:
    throttle = Throttle()
    for second in range(100):
        throttle.used(SOCKETS_OF_A_CALL, float(second))
        assert throttle.wait(float(second)) == 0.0


def test_too_many_at_once_wait_until_the_oldest_are_forgotten() -> None:
    throttle = Throttle()
    throttle.used(MOST_SOCKETS - 2, 10.0)
    assert throttle.wait(10.0) == 0.0
    throttle.used(2, 10.2)
    assert throttle.wait(10.2) == pytest.approx(SET_ASIDE_S - 0.2)
    assert throttle.wait(10.0 + SET_ASIDE_S) == 0.0


@given(st.lists(st.integers(1, 20), max_size=60))
def test_there_are_never_more_in_use_than_fit(bursts: list[int]) -> None:
    """One round of polling uses up to twenty; the next only comes after the wait."""
    throttle, now, used = Throttle(), 0.0, []
    for burst in bursts:
        throttle.used(burst, now)
        used += [now] * burst
        assert sum(at > now - SET_ASIDE_S + 1e-9 for at in used) < MOST_SOCKETS + 20
        now += throttle.wait(now)
