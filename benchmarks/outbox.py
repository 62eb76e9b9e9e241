"""What callers left arrives exactly once, whatever is killed and whatever the link does.

    python -m benchmarks.outbox --kills 50

One process leaves things as calls do, one delivers them (`ivr outbox run`) to the demo backend over real HTTP, through
a link that is cut, slow, flapping, or lies. Both are killed (SIGKILL) at random moments. At the end the link is mended,
and everything that a caller would have heard confirmed must be at the backend: every appeal with its recording, every
callback, every rating, once.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from backend_client.outbox.entries import Entries
from backend_client.outbox.writer import outbox_file
from benchmarks.county import MODES, County


class Trial:
    """One run in one folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._kept: list[str] = []
        self._lives = 0
        self._county = County(folder)
        self._settings = folder / "settings.yaml"
        self._settings.write_text(f"backend: {{base_url: '{self._county.base_url}', tries: 2}}\n")
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
        self._county.close()
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
        self._county.set_mode(mode, self._chance)

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
        arrived = self._county.arrived()
        kinds = Counter(entry.kind for entry in left)
        assert set(arrived.appeals) == {each.reference for each in left if each.kind in ("appeal", "message")}
        for entry in left:
            if entry.kind == "appeal":
                assert arrived.appeals[entry.reference] == entry.files[0].recording
                assert arrived.recordings[entry.files[0].recording] == entry.files[0].size
        assert arrived.callbacks == Counter(each.reference for each in left if each.kind == "callback")
        assert arrived.ratings == Counter(each.call_id for each in left if each.kind == "rating")
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
