"""Kills and stops the processes of a gateway in turn, under load, and looks whether anything was lost.

`python -m benchmarks.faults [--rounds 100] [--lines 12]` starts a whole gateway, keeps calls going with
`benchmarks/light_caller.py`, and in every round gives one process (a line worker, the edge, the shipper, the backend)
SIGKILL or SIGSTOP. After each it waits until the gateway takes calls again. At the end all journals must be in the call
log, line for line, and no call may have ended but those of the workers that were hit.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import click

from benchmarks.light_caller import LightCallers
from benchmarks.load import RATE
from tests.system.rawphone import NothingCameError, RawPhone
from tests.system.running import Running, free_port, gateway

#: Names of processes, and what is done to them.
VICTIMS = ("line-1", "edge", "line-2", "ship", "line-3", "backend-demo")
BLOWS = (signal.SIGKILL, signal.SIGSTOP)


def pids(running: Running) -> dict[str, Any]:
    return {worker["name"]: worker for worker in json.loads(running.ivr("workers", "--json"))}


def takes_a_call(running: Running, timeout: float) -> float:
    """Seconds until a new call is answered."""
    since = time.monotonic()
    while True:
        with RawPhone(user="13700000001") as phone:
            try:
                phone.dial("127.0.0.1", running.sip_port, "12345", timeout=1.0)
            except NothingCameError:
                if time.monotonic() - since > timeout:
                    raise
                continue
            phone.hang_up()
            return time.monotonic() - since


def is_back(running: Running, name: str, before: int, timeout: float) -> float:
    """Seconds until the process was replaced and is ready."""
    since = time.monotonic()
    while True:
        worker = pids(running)[name]
        if worker["pid"] not in (None, before) and worker["state"] == "ready":
            return time.monotonic() - since
        if time.monotonic() - since > timeout:
            raise TimeoutError(f"{name} is not back: {worker}")
        time.sleep(0.2)


def lost_lines(running: Running, patience_s: float = 20.0) -> dict[str, int]:
    """Call to the number of its journal lines that are not in the call log."""
    written: dict[str, int] = {}
    for line in running.journal():
        written[line["call"]] = written.get(line["call"], 0) + 1
    deadline = time.monotonic() + patience_s
    while True:
        calls = json.loads(running.ivr("calls", "list", "--json", "--limit", "100000"))
        shipped = {call["id"]: call["journal_lines"] for call in calls}
        missing = {
            call: count - shipped.get(call, 0) for call, count in written.items() if shipped.get(call, 0) < count
        }
        if not missing or time.monotonic() > deadline:
            return missing
        time.sleep(1.0)


class Load:
    """Calls that go on in a thread: what ends is called again."""

    def __init__(self, running: Running, calls: int) -> None:
        self.callers = LightCallers(("127.0.0.1", running.sip_port), "12345", 5.0)
        self._calls = calls
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            going = sum(not call.gone and call.status in (0, 200) for call in self.callers.calls)
            if going < self._calls:
                self.callers.call()
            self.callers.run(1 / RATE)

    def silent_since(self) -> int:
        """How many calls that should go on have heard nothing for a second; they are given up."""
        now = time.time()
        silent = [
            call for call in self.callers.calls if call.status == 200 and not call.gone and call.last_at < now - 1
        ]
        for call in silent:
            call.gone = True
        return len(silent)

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()
        for call in self.callers.calls:
            self.callers.hang_up(call)
        self.callers.run(1.0)
        self.callers.close()


@click.command()
@click.option("--rounds", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--lines", default=12, show_default=True, type=click.IntRange(12, 100))
@click.option("--calls", default=7, show_default=True, type=click.IntRange(1, 100))
def main(rounds: int, lines: int, calls: int) -> None:
    """Print what was found as JSON; ends with 1 if something was lost."""
    settings = {
        "sip": {"rtp_port_first": 10000 + free_port() % 4000 * 2, "rtp_port_count": max(400, lines * 6)},
        "lines": {"count": lines, "port_first": 40000 + free_port() % 20000},
        "edge": {"calls_per_second": 1000, "requests_per_source": 1_000_000},
        "console": {"enabled": False},
    }
    answered: list[float] = []
    back: list[float] = []
    ended = 0
    hits: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder, gateway(Path(folder), settings) as running:
        load = Load(running, calls)
        time.sleep(calls / RATE + 2)
        for (name, blow), _ in zip(itertools.cycle(itertools.product(VICTIMS, BLOWS)), range(rounds), strict=False):
            victim = pids(running)[name]
            os.kill(victim["pid"], blow)
            hits[f"{name} {blow.name}"] = hits.get(f"{name} {blow.name}", 0) + 1
            if name != "edge" or blow == signal.SIGKILL:
                answered.append(takes_a_call(running, 15.0))
            back.append(is_back(running, name, victim["pid"], 120.0))
            silent = load.silent_since()
            allowed = victim.get("calls", 0) if name.startswith("line") else 0
            ended += max(0, silent - allowed)
        load.stop()
        missing = lost_lines(running)
        restarts = {name: worker["restarts"] for name, worker in pids(running).items()}
    found = {
        "rounds": rounds,
        "hits": hits,
        "calls_of_others_that_ended": ended,
        "journal_lines_lost": sum(missing.values()),
        "next_call_answered_after_s": {"median": sorted(answered)[len(answered) // 2], "worst": max(answered)},
        "process_back_after_s": {"median": sorted(back)[len(back) // 2], "worst": max(back)},
        "restarts": restarts,
        "load_average": os.getloadavg()[0],
    }
    click.echo(json.dumps(found, indent=1))
    raise SystemExit(1 if ended or missing else 0)


if __name__ == "__main__":
    main()
