"""The call of `benchmarks.engine` is one that the shipped hotline answers."""

from __future__ import annotations

from benchmarks.engine import ROOT, events_of_a_call
from ivr.config import SHIPPED_TREES
from ivr.flow.engine import Engine
from menus.loader import load_menus


def test_the_call_comes_to_its_end() -> None:
    events = events_of_a_call(Engine(load_menus(SHIPPED_TREES), ROOT))
    assert len(events) > 30
    assert type(events[-1]).__name__ == "CallerHungUp"
