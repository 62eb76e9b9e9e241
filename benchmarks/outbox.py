"""What callers left arrives exactly once, whatever is killed and whatever the link does.

    python -m benchmarks.outbox --kills 50

One process leaves things as calls do, one delivers them (`ivr outbox run`) to the demo backend over real HTTP, through
a link that is cut, slow, flapping, or lies. Both are killed (SIGKILL) at random moments. At the end the link is mended,
and everything that a caller would have heard confirmed must be at the backend: every appeal with its recording, every
callback, every rating, once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

from backend_client.outbox.entries import Entries
from backend_client.outbox.writer import outbox_file
from benchmarks.link import Link

#: A line between township and county, bytes per second.
SLOW = 32_000.0
MODES = ("up", "cut", "slow", "flapping", "lying")
LIES = "malformed*2,wrong_case*2,partial*1,5xx=503*1,truncated*1"


class Trial:
    """One run in one folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._kept: list[str] = []
        self._lives = 0
        self._demo = self._start("ivr.cli", "backend-demo", "--port", "0", "--database", str(folder / "demo.sqlite"))
        assert self._demo.stdout
        self._address = self._demo.stdout.readline().split()[1]
        self._link = Link(int(self._address.rpartition(":")[2]))
        self._link.start()
        self._settings = folder / "settings.yaml"
        self._settings.write_text(f"backend: {{base_url: 'http://127.0.0.1:{self._link.port}', tries: 2}}\n")
        (folder / "spool").mkdir()
        self.kills: Counter[str] = Counter()
        self.modes: Counter[str] = Counter()

    def run(self, kills: int) -> dict[str, object]:
        """Kill so often, then check. Return the figures."""
        leaver, deliverer = self._start_leaver(), self._start_deliverer()
        for number in range(kills):
            self._set_mode(MODES[number % len(MODES)])
            time.sleep(self._chance.uniform(0.3, 1.5))
            if number % 2:
                self._kill(leaver, "leaving")
                leaver = self._start_leaver()
            else:
                self._kill(deliverer, "delivering")
                deliverer = self._start_deliverer()
        self._set_mode("up")
        self._kill(leaver, "leaving")
        self._wait_until_delivered()
        self._kill(deliverer, "delivering")
        result = self._check()
        self._demo.send_signal(signal.SIGTERM)
        self._demo.wait(20)
        self._link.stop()
        return result

    # Processes

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "XIANGYIN_DATA": str(self._folder / "data"), "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdout=subprocess.PIPE,
            stderr=(self._folder / "errors.txt").open("a"),
            text=True,
            env=environment,
        )

    def _start_leaver(self) -> subprocess.Popen[str]:
        self._lives += 1
        outbox, spool = self._folder / "data" / "outbox", self._folder / "spool"
        process = self._start("benchmarks.outbox_leaver", str(outbox), str(spool), str(self._lives))
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        return process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            # A line that was cut off in the middle was never heard.
            if line.startswith("kept ") and line.endswith("\n"):
                self._kept.append(line.split()[1])

    def _start_deliverer(self) -> subprocess.Popen[str]:
        process = self._start("ivr.cli", "outbox", "run", "--settings", str(self._settings))
        assert process.stdout
        process.stdout.readline()
        return process

    def _kill(self, process: subprocess.Popen[str], what: str) -> None:
        process.kill()
        process.wait()
        self.kills[what] += 1

    # The link

    def _set_mode(self, mode: str) -> None:
        self.modes[mode] += 1
        self._link.bytes_per_second = SLOW if mode == "slow" else 0.0
        self._fault(LIES if mode == "lying" else "")
        if mode == "cut":
            self._link.cut()
        else:
            self._link.mend()
        if mode == "flapping":
            for _ in range(4):
                time.sleep(self._chance.uniform(0.05, 0.2))
                self._link.cut()
                time.sleep(self._chance.uniform(0.05, 0.2))
                self._link.mend()

    def _fault(self, written: str) -> None:
        body = json.dumps({"faults": written}).encode()
        request = urllib.request.Request(f"{self._address}/admin/faults", data=body, method="PUT")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200

    # The end

    def _wait_until_delivered(self, within_s: float = 120.0) -> None:
        entries = Entries(outbox_file(self._folder / "data" / "outbox"))
        deadline = time.monotonic() + within_s
        while waiting := entries.waiting():
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(waiting)} were not delivered: {waiting[0].problem}")
            for entry in waiting:
                entries.retry(entry.reference, entry.left_at)
            time.sleep(1)
        entries.close()

    def _check(self) -> dict[str, object]:
        entries = Entries(outbox_file(self._folder / "data" / "outbox"))
        left = entries.latest(1_000_000)
        entries.close()
        by_reference = {entry.reference: entry for entry in left}
        assert set(self._kept) <= set(by_reference), "something that was confirmed is not in the outbox"
        assert {entry.state for entry in left} == {"delivered"}, Counter(entry.problem for entry in left)
        with sqlite3.connect(self._folder / "demo.sqlite") as demo:
            ours = "ticket NOT IN ('6320100016', '6315100021', '6305100031', '6301100043', '6302100059')"
            appeals = dict(demo.execute(f"SELECT ticket, recording FROM appeals WHERE {ours}"))
            callbacks = Counter(ticket for (ticket,) in demo.execute("SELECT ticket FROM callbacks"))
            ratings = Counter(about for (about,) in demo.execute("SELECT about FROM ratings"))
            complete = {row[0] for row in demo.execute("SELECT recording FROM recordings WHERE complete")}
        kinds = Counter(entry.kind for entry in left)
        assert set(appeals) == {each.reference for each in left if each.kind in ("appeal", "message")}
        for entry in left:
            if entry.kind == "appeal":
                assert appeals[entry.reference] == entry.files[0].recording
                assert entry.files[0].recording in complete
        assert callbacks == Counter(each.reference for each in left if each.kind == "callback")
        assert ratings == Counter(each.call_id for each in left if each.kind == "rating")
        return {
            "kills": dict(self.kills),
            "link": dict(self.modes),
            "left": len(left),
            "confirmed": len(self._kept),
            "kinds": dict(kinds),
            "most tries": max(entry.tries for entry in left),
            "each exactly once": True,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, value in Trial(Path(folder), arguments.seed).run(arguments.kills).items():
            sys.stdout.write(f"{name}: {value}\n")


if __name__ == "__main__":
    main()
