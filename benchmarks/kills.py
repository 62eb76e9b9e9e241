"""Kills, stops and starves every process of a gateway in turn, under load, and looks whether anything was lost.

`python -m benchmarks.kills [--times 100]` starts a whole gateway, keeps calls going with `benchmarks/light_caller.py`,
and each time does one of three things to one process: SIGKILL, SIGSTOP, or no memory any more (a memory control group
in which the kernel's own out-of-memory killer ends it; needs root and cgroup v1 or v2, else RLIMIT_AS is lowered to
nothing). Two minutes for 12 times, about seven seconds each.

- **telephone back**: until a new call is answered; the longest of three, so that each worker has its turn.
- **process back**: until the supervisor has a new one that is ready. A stopped one has to be noticed first.
- **facts lost**: answers and keys that callers saw and gave and that the journal does not have, journal lines that the
  call log does not have, calls without an end.
- **others' calls**: calls of line workers that were not struck, and that ended or fell silent.

The supervisor is special: with it all processes end, because nothing could be steered without it. It is started again
at once, as systemd does it after two seconds (`deploy/systemd/xiangyin.service`). When it is stopped, telephones go on;
it is let go on after five seconds.
"""

from __future__ import annotations

import itertools
import os
import resource
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.printing import show_figures
from benchmarks.under_load import (
    SILENT_S,
    Load,
    all_ready,
    end_tidily,
    load_settings,
    loaded_gateway,
    look_for_losses,
    ready_again,
    say,
    takes_a_call,
    takes_calls,
    worker_of,
    workers,
)
from tests.system.running import Running

SUPERVISOR = "supervisor"
#: Eleven and three have no common divisor: after 33 times each has suffered each.
VICTIMS = (
    *("line-1", "edge", "speech", "ship", "line-2", "backend-demo"),
    *("sync", "console", "outbox", "line-3", SUPERVISOR),
)
BLOWS = ("SIGKILL", "SIGSTOP", "memory")
#: How long the supervisor stays stopped, in seconds.
STOPPED_S = 5.0
#: A process that needs no memory does not notice that there is none. In seconds.
STARVES_S = 10.0
BACK_S = 120.0
#: So many calls are made after a blow, one after the other: with three workers each has its turn.
CALLS_TRIED = 3
_GROUPS = Path("/sys/fs/cgroup")


@dataclass
class Suffered:
    """What came of the blows to one kind of process."""

    times: int = 0
    telephone_s: list[float] = field(default_factory=list)
    process_s: list[float] = field(default_factory=list)
    never_back: int = 0
    unmoved: int = 0
    others_ended: int = 0
    own_ended: int = 0


@contextmanager
def without_memory(pids: list[int]) -> Iterator[None]:
    """Let these processes get no page of memory more; the kernel ends them when they want one."""
    unified = (_GROUPS / "cgroup.controllers").exists()
    parent = _GROUPS if unified else _GROUPS / "memory"
    group = parent / f"xiangyin-{os.getpid()}"
    try:
        group.mkdir()
        (group / ("memory.max" if unified else "memory.limit_in_bytes")).write_text("4096")
    except OSError:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_AS, (4096, 4096))
        yield
        return
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for left in (group / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                (parent / "cgroup.procs").write_text(left)
        _remove(group)


def _remove(group: Path) -> None:
    """The kernel lets go of a group a moment after its last process."""
    for _ in range(50):
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.1)


def with_children(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]  # it has just ended
    return [pid, *(grandchild for child in children for grandchild in with_children(int(child)))]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def blow(pids: list[int], kind: str) -> bool:
    """Strike a process, the first of these, and those that it has forked; whether it noticed."""
    if kind != "memory":
        for one in pids:
            os.kill(one, getattr(signal, kind))
        return True
    with without_memory(pids):
        until = time.monotonic() + STARVES_S
        while is_alive(pids[0]) and time.monotonic() < until:
            time.sleep(0.02)
    return not is_alive(pids[0])


def strike_supervisor(running: Running, load: Load, kind: str, found: Suffered) -> None:
    """Strike the process that all others live by."""
    if kind == "SIGSTOP":
        os.kill(running.process.pid, signal.SIGSTOP)
        answered = takes_calls(running, CALLS_TRIED, BACK_S)
        time.sleep(STOPPED_S)
        found.others_ended += len(load.give_up_silent())
        os.kill(running.process.pid, signal.SIGCONT)
        _note(found.telephone_s, answered, found)
        return
    family = with_children(running.process.pid)
    load.strike("every")
    if not blow([running.process.pid], kind):
        found.unmoved += 1
        return
    since = time.monotonic()
    running.process.wait()
    all_gone(family)
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(running.start_again)
        took = takes_a_call(running, BACK_S)
        _note(found.telephone_s, None if took is None else time.monotonic() - since, found)
        started.result()
    found.process_s.append(time.monotonic() - since)
    found.own_ended += len(load.give_up_silent())


