"""A gateway with calls going on, for benchmarks that do something to it meanwhile: who is calling, and what was lost.

A caller's side is `benchmarks/light_caller.py`. What callers saw and did (answers, keys) is compared with the journal,
and the journal, line for line, with the call log.
"""

from __future__ import annotations

import itertools
import json
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.light_caller import PACKET_S, LightCall, LightCallers
from ivr.config import DataFolder
from ivr.processes.control import ask
from tests.system.rawphone import NothingCameError, RawPhone
from tests.system.running import Running, free_port, gateway

#: New calls each second while the load builds up.
RATE = 8.0
KEY_EVERY_S = 3.0
#: A call that hears nothing for so long is over for its caller.
SILENT_S = 1.5
#: A key is journalled within this time, or the worker did not get to it. In seconds.
KEY_S = 0.5
_PLACES = itertools.count(1)


def say(words: str) -> None:
    """Progress, beside the figures."""
    click.echo(f"{time.strftime('%H:%M:%S')} {words}", err=True)


def end_tidily() -> None:
    """Let SIGTERM end a benchmark as Ctrl-C does: with everything that it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def load_settings(lines: int, /, **more: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a gateway with so many lines on free ports, whose edge does not limit our callers."""
    whole: dict[str, Any] = {
        "sip": {"rtp_port_first": 10000 + free_port() % 4000 * 2, "rtp_port_count": max(400, lines * 6)},
        "lines": {"count": lines, "port_first": 40000 + free_port() % 20000},
        "edge": {"calls_per_second": 1000, "requests_per_source": 1_000_000, "calls_per_caller": 1_000_000},
        "console": {"port": free_port()},
    }
    for section, values in more.items():
        whole[section] = {**whole.get(section, {}), **values}
    return whole


@contextmanager
def loaded_gateway(settings: Mapping[str, Any], folder: Path | None = None) -> Iterator[Running]:
    """A whole gateway; in a folder of its own if none is given."""
    with tempfile.TemporaryDirectory() as own:
        say(f"starting a gateway of {settings['lines']['count']} lines")
        with gateway(folder or Path(own), settings) as running:
            yield running
            say("ending the gateway")


def workers(running: Running) -> dict[str, dict[str, Any]]:
    """What the supervisor says of its processes, by name."""
    answer = ask(DataFolder(running.data).control, {"do": "workers"})
    return {worker["name"]: worker for worker in answer["workers"]}


