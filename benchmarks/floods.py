"""Whether calls stay good while the edge is flooded.

`python -m benchmarks.floods [--rate 1000] [--seconds 20] [--calls 16]` holds calls behind the edge, first in peace,
then while `benchmarks/flooder.py` sends REGISTER, OPTIONS and INVITE, each from one address and from 250. The edge has
the limits of a gateway that nobody has set up. Three minutes.

- **RTP**, **gaps**: what the calls received of 50 packets a second, and the time between one and the next, at their
  own sockets. Callers, flooder and gateway share the machine.
- **dropped**: calls that ended or fell silent.
- **new call**: until a call is answered when the flood is over; a flood of good INVITEs has taken all free lines, and
  each is given up when nobody has acknowledged its answer (RFC 3261 section 13.3.1.4: 32 s).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.light_caller import LightCallers
from benchmarks.printing import show_figures
from benchmarks.under_load import RATE, Window, end_tidily, load_settings, loaded_gateway, say, takes_a_call, workers
from benchmarks.used import cpu_seconds
from tests.system.running import ROOT, Running

METHODS = ("REGISTER", "OPTIONS", "INVITE")
MANY = 250
#: Lines that are free beside those of the calls.
SPARE = 4
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Flood:
    """What is sent: so many a second, for so long, from so many addresses in a row."""

    method: str
    first: str
    addresses: int
    rate: float
    seconds: float


def flooded(running: Running, callers: LightCallers, sent: Flood) -> dict[str, Any]:
    """Flood while the calls go on."""
    edge = workers(running)["edge"]["pid"]
    what = (sent.method, sent.first, str(sent.addresses), str(sent.rate), str(sent.seconds))
    flooder = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flooder", "127.0.0.1", str(running.sip_port), *what],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        window, cpu = Window(callers.calls), cpu_seconds(edge)
        callers.run(sent.seconds)
        found = {**window.figures(), "edge_cpu_percent": round((cpu_seconds(edge) - cpu) / sent.seconds * 100, 1)}
        while flooder.poll() is None:
            callers.run(0.1)
        assert flooder.stdout is not None
        return {**found, **json.loads(flooder.stdout.read())}
    finally:
        flooder.kill()
        flooder.communicate()


def measure(running: Running, calls: int, rate: float, seconds: float) -> dict[str, Any]:
    """All floods, one after the other."""
    rows: dict[str, dict[str, Any]] = {}
    callers = LightCallers(("127.0.0.1", running.sip_port), "12345", 5.0)
    try:
        for _ in range(calls):
            callers.call()
            callers.run(1 / RATE)
        callers.run(2.0)
        say(f"{sum(call.status == 200 for call in callers.calls)} of {calls} calls are answered; first in peace")
        window = Window(callers.calls)
        callers.run(seconds)
        rows["peace"] = window.figures()
        for number, method in enumerate(METHODS):
            for sources in (1, MANY):
                name = f"{method}, {sources} {'address' if sources == 1 else 'addresses'}"
                say(f"{name}, {rate:.0f} a second for {seconds:.0f} s")
                # Another address each time, as whoever flooded once is kept out for ten minutes.
                first = f"127.{10 + number}.{sources % 200}.1"
                rows[name] = flooded(running, callers, Flood(method, first, sources, rate, seconds))
                rows[name]["new_call_s"] = _next_call(running, callers)
        for call in callers.calls:
            callers.hang_up(call)
        callers.run(1.5)
    finally:
        callers.close()
    return {"calls": calls, "rate": rate, "seconds": seconds, "rows": rows, "load_average": os.getloadavg()[0]}


def _next_call(running: Running, callers: LightCallers) -> float | None:
    """Seconds until one more call is answered, while the others go on."""
    took: list[float | None] = []
    thread = threading.Thread(target=lambda: took.append(takes_a_call(running, PATIENCE_S)))
    thread.start()
    while thread.is_alive():
        callers.run(0.1)
    (found,) = took
    return None if found is None else round(found, 2)


def show(figures: dict[str, Any]) -> None:
    table = Table("", "RTP", "gap p99.9 ms", "worst gap ms", "dropped", "sent", "answers", "edge CPU %", "new call s")
    for name, row in figures["rows"].items():
        answers = " ".join(f"{status}:{count}" for status, count in row.get("answers", {}).items())
        cells = [f"{row['rtp_of_nominal']:.2%}", row["gap_p999_ms"], row["gap_max_ms"], row["dropped"]]
        cells += [row.get("sent", "-"), answers, row.get("edge_cpu_percent", "-"), row.get("new_call_s", "-")]
        table.add_row(name, *map(str, cells))
    console = Console(width=max(120, Console().width))
    console.print(table)
    console.print(f"{figures['calls']} calls; load average {figures['load_average']:.1f}")


@click.command()
@click.option("--calls", default=16, show_default=True, type=click.IntRange(5, 200))
@click.option("--rate", default=1000.0, show_default=True, type=click.FloatRange(1, 50_000))
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(2, 600))
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(calls: int, rate: float, seconds: float, as_json: bool) -> None:
    """Print what was found; ends with 1 if a call was dropped."""
    end_tidily()
    lines = calls + SPARE
    settings = load_settings(lines)
    settings["edge"] = {}
    settings["console"] = {"enabled": False}
    with loaded_gateway(settings) as running:
        figures = measure(running, calls, rate, seconds)
    show_figures(figures, as_json, show)
    raise SystemExit(1 if any(row["dropped"] for row in figures["rows"].values()) else 0)


if __name__ == "__main__":
    main()
