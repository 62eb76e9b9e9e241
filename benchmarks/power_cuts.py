"""Cuts the power of a whole gateway again and again while callers leave things, and looks whether all of it arrives.

`python -m benchmarks.power_cuts [--times 50]`: real calls with keys go through the shipped menus and leave appeals with
a recording, wishes to be called back, and marks, over a link to the county that is cut, slow, flapping, or lies. At
random moments, also while it starts, the supervisor and all of its processes are killed at once (SIGKILL), and the
gateway is started again. About twenty seconds for each time.

At the end the link is mended, and everything that a caller had been told is taken (the journal says so before the
caller hears it) must be at the county exactly once, with as many bytes of recording as were kept; and the journal must
still have what it said while it was watched.

What the kernel had taken and not yet written to the disk survives here and not in a real power cut. The outbox waits
for the disk before it says that something is kept (`PRAGMA synchronous = FULL`, fsync of recordings).
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from benchmarks.county import MODES, County
from benchmarks.kills import all_gone, with_children
from benchmarks.under_load import end_tidily, say
from tests.system.caller import Caller, humming
from tests.system.rawphone import NothingCameError, RawPhone
from tests.system.running import Running, free_port, gateway

CALLERS = 3
#: How long a gateway lives that has started, in seconds; and one that does not get so far, as one time in `EARLY`.
LIFE_S, EARLY_LIFE_S = (0.5, 12.0), (0.5, 5.0)
EARLY = 6
#: How long the link stays as it is, in seconds.
MODE_S = (0.5, 4.0)
#: A caller who hears nothing for so long knows that the line is dead.
SILENT_S = 2.0
#: A caller who waits for so long for the next thing gives up.
PATIENCE_S = 30.0
DELIVERED_S = 600.0
#: The tickets of appeals that the county has closed begin with it: no gateway gives out such a one.
CLOSED = "0"


class Line(RawPhone):
    """A telephone whose owner notices that the line is dead."""

    def listen(self, seconds: float) -> None:
        super().listen(seconds)
        if not self.arrivals or self.arrivals[-1].at < time.time() - SILENT_S:
            raise NothingCameError("the line is dead")


class Callers(threading.Thread):
    """One caller after the other, each of whom knows the way by heart and leaves one thing.

    Args:
        power: is there.

    Attributes:
        kept: tickets of what the journal said is kept while the caller was on the line.
        broken_off: calls that ended before that.
    """

    def __init__(self, number: int, running: Running, county: County, power: threading.Event, seed: int) -> None:
        super().__init__(daemon=True)
        self._number = number
        self._power = power
        self._running = running
        self._county = county
        self._chance = random.Random(f"{seed}-{number}")
        self._calls = 0
        self._ending = threading.Event()
        self.kept: list[str] = []
        self.broken_off = 0

    def stop(self) -> None:
        """Return when the last call is over."""
        self._ending.set()
        self.join()

    def run(self) -> None:
        while not self._ending.is_set():
            self._power.wait()
            self._calls += 1
            try:
                self._call(self._chance.choice(("appeal", "callback", "rating")))
            except AssertionError:
                self.broken_off += 1

    def _call(self, kind: str) -> None:
        with Line(user=f"13{self._number}{self._calls:08}") as phone:
            caller = Caller(self._running, phone, patience_s=PATIENCE_S)
            phone.run(lambda: bool(phone.arrivals), SILENT_S)
            {"appeal": self._appeal, "callback": self._callback, "rating": self._rating}[kind](caller)
            caller.until("left", kind=kind, status="kept")
            (left,) = caller.told("left")
            self.kept.append(left["ticket"])
            # Some listen to the whole number, and some do not.
            phone.listen(self._chance.uniform(0.0, 6.0))
            phone.hang_up()

    def _appeal(self, caller: Caller) -> None:
        caller.press({"welcome": "51111"})
        caller.until("Record")
        caller.hear_beep()
        caller.phone.play(humming(self._chance.uniform(1.5, 4.0)))
        caller.phone.press("1")
        caller.until("recorded")
        caller.phone.press("1")

    def _callback(self, caller: Caller) -> None:
        caller.press({"welcome": "5412"})

    def _rating(self, caller: Caller) -> None:
        """About an appeal of the caller's own that the county has closed; the gateway asks the county for it."""
        ticket = f"{CLOSED}{self._number}{self._calls:08}"
        left_at = datetime.now().astimezone().isoformat()
        appeal = {"ticket": ticket, "kind": "help", "text": "路坏了。", "left_at": left_at}
        self._county.ask("POST", "/v1/appeals", appeal, key=f"power-cuts-{ticket}")
        self._county.ask("PUT", f"/admin/appeals/{ticket}", {"status": "closed"})
        caller.press({"welcome": f"52{ticket}"})
        caller.until("backend", operation="get_appeal")
        if caller.told("backend")[0]["status"] != "ok":
            raise NothingCameError("the link is down, and nobody can say what became of the appeal")
        caller.press({"say_state": "5", "say_answer": "5"})


