"""The other end of the line, for benchmarks: the demo backend as a process, and a link that is cut, slow or flaps."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.link import Link

#: A line between township and county, bytes per second.
SLOW = 32_000.0
MODES = ("up", "cut", "slow", "flapping", "lying")
LIES = "malformed*2,wrong_case*2,partial*1,5xx=503*1,truncated*1"
#: Appeals that the demo backend comes with.
_OTHERS = "('6320100016', '6315100021', '6305100031', '6301100043', '6302100059')"


@dataclass(frozen=True)
class Arrived:
    """What callers left, as the backend has it.

    Attributes:
        appeals: ticket to the name of the recording, if there is one.
        callbacks: how often each ticket is there.
        ratings: how often there is one about each call or ticket.
        recordings: bytes of each recording that is whole.
    """

    appeals: dict[str, str | None]
    callbacks: Counter[str]
    ratings: Counter[str]
    recordings: dict[str, int]


class County:
    """The backend and the link.

    Args:
        folder: for its database and its log.

    Attributes:
        base_url: of the backend, through the link.
    """

    def __init__(self, folder: Path) -> None:
        self._database = folder / "county.sqlite"
        ivr = [sys.executable, "-m", "ivr.cli"]
        with (folder / "county.log").open("a") as log:
            self._process = subprocess.Popen(
                [*ivr, "backend-demo", "--port", "0", "--database", str(self._database)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "XIANGYIN_DATA": str(folder / "county"), "PYTHONUNBUFFERED": "1"},
            )
        assert self._process.stdout
        self._address = self._process.stdout.readline().split()[1]
        self._link = Link(int(self._address.rpartition(":")[2]))
        self._link.start()
        self.base_url = f"http://127.0.0.1:{self._link.port}"

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)
        self._link.stop()

    def set_mode(self, mode: str, chance: random.Random) -> None:
        """Let the link be one of `MODES`."""
        self._link.bytes_per_second = SLOW if mode == "slow" else 0.0
        self.ask("PUT", "/admin/faults", {"faults": LIES if mode == "lying" else ""})
        if mode == "cut":
            self._link.cut()
        else:
            self._link.mend()
        if mode == "flapping":
            for _ in range(4):
                time.sleep(chance.uniform(0.05, 0.2))
                self._link.cut()
                time.sleep(chance.uniform(0.05, 0.2))
                self._link.mend()

    def ask(self, method: str, path: str, body: dict[str, Any], key: str = "") -> None:
        """Ask the backend, and not through the link.

        Args:
            key: of a request that may come twice.
        """
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        request = urllib.request.Request(
            f"{self._address}{path}", data=json.dumps(body).encode(), headers=headers, method=method
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status in (200, 201, 204)

    def arrived(self) -> Arrived:
        with closing(sqlite3.connect(self._database, timeout=10)) as demo:
            return Arrived(
                dict(demo.execute(f"SELECT ticket, recording FROM appeals WHERE ticket NOT IN {_OTHERS}")),
                Counter(ticket for (ticket,) in demo.execute("SELECT ticket FROM callbacks")),
                Counter(about for (about,) in demo.execute("SELECT about FROM ratings")),
                dict(
                    demo.execute(
                        "SELECT recording, sum(length(data)) FROM recordings JOIN recording_pieces USING (recording) "
                        "WHERE complete GROUP BY recording"
                    )
                ),
            )
