"""How many events the engine handles in a second, on one core.

`python -m benchmarks.engine [--seconds 5] [--json]` makes a call to the shipped hotline, with keys, a case that is
found, answers that are heard and a second matter, then gives the events of this call to the engine again and again.
The engine is pure, so the same events always lead the same way. Besides the figure for `handle` alone it tells that
with the state taken through JSON between all events, as it is when calls are parked. Time is processor time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import click

from ivr.config import SHIPPED_TREES
from ivr.flow import events
from ivr.flow.engine import Engine
from ivr.flow.events import Event
from ivr.flow.state import CallState
from menus.loader import load_menus

ROOT = "hotline"
#: What must be reached: events per second.
TARGET = 20_000
CASE = {
    "number": "20260001",
    "item_name": "补办身份证",
    "status": "in_review",
    "status_text": "正在审核",
    "step": "材料齐了，工作人员正在看。",
    "expected_on": "2026-12-05",
    "missing_documents": ["照片"],
    "pickup_address": "县政务大厅一楼",
}
NOTICES = {"count": 2, "items": [{"text": "清水镇明天上午停电。"}, {"text": "石桥镇后天停电。"}]}


class Caller:
    """Makes a call and keeps its events.

    Attributes:
        events: all that happened so far.
    """

    def __init__(self, engine: Engine) -> None:
        self.events: list[Event] = []
        self.state = CallState()
        self._engine = engine
        self._give(events.CallOffered("c1", "13900001234", "12345", "2026-11-22T10:00:00+08:00"))
        self._give(events.CallAnswered())

    def listen(self) -> None:
        """Hear everything until the gateway waits for the caller or the backend."""
        while self.state.playing:
            self._give(events.PlaybackFinished(self.state.playing))

    def press(self, keys: str) -> None:
        for key in keys:
            self._give(events.DigitPressed(key))

    def stay_silent(self) -> None:
        self._give(events.TimerFired(self.state.timer))

    def reply(self, data: object) -> None:
        self._give(events.BackendReplied(self.state.query, data))

    def hang_up(self) -> None:
        self._give(events.CallerHungUp())

    def _give(self, event: Event) -> None:
        self.events.append(event)
        before = self.state
        self.state, _ = self._engine.handle(before, event)
        assert self.state != before, f"nothing came of {event}"


def events_of_a_call(engine: Engine) -> list[Event]:
    """A call as callers make them: a case, a mistake, silence, the power cuts."""
    caller = Caller(engine)
    caller.listen()
    caller.press("1")
    caller.listen()
    caller.press("20260001")
    caller.reply(CASE)
    caller.listen()
    caller.stay_silent()
    caller.listen()
    caller.press("7")
    caller.listen()
    caller.press("9")
    caller.press("411")
    caller.reply(NOTICES)
    caller.listen()
    caller.press("*")
    caller.listen()
    caller.hang_up()
    return caller.events


def rate(call: Callable[[], int], seconds: float) -> float:
    """Events per second of processor time."""
    call()
    began, done = time.process_time(), 0
    while time.process_time() - began < seconds:
        done += call()
    return done / (time.process_time() - began)


@click.command()
@click.option("--seconds", default=5.0, help="Processor time for each figure.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(seconds: float, as_json: bool) -> None:
    """Measure the engine."""
    engine = Engine(load_menus(SHIPPED_TREES), ROOT)
    script = events_of_a_call(engine)

    def plain() -> int:
        state = CallState()
        for event in script:
            state, _ = engine.handle(state, event)
        return len(script)

    def through_json() -> int:
        state = CallState()
        for event in script:
            state, _ = engine.handle(CallState.from_dict(json.loads(json.dumps(state.to_dict()))), event)
        return len(script)

    figures = {
        "events_in_the_call": len(script),
        "events_per_second": round(rate(plain, seconds)),
        "events_per_second_through_json": round(rate(through_json, seconds)),
        "target": TARGET,
    }
    if as_json:
        click.echo(json.dumps(figures))
    else:
        for name, figure in figures.items():
            click.echo(f"{name.replace('_', ' '):32} {figure:>10,}")
    if figures["events_per_second"] < TARGET:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
