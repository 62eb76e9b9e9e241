"""What happened in a virtual call, moment by moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.call.ports import Clock, Record


@dataclass(frozen=True)
class Moment:
    """One thing that happened.

    Attributes:
        ms: since the call began, on the virtual clock.
        what: one of the names below.
        facts: what belongs to it.

    | what | facts |
    | --- | --- |
    | `heard` | `text`: a clause that begins to sound; `begins`: whether it is the first of a prompt |
    | `cut` | the prompt under way was interrupted; `by` |
    | `pressed` | `keys` |
    | `said` | `text`: what the caller said |
    | `fired` | `name` of the timer, `after_ms` |
    | `asked` | `operation`, `arguments`: the backend is asked |
    | `answered` | `operation`, `status`, `ms` |
    | `called` | `target`: a person is called |
    | `talked` | `target`, `outcome`, `ms` |
    | `left_behind` | `kind`, `data`, `outcome`: what the caller leaves |
    | `sent` | `channel`, `to`, `text`, `outcome`: a message |
    | `remembered` | `values`, `days` |
    | `forgotten` | |
    | `entered` | `tree`, `node`, `kind`, `language`, `step` |
    | `input` | `outcome`, `input`, `option`, `step` |
    | `left` | `outcome`, `next`, `step` |
    | `parked` | `tree`, `node`, `keep_ms`: where the caller can go on when they call again |
    | `ended` | `by`, `reason` |
    | `redialled` | `after_ms`: the caller calls again |
    """

    ms: int
    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Timeline:
    """Implements `ivr.call.ports.Journal`: reads what the driver writes, and keeps what people want to see.

    Attributes:
        moments: everything so far.
        timers: names of the timers that run.
        told: called with every moment.
    """

    def __init__(self, clock: Clock, told: Callable[[Moment], None]) -> None:
        self._clock = clock
        self._begun_at = clock.seconds()
        self._timers: dict[int, tuple[str, int]] = {}
        self.moments: list[Moment] = []
        self.told = told
        self._read: dict[tuple[str, str], Callable[[dict[str, Any]], None]] = {
            ("command", "StartTimer"): self._timer_started,
            ("command", "CancelTimer"): self._timer_cancelled,
            ("event", "TimerFired"): self._timer_fired,
            ("fact", "backend"): self._answered,
            ("fact", "transfer"): self._talked,
            ("fact", "played"): self._played,
        }
        self._notes: dict[str, tuple[str, tuple[str, ...]]] = {
            "step_entered": ("entered", ("tree", "node", "kind", "language", "step")),
            "input": ("input", ("outcome", "input", "option", "step")),
            "step_left": ("left", ("outcome", "next", "step")),
        }

    @property
    def healthy(self) -> bool:
        return True

    @property
    def now_ms(self) -> int:
        return round((self._clock.seconds() - self._begun_at) * 1000)

    @property
    def timers(self) -> set[str]:
        return {name for name, _ in self._timers.values()}

    def add(self, what: str, **facts: Any) -> None:
        moment = Moment(self.now_ms, what, facts)
        self.moments.append(moment)
        self.told(moment)

    def append(self, call_id: str, records: Sequence[Record]) -> None:
        """See `ivr.call.ports.Journal`."""
        for record in records:
            if record.name == "Note":
                self._note(record.data["name"], record.data["data"])
            read = self._read.get((record.kind, record.name))
            if read:
                read(record.data)

    def _note(self, name: str, data: dict[str, Any]) -> None:
        if name in self._notes:
            what, fields = self._notes[name]
            self.add(what, **{field: data[field] for field in fields})
        elif name == "call_ended":
            self.add("ended", by=data["ended_by"], reason=data["reason"])

    def _timer_started(self, data: dict[str, Any]) -> None:
        self._timers[data["token"]] = (data["name"], data["ms"])

    def _timer_cancelled(self, data: dict[str, Any]) -> None:
        self._timers.pop(data["token"], None)

    def _timer_fired(self, data: dict[str, Any]) -> None:
        name, ms = self._timers.pop(data["token"])
        self.add("fired", name=name, after_ms=ms)

    def _answered(self, data: dict[str, Any]) -> None:
        self.add("answered", operation=data["operation"], status=data["status"], ms=data["ms"])

    def _talked(self, data: dict[str, Any]) -> None:
        self.add("talked", target=data["target"], outcome=data["outcome"], ms=data["ms"])

    def _played(self, data: dict[str, Any]) -> None:
        if data["ended"] != "finished":
            self.add("cut", by=data["ended"])