class Weather(threading.Thread):
    """Changes the link for as long as it runs."""

    def __init__(self, county: County, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self._county = county
        self._chance = chance
        self._ending = threading.Event()
        self.modes: Counter[str] = Counter()

    def run(self) -> None:
        while not self._ending.wait(self._chance.uniform(*MODE_S)):
            # Good weather half of the time, so that marks can be given.
            mode = self._chance.choice(("up",) * (len(MODES) - 2) + MODES)
            self.modes[mode] += 1
            self._county.set_mode(mode, self._chance)

    def stop(self) -> None:
        """Mend the link."""
        self._ending.set()
        self.join()
        self._county.set_mode("up", self._chance)


def cut_power(running: Running) -> None:
    """Kill the supervisor and all of its processes at once."""
    family = with_children(running.process.pid)
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    running.process.wait()
    all_gone(family)


def start(running: Running, chance: random.Random) -> bool:
    """Start the gateway again. False if the power went meanwhile."""
    if chance.randrange(EARLY):
        running.start_again()
        return True
    cut = threading.Timer(chance.uniform(*EARLY_LIFE_S), cut_power, (running,))
    cut.start()
    with suppress(AssertionError):
        running.start_again()
    cut.join()
    return False


def measure(running: Running, county: County, times: int, seed: int) -> dict[str, Any]:
    """Cut the power so often, then look what arrived."""
    chance = random.Random(seed)
    weather = Weather(county, random.Random(seed + 1))
    power = threading.Event()
    power.set()
    callers = [Callers(number, running, county, power, seed) for number in range(CALLERS)]
    for thread in (weather, *callers):
        thread.start()
    early, starts_s = 0, []
    while len(starts_s) + early < times:
        time.sleep(chance.uniform(*LIFE_S))
        power.clear()
        cut_power(running)
        began = time.monotonic()
        while not start(running, chance):
            early += 1
            began = time.monotonic()
        power.set()
        starts_s.append(time.monotonic() - began)
        say(f"{len(starts_s) + early}/{times}: {sum(len(one.kept) for one in callers)} things kept so far")
    for one in callers:
        one.stop()
    weather.stop()
    say("waiting until all of it is delivered")
    wait_until_delivered(running)
    return {
        "times": len(starts_s) + early,
        "while_it_started": early,
        "ready_again_worst_s": round(max(starts_s), 1),
        "link": dict(weather.modes),
        "calls_broken_off": sum(one.broken_off for one in callers),
        **look(running, county, {ticket for one in callers for ticket in one.kept}),
        "load_average": round(os.getloadavg()[0], 1),
    }


def outbox(running: Running, question: str) -> list[Any]:
    with closing(sqlite3.connect(running.data / "outbox" / "outbox.sqlite", timeout=10)) as entries:
        return entries.execute(question).fetchall()


def wait_until_delivered(running: Running) -> None:
    deadline = time.monotonic() + DELIVERED_S
    while outbox(running, "SELECT 1 FROM entries WHERE state = 'waiting'") and time.monotonic() < deadline:
        time.sleep(1.0)


def look(running: Running, county: County, watched: set[str]) -> dict[str, Any]:
    """What is missing, and what is there that should not be.

    Args:
        watched: tickets that stood in the journal while their callers were on the line.
    """
    arrived = county.arrived()
    appeals = {ticket: name for ticket, name in arrived.appeals.items() if not ticket.startswith(CLOSED)}
    entries = {
        reference: (kind, state)
        for reference, kind, state in outbox(running, "SELECT reference, kind, state FROM entries")
    }
    kinds = Counter(kind for kind, _ in entries.values())
    told = {left["ticket"] for left in running.records("left") if left["status"] == "kept"}
    sizes = dict(outbox(running, "SELECT recording, size FROM files"))
    found = {*appeals, *arrived.callbacks}
    wrong = {
        "gone_from_journal": sorted(watched - told),
        "gone_from_outbox": sorted(told - set(entries)),
        "not_delivered": sorted(reference for reference, (_, state) in entries.items() if state != "delivered"),
        "not_at_county": sorted(
            ticket for ticket, (kind, _) in entries.items() if kind != "rating" and ticket not in found
        ),
        "only_at_county": sorted(found - set(entries)),
        "twice": sorted(name for name, times in (arrived.callbacks + arrived.ratings).items() if times > 1),
        # Each mark is about an appeal of its own.
        "marks_missing": kinds["rating"] - len(arrived.ratings),
        "without_recording": sorted(
            ticket for ticket, name in appeals.items() if not name or arrived.recordings.get(name, 0) != sizes[name]
        ),
    }
    return {
        "kept": dict(kinds),
        "told": len(told),
        "recorded_bytes": sum(arrived.recordings.values()),
        "wrong": {name: each for name, each in wrong.items() if each},
    }


@click.command()
@click.option("--times", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(times: int, seed: int, as_json: bool) -> None:
    """Print what was found; ends with 1 if anything is missing, or there twice."""
    end_tidily()
    with tempfile.TemporaryDirectory() as name:
        county = County(Path(name))
        try:
            settings = {
                "backend": {"base_url": county.base_url},
                "hearing": {"enabled": False},
                "answers": {"languages": ["zh"]},
                "console": {"port": free_port()},
            }
            say("starting a gateway")
            with gateway(Path(name), settings, good_voice=False, demo=False) as running:
                figures = measure(running, county, times, seed)
        finally:
            county.close()
    if as_json:
        click.echo(json.dumps(figures, indent=1, ensure_ascii=False))
    else:
        for what, figure in figures.items():
            click.echo(f"{what}: {figure}")
    raise SystemExit(1 if figures["wrong"] else 0)


if __name__ == "__main__":
    main()
