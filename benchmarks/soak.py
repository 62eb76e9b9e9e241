"""Whether a gateway that works for hours grows: memory, file descriptors and threads of each process, again and again.

`python -m benchmarks.soak [--calls 64] [--minutes 60]` keeps so many calls going, of which each lives for a while,
presses what its script says (menus, case numbers, nonsense, nothing but repeating), hangs up, and is followed by
another. Every minute it notes what each process has. Flat is: the last quarter is above the second one by no more than
5 % of memory, three descriptors and two threads; in the first quarter caches are filled.
"""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.printing import show_figures
from benchmarks.under_load import (
    Load,
    all_ready,
    end_tidily,
    load_settings,
    loaded_gateway,
    look_for_losses,
    say,
    workers,
)
from tests.system.running import Running

SCRIPTS = ("*", "120260001#*", "2*1*", "12026000399#0", "3*4*5*", "9998*", "#*1*2", "7*8*")
#: How long a call lives, in seconds.
SHORTEST_S, LONGEST_S = 15.0, 150.0
LOOK_EVERY_S = 60.0
MEMORY_GROWTH, MORE_DESCRIPTORS, MORE_THREADS = 0.05, 3, 2
#: What the log says of a process that did not live to the end.
RESTARTED = ("ended by itself", "hangs: ")
Sample = tuple[float, int, int]


def sample(pid: int) -> Sample:
    """Resident megabytes, descriptors, threads."""
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resident, len(list(Path(f"/proc/{pid}/fd").iterdir())), len(list(Path(f"/proc/{pid}/task").iterdir()))


def pids_of(running: Running) -> dict[str, int]:
    return {name: worker["pid"] for name, worker in workers(running).items()} | {"supervisor": running.process.pid}


def soak(running: Running, calls: int, minutes: float) -> dict[str, Any]:
    """Let calls come and go for so long."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    load = Load(running, calls, SCRIPTS)
    chance = random.Random(7)
    lives: dict[str, float] = {}
    until, look_at = time.monotonic() + minutes * 60, time.monotonic()
    try:
        while time.monotonic() < until:
            time.sleep(0.5)
            load.give_up_silent()
            for call in load.going():
                lived = lives.setdefault(call.call_id, chance.uniform(SHORTEST_S, LONGEST_S))
                if time.time() - call.begun_at > lived:
                    load.hang_up_later(call)
            if time.monotonic() >= look_at:
                look_at += LOOK_EVERY_S
                for name, pid in pids_of(running).items():
                    samples[name].append(sample(pid))
                said = [one[-1][0] for name, one in samples.items() if name.startswith("line-")]
                done = sum(call.gone for call in load.callers.calls)
                say(f"{len(load.going())} calls, {done} done; line workers {min(said):.0f} to {max(said):.0f} MB")
    finally:
        load.stop()
    lost = look_for_losses(running, load)
    answered = [call for call in load.callers.calls if call.status == 200]
    return {
        "calls_at_once": calls,
        "minutes": minutes,
        "calls": len(answered),
        "refused": sum(call.status >= 300 for call in load.callers.calls),
        "keys": load.callers.keys,
        "facts_lost": lost.facts,
        "restarts": [line for line in running.log().splitlines() if any(words in line for words in RESTARTED)],
        "rows": {name: row(of_one) for name, of_one in samples.items()},
        "load_average": round(os.getloadavg()[0], 1),
    }


def row(samples: list[Sample]) -> dict[str, Any]:
    """The second quarter, the last one, and whether that is flat."""
    quarter = max(1, len(samples) // 4)
    early = [max(values) for values in zip(*(samples[quarter : 2 * quarter] or samples), strict=True)]
    late = [max(values) for values in zip(*samples[-quarter:], strict=True)]
    flat = (
        late[0] <= early[0] * (1 + MEMORY_GROWTH)
        and late[1] <= early[1] + MORE_DESCRIPTORS
        and late[2] <= early[2] + MORE_THREADS
    )
    return {"early": [round(value) for value in early], "late": [round(value) for value in late], "flat": flat}


def show(figures: dict[str, Any]) -> None:
    table = Table("process", "MB early", "late", "descriptors early", "late", "threads early", "late", "flat")
    for name, one in figures["rows"].items():
        pairs = [str(value) for pair in zip(one["early"], one["late"], strict=True) for value in pair]
        table.add_row(name, *pairs, "yes" if one["flat"] else "NO")
    console = Console(width=max(120, Console().width))
    console.print(table)
    console.print({name: value for name, value in figures.items() if name != "rows"})


@click.command()
@click.option("--calls", default=64, show_default=True, type=click.IntRange(5, 500))
@click.option("--minutes", default=60.0, show_default=True, type=click.FloatRange(0.5, 6000))
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(calls: int, minutes: float, as_json: bool) -> None:
    """Print what was found; ends with 1 if something grew or was lost."""
    end_tidily()
    lines = -(-calls // 4) * 4 + 4
    with loaded_gateway(load_settings(lines)) as running:
        all_ready(running)
        figures = soak(running, calls, minutes)
    show_figures(figures, as_json, show)
    flat = all(one["flat"] for one in figures["rows"].values())
    raise SystemExit(0 if flat and not figures["facts_lost"] and not figures["restarts"] else 1)


if __name__ == "__main__":
    main()