def all_gone(pids: list[int]) -> None:
    """Wait for the end of all; whoever is left is killed, as systemd does it before it starts a service again."""
    until = time.monotonic() + 3.0
    while any(map(is_alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in filter(is_alive, pids):
        os.kill(pid, signal.SIGKILL)


def strike(running: Running, load: Load, name: str, kind: str, found: Suffered) -> None:
    """Strike one process and see what comes of it."""
    before = workers(running)[name]["pid"]
    load.strike(name)
    struck_calls = {call.number for call in load.going() if worker_of(call) == name}
    ended = {call.number for call in load.callers.calls if call.ended_by_other}
    since = time.monotonic()
    if not blow(with_children(before), kind):
        found.unmoved += 1
    else:
        _note(found.telephone_s, takes_calls(running, CALLS_TRIED, BACK_S), found)
        back = ready_again(running, name, before, BACK_S)
        _note(found.process_s, None if back is None else time.monotonic() - since, found)
    time.sleep(max(0.0, SILENT_S + 0.5 - (time.monotonic() - since)))
    over = {call.number for call in load.give_up_silent()}
    over |= {call.number for call in load.callers.calls if call.ended_by_other} - ended
    found.own_ended += len(over & struck_calls)
    found.others_ended += len(over - struck_calls)


def _note(times: list[float], took: float | None, found: Suffered) -> None:
    if took is None:
        found.never_back += 1
    else:
        times.append(took)


def measure(running: Running, times: int, calls: int) -> dict[str, Any]:
    """Strike so often, then look what was lost."""
    suffered: dict[tuple[str, str], Suffered] = defaultdict(Suffered)
    load = Load(running, calls)
    try:
        for number, name, kind in zip(range(times), itertools.cycle(VICTIMS), itertools.cycle(BLOWS)):
            found = suffered[name.rpartition("-")[0] if name.startswith("line-") else name, kind]
            found.times += 1
            if name == SUPERVISOR:
                strike_supervisor(running, load, kind, found)
            else:
                strike(running, load, name, kind, found)
            say(f"{number + 1}/{times} {name} {kind}: {_summary(found)}; {len(load.going())} calls go on")
            all_ready(running)
    finally:
        load.stop()
    say("comparing callers, journal and call log")
    lost = look_for_losses(running, load)
    rows = {f"{name} {kind}": {"times": one.times, **_figures(one)} for (name, kind), one in sorted(suffered.items())}
    return {
        "times": times,
        "rows": rows,
        "calls_answered": sum(call.status == 200 for call in load.callers.calls),
        "keys_compared": lost.keys_compared,
        "journal_lines_compared": lost.lines_compared,
        "facts_lost": lost.facts,
        "lost": {"answered": lost.answered, "keys": lost.keys, "lines": lost.lines, "open": lost.open},
        "calls_of_others_ended": sum(one.others_ended for one in suffered.values()),
        "worst_telephone_s": max((max(one.telephone_s) for one in suffered.values() if one.telephone_s), default=None),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _figures(found: Suffered) -> dict[str, Any]:
    return {
        "telephone_back_worst_s": round(max(found.telephone_s), 2) if found.telephone_s else None,
        "process_back_worst_s": round(max(found.process_s), 2) if found.process_s else None,
        "never_back": found.never_back,
        "unmoved": found.unmoved,
        "own_calls_ended": found.own_ended,
        "others_calls_ended": found.others_ended,
    }


def _summary(found: Suffered) -> str:
    if found.unmoved:
        return "lived on without"
    telephone = f"{found.telephone_s[-1]:.1f} s" if found.telephone_s else "-"
    process = f"{found.process_s[-1]:.1f} s" if found.process_s else "-"
    return f"telephone back after {telephone}, process after {process}"


def show(figures: dict[str, Any]) -> None:
    """The figures as a table."""
    table = Table("struck", "times", "telephone back", "process back", "never", "unmoved", "own calls", "others' calls")
    for name, row in figures["rows"].items():
        table.add_row(name, *(("-" if value is None else str(value)) for value in row.values()))
    console = Console(width=max(120, Console().width))
    console.print(table)
    console.print(
        f"{figures['times']} blows, {figures['calls_answered']} calls answered: {figures['facts_lost']} facts lost of "
        f"{figures['keys_compared']} keys and {figures['journal_lines_compared']} journal lines; calls of others that "
        f"ended: {figures['calls_of_others_ended']}; the telephone back after {figures['worst_telephone_s']:.1f} s at "
        f"worst (load average {figures['load_average']})"
    )
    if figures["facts_lost"]:
        console.print(figures["lost"])


@click.command()
@click.option("--times", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--lines", default=12, show_default=True, type=click.IntRange(12, 100))
@click.option("--calls", default=6, show_default=True, type=click.IntRange(1, 100))
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(times: int, lines: int, calls: int, as_json: bool) -> None:
    """Print what was found; ends with 1 if something was lost or a call of others ended."""
    end_tidily()
    with loaded_gateway(load_settings(lines)) as running:
        all_ready(running)
        figures = measure(running, times, calls)
    show_figures(figures, as_json, show)
    raise SystemExit(1 if figures["facts_lost"] or figures["calls_of_others_ended"] else 0)


if __name__ == "__main__":
    main()