def all_ready(running: Running, timeout_s: float = 120.0) -> None:
    """Wait until every process is ready, also those that a gateway can be without."""
    deadline = time.monotonic() + timeout_s
    while any(worker["state"] != "ready" for worker in workers(running).values()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not ready: {workers(running)}")
        time.sleep(0.2)


def ready_again(running: Running, name: str, before: int | None, timeout_s: float) -> float | None:
    """Seconds until the process of this name is another one and ready; None if that does not happen in time."""
    since = time.monotonic()
    while time.monotonic() - since < timeout_s:
        worker = workers(running)[name]
        if worker["pid"] not in (None, before) and worker["state"] == "ready":
            return time.monotonic() - since
        time.sleep(0.05)
    return None


def takes_a_call(running: Running, timeout_s: float) -> float | None:
    """Seconds until a call is answered; None if that does not happen in time."""
    since = time.monotonic()
    while time.monotonic() - since < timeout_s:
        # A caller from elsewhere each time: nobody is kept out for calling often.
        with RawPhone(user=f"1370000{next(_PLACES):04}") as phone, suppress(NothingCameError):
            # It sends its INVITE once only, and nobody may be there yet.
            phone.dial("127.0.0.1", running.sip_port, "12345", timeout=1.0)
            took = time.monotonic() - since
            phone.hang_up()
            return took
        time.sleep(0.02)
    return None


def takes_calls(running: Running, calls: int, timeout_s: float) -> float | None:
    """The same for so many calls one after the other, so that each line worker has its turn; the longest."""
    took = [takes_a_call(running, timeout_s) for _ in range(calls)]
    return None if None in took else max(one for one in took if one is not None)


def worker_of(call: LightCall) -> str:
    """Name of the line worker that answered, which its Contact tells."""
    return call.remote.partition("sip:")[2].partition("@")[0]


class Load:
    """Calls that go on in a thread of their own: for each that ends, another begins."""

    def __init__(self, running: Running, calls: int, scripts: Sequence[str] = ("*",)) -> None:
        self.callers = LightCallers(("127.0.0.1", running.sip_port), "12345", KEY_EVERY_S, scripts)
        self._calls = calls
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._struck: list[tuple[float, str]] = []
        self._leaving: deque[LightCall] = deque()
        self._thread.start()
        deadline = time.monotonic() + 30
        while len(self.going()) < calls and time.monotonic() < deadline:
            time.sleep(0.1)

    def _run(self) -> None:
        while not self._ending.is_set():
            tried = [call for call in self.callers.calls if not call.gone and call.status in (0, 200)]
            for call in tried:
                if call.status == 0 and call.invited_at < time.time() - 4.0:
                    call.gone = True  # its INVITE went to nobody
            while self._leaving:
                self.callers.hang_up(self._leaving.popleft())
            if len(tried) < self._calls:
                self.callers.call()
            self.callers.run(1 / RATE)

    def going(self) -> list[LightCall]:
        """The calls that are answered and not over."""
        return [call for call in self.callers.calls if call.status == 200 and not call.gone]

    def strike(self, name: str) -> None:
        """From now on the process of this name need not act; `every` for all."""
        self._struck.append((time.time(), name))

    def give_up_silent(self) -> list[LightCall]:
        """The calls that should go on and hear nothing. Their callers leave without a word, as when a line is cut."""
        now = time.time()
        silent = [call for call in self.going() if max(call.last_at, call.begun_at) < now - SILENT_S]
        for call in silent:
            call.gone = True
        return silent

    def hang_up_later(self, call: LightCall) -> None:
        """Let a call hang up in the thread of the calls, in a moment."""
        if call not in self._leaving:
            self._leaving.append(call)

    def stop(self) -> None:
        """Let all calls hang up."""
        self._ending.set()
        self._thread.join()
        for call in self.callers.calls:
            self.callers.hang_up(call)
        self.callers.run(1.5)
        self.callers.close()

    def keys_that_count(self, call: LightCall) -> int:
        """How many keys of a call must be in the journal: those before its end, and before its worker was struck."""
        ends = [call.over_at or time.time()]
        name = worker_of(call)
        ends += [at for at, struck in self._struck if struck in (name, "every") and at > call.begun_at]
        return sum(at < min(ends) - KEY_S for at in call.keys)


class Window:
    """What calls received in some time, from now on."""

    def __init__(self, calls: Sequence[LightCall]) -> None:
        self._calls = calls
        self._since = time.time()
        self._marks = {call.number: (call.received, len(call.gaps)) for call in calls}

    def figures(self) -> dict[str, Any]:
        """Shares and milliseconds; `dropped` are the calls that ended or fell silent."""
        elapsed = time.time() - self._since
        received = sum(call.received - self._marks[call.number][0] for call in self._calls)
        gaps = np.concatenate([np.asarray(call.gaps[self._marks[call.number][1] :]) for call in self._calls]) * 1000
        late = time.time() - SILENT_S
        return {
            "rtp_of_nominal": round(received / (len(self._calls) * elapsed / PACKET_S), 4),
            "gap_p999_ms": round(float(np.percentile(gaps, 99.9)), 1),
            "gap_max_ms": round(float(gaps.max()), 1),
            "dropped": sum(call.ended_by_other or call.last_at < late for call in self._calls),
        }


@dataclass
class Lost:
    """What is missing.

    Attributes:
        answered: SIP Call-IDs that a caller saw answered and the journal does not have.
        keys: the same to how many keys its caller pressed and the journal does not have.
        lines: call to how many of its journal lines the call log does not have.
        open: calls that are over and have no end in the log.
        at: call to the time of its last journal line.
        keys_compared, lines_compared: how many there were.
    """

    answered: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    keys_compared: int = 0
    lines_compared: int = 0

    @property
    def facts(self) -> int:
        return len(self.answered) + sum(self.keys.values()) + sum(self.lines.values()) + len(self.open)


def look_for_losses(running: Running, load: Load, patience_s: float = 40.0) -> Lost:
    """Compare callers, journal and call log, when all calls are over."""
    deadline = time.monotonic() + patience_s
    while True:
        lost = _losses(running, load)
        if not lost.facts or time.monotonic() > deadline:
            return lost
        time.sleep(1.0)


def _losses(running: Running, load: Load) -> Lost:
    lost = Lost()
    lines, keys = Counter[str](), Counter[str]()
    by_sip_id: dict[str, str] = {}
    for line in running.journal():
        lines[line["call"]] += 1
        keys[line["call"]] += line["name"] == "DigitPressed"
        if line["name"] == "offered":
            by_sip_id[line["data"]["sip_call_id"]] = line["call"]
    for call in load.callers.calls:
        if call.status != 200:
            continue
        known = by_sip_id.get(call.call_id)
        if known is None:
            lost.answered.append(call.call_id)
            continue
        counted = load.keys_that_count(call)
        lost.keys_compared += counted
        if counted > keys[known]:
            lost.keys[call.call_id] = counted - keys[known]
    listed = json.loads(running.ivr("calls", "list", "--json", "--limit", "100000"))
    shipped = {call["id"]: call for call in listed}
    lost.lines_compared = sum(lines.values())
    for name, count in lines.items():
        entry = shipped.get(name, {})
        if entry.get("journal_lines", 0) < count:
            lost.lines[name] = count - entry.get("journal_lines", 0)
        elif not entry["end_reason"]:
            lost.open.append(name)
    return lost
