"""What processes use: processor time and memory, by /proc."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tests.system.running import Running

#: A line worker loads what only some callers need five seconds after its start.
REST_S = 6.0


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that live."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    total = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total + sum(cpu_seconds(int(child)) for child in children)


def pss_megabytes(pid: int) -> float:
    """Proportional set size: what several processes share counts once."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def workers_of(running: Running, *kinds: str) -> list[int]:
    """Process ids of the line workers and of the edge; of those whose names begin so, if any are given."""
    listed = json.loads(running.ivr("workers", "--json"))
    return [worker["pid"] for worker in listed if worker["name"].startswith(kinds or ("line-", "edge"))]


def come_to_rest(pids: list[int], longest_s: float = 180.0) -> None:
    """Wait until these processes have loaded what they load after their start."""
    until, used = time.time() + longest_s, -1.0
    while time.time() < until and (now := sum(map(cpu_seconds, pids))) - used > 0.05 + 0.03 * len(pids):
        used = now
        time.sleep(REST_S)
