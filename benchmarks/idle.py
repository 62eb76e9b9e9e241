"""What a gateway costs in which nobody calls.

`python -m benchmarks.idle [--lines 12] [--seconds 60]` starts a whole gateway with its edge and its console, lets it
come to rest, and reads from /proc what each process used: share of a core, wake-ups a second (voluntary context
switches of all its threads), and memory.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks.under_load import load_settings, loaded_gateway
from benchmarks.used import pss_megabytes
from tests.system.running import Running

#: What has just been started renders, synchronises and looks around; it is at rest after so long, in seconds.
_REST_S = 20.0


@dataclass(frozen=True)
class Usage:
    """What a process has used so far: seconds of CPU, and how often its threads went to sleep."""

    cpu_s: float
    wakeups: int


def usage(pid: int) -> Usage:
    """Of a process with all its threads, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    wakeups = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        facts = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines() if ":" in line)
        wakeups += int(facts["voluntary_ctxt_switches"])
    return Usage(cpu_s, wakeups)


def processes(running: Running) -> dict[str, int]:
    """Name to process id: what the supervisor started, itself, and what Kamailio has forked."""
    listed = json.loads(running.ivr("workers", "--json"))
    found = {one["name"]: one["pid"] for one in listed if one["pid"]}
    for name, pid in list(found.items()):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found |= {f"{name}/{child}": int(child) for child in children}
    return {"serve": running.process.pid, **found}


def measured(running: Running, seconds: float) -> dict[str, Any]:
    pids = processes(running)
    before = {name: usage(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    after = {name: usage(pid) for name, pid in pids.items()}
    shares = {name: (after[name].cpu_s - before[name].cpu_s) / seconds * 100 for name in pids}
    grouped: dict[str, float] = {}
    for name, share in shares.items():
        grouped[name.partition("/")[0]] = grouped.get(name.partition("/")[0], 0.0) + share
    return {
        "percent_of_a_core": {name: round(share, 3) for name, share in grouped.items()},
        "all_percent_of_a_core": round(sum(grouped.values()), 3),
        "wakeups_a_second": {
            name: round((after[name].wakeups - before[name].wakeups) / seconds, 1) for name in pids if "/" not in name
        },
        "pss_mb": {name: round(pss_megabytes(pid)) for name, pid in pids.items() if "/" not in name},
        "processes": len(pids),
    }


@click.command()
@click.option("--lines", default=12, show_default=True, type=click.IntRange(1, 400))
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(5.0))
def main(lines: int, seconds: float) -> None:
    """Print what an idle gateway costs, as JSON."""
    with loaded_gateway(load_settings(lines)) as running:
        running.wait_for_backend()
        time.sleep(_REST_S)
        found = measured(running, seconds)
    click.echo(json.dumps({**found, "seconds": seconds, "load_average": round(os.getloadavg()[0], 1)}, indent=1))


if __name__ == "__main__":
    main()
