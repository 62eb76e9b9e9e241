"""What the console knows of the machine: given from outside, because it spans all rooms."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Finding(Protocol):
    """One thing that was looked at (`ivr.doctor.Finding`)."""

    @property
    def what(self) -> str: ...

    @property
    def verdict(self) -> str: ...

    @property
    def told(self) -> str: ...

    @property
    def mend(self) -> str: ...


class Said(Protocol):
    """A line of the gateway's log (`ivr.logs.LogLine`)."""

    @property
    def at(self) -> datetime: ...

    @property
    def process(self) -> str: ...

    @property
    def message(self) -> str: ...


@dataclass(frozen=True)
class Process:
    """One process of the gateway.

    Attributes:
        state: as the supervisor says it, such as `ready` or `waiting`.
        restarts: how often it was started again.
        counts: what a line worker counts: see `ivr.call.counting.Counts.to_dict`.
        journal: whether its disk takes its journal; None of a process that writes none.
        circuits: who is asked, `backend` or a department, to `closed`, `half_open` or `open`: asking is interrupted
            because no answer came (`backend_client.breaker`).
    """

    name: str
    state: str
    pid: int | None
    uptime_s: float
    restarts: int
    counts: Mapping[str, Any] = field(default_factory=dict)
    journal: bool | None = None
    circuits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Backlog:
    """What callers left and the backend does not have.

    Attributes:
        waiting: how many things wait to be delivered.
        refused: how many the backend has refused, for a person to look at.
        oldest_s: how long the oldest waits.
    """

    waiting: int = 0
    refused: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True)
class State:
    """The machine at one moment.

    Attributes:
        version: of this program.
        processes: of the gateway; None when the supervisor does not answer.
        findings: of `ivr doctor`, the bad ones first.
        waiting_bytes: of the journals that are not in the database yet.
        disk_free, disk_size: of the data folder, bytes.
        errors: the latest lines of the log that are warnings or worse, in the order in which they were said.
        outbox: what callers left and the backend does not have.
    """

    at: datetime
    version: str
    processes: Sequence[Process] | None
    findings: Sequence[Finding]
    waiting_bytes: int
    disk_free: int
    disk_size: int
    errors: Sequence[Said]
    outbox: Backlog = Backlog()


def circuits(processes: Sequence[Process]) -> dict[str, dict[str, list[str]]]:
    """Whom line workers ask, to states other than `closed`, to the workers whose circuit is in it."""
    found: dict[str, dict[str, list[str]]] = {}
    for process in processes:
        for name, state in process.circuits.items():
            states = found.setdefault(name, {})
            if state != "closed":
                states.setdefault(state, []).append(process.name)
    return found


class Cached:
    """Looks at the machine at most once in a while, whoever asks; looking takes a second.

    Args:
        look: looks, from any thread.
        keep_s: for how long an answer counts.
    """

    def __init__(self, look: Callable[[], State], keep_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._keep_s = keep_s
        self._clock = clock
        self._known: tuple[float, State] | None = None

    def __call__(self) -> State:
        known = self._known
        if known is None or self._clock() - known[0] > self._keep_s:
            known = self._known = (self._clock(), self._look())
        return known[1]
