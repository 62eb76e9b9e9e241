"""How many calls a second a gateway sets up and tears down, each to its end.

`python -m benchmarks.setups [--lines 16] [--at-once 8] [--seconds 30]`: so many calls are under way at any time. Each
is answered, hangs up at once, and makes room for the next when its BYE is answered. Client and gateway share the
machine.

- **set up and torn down**: calls whose INVITE and BYE were answered 200, in a second.
- **refused**: calls that got anything but 200; those that got nothing within `PATIENCE_S` are counted by themselves.
- **in the log**: whether the call log has each of them, closed.
"""

from __future__ import annotations

import json
import time
from typing import Any

import click
import numpy as np

from benchmarks.light_caller import LightCall, LightCallers
from benchmarks.printing import show_figures
from benchmarks.under_load import end_tidily, load_settings, loaded_gateway, say
from benchmarks.used import cpu_seconds, workers_of
from tests.system.running import Running

#: Longest wait for an answer, in seconds.
PATIENCE_S = 10.0
#: Longest wait for the call log to have what happened, in seconds.
SHIPPED_S = 60.0


def over(call: LightCall, now: float) -> bool:
    """Whether nothing more is to be expected of a call."""
    return bool(call.torn_down_at or (call.status and call.status != 200) or now - call.invited_at > PATIENCE_S)


def measure(running: Running, at_once: int, seconds: float) -> dict[str, Any]:
    """Set up and tear down for so long."""
    pids = workers_of(running)
    callers = LightCallers(("127.0.0.1", running.sip_port), "12345", 0)
    under_way: list[LightCall] = []
    try:
        cpu, since = sum(map(cpu_seconds, pids)), time.time()
        while (now := time.time()) - since < seconds or under_way:
            for call in under_way:
                callers.hang_up(call)
            under_way = [call for call in under_way if not over(call, now)]
            if now - since < seconds:
                under_way += [callers.call() for _ in range(at_once - len(under_way))]
            callers.run(0.002)
        elapsed, cpu = time.time() - since, sum(map(cpu_seconds, pids)) - cpu
        calls = callers.calls
    finally:
        callers.close()
    done = [call for call in calls if call.torn_down_at]
    answered = [call.setup_s * 1000 for call in done]
    torn_down = [(call.torn_down_at - call.over_at) * 1000 for call in done]
    return {
        "calls": len(calls),
        "set_up_and_torn_down": len(done),
        "refused": sum(call.status not in (0, 200) for call in calls),
        "without_an_answer": sum(not call.status or (call.status == 200 and not call.torn_down_at) for call in calls),
        "in_a_second": round(len(done) / elapsed, 1),
        "answered_p50_ms": round(float(np.percentile(answered, 50)), 1),
        "answered_p95_ms": round(float(np.percentile(answered, 95)), 1),
        "torn_down_p95_ms": round(float(np.percentile(torn_down, 95)), 1),
        "cpu_ms_per_call": round(cpu / len(done) * 1000, 1),
        "in_the_log": logged(running, len(done)),
    }


def logged(running: Running, calls: int) -> int:
    """How many closed calls the call log has, waiting until it has as many as there were."""
    until = time.time() + SHIPPED_S
    while (found := closed(running)) < calls and time.time() < until:
        time.sleep(1.0)
    return found


def closed(running: Running) -> int:
    listed = json.loads(running.ivr("calls", "list", "--json", "--limit", "100000"))
    return sum(bool(call["ended_at"]) for call in listed)


@click.command()
@click.option("--lines", default=16, show_default=True, type=click.IntRange(1, 500))
@click.option("--at-once", default=8, show_default=True, type=click.IntRange(1, 500))
@click.option("--seconds", default=30.0, show_default=True, type=click.FloatRange(1, 3600))
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(lines: int, at_once: int, seconds: float, as_json: bool) -> None:
    """Print the figures."""
    end_tidily()
    with loaded_gateway(load_settings(lines, console={"enabled": False})) as running:
        say(f"{at_once} calls at a time for {seconds:.0f} s")
        result = measure(running, at_once, seconds)
    show_figures(result, as_json)


if __name__ == "__main__":
    main()
