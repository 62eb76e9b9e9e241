"""The line worker that is fuzzed: `ivr line` in a process of its own, with all that can be seen of it from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from tests.system.rawphone import NothingCameError, RawPhone
from tests.system.running import PREPARED, ROOT, free_port

HOST = "127.0.0.1"
#: An INVITE that nobody acknowledges holds its channel for 32 s (RFC 3261 section 13.3.1.4); the machine may be busy.
CHANNEL_FREE_S = 240.0
_START_S = 600.0


class BrokenError(AssertionError):
    """The line worker died, hangs or takes no calls; the message says what was seen."""


@dataclass(frozen=True)
class Resources:
    """What a process holds. `resident_mb` is its resident set in megabytes."""

    resident_mb: float
    descriptors: int
    threads: int


@dataclass
class LineProcess:
    """A line worker that runs. `log` is its standard error."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def resources(self) -> Resources:
        """What it holds now.

        Raises:
            BrokenError: it died.
        """
        self.must_live()
        folder = Path(f"/proc/{self.process.pid}")
        facts = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
        resident = int(facts["VmRSS"].split()[0]) / 1024
        return Resources(round(resident, 1), len(list((folder / "fd").iterdir())), int(facts["Threads"]))

    def must_live(self) -> None:
        if self.process.poll() is not None:
            raise BrokenError(f"it died with {self.process.returncode}:\n{self.log.read_text('utf-8')[-3000:]}")

    def takes_a_call(self, timeout: float = CHANNEL_FREE_S) -> float:
        """Seconds until a call was answered and a prompt was heard in it.

        Raises:
            BrokenError: that did not come.
        """
        since = time.monotonic()
        while True:
            self.must_live()
            try:
                with RawPhone(user="13700000001") as phone:
                    phone.dial(HOST, self.port, "12345", timeout=30.0)
                    phone.sound_after(phone.answered_at, timeout=30.0)
                    phone.hang_up()
                    return time.monotonic() - since
            except NothingCameError as error:
                if time.monotonic() - since > timeout:
                    self.process.send_signal(signal.SIGABRT)  # its log then says where every thread is
                    self.process.wait(10)
                    raise BrokenError(f"{error}\n{self.log.read_text('utf-8')[-3000:]}") from error


@contextmanager
def line_process(folder: Path) -> Iterator[LineProcess]:
    """A line worker with the shipped menus in a folder of its own."""
    data, port = folder / "data", free_port()
    (data / "prompts").mkdir(parents=True)
    for name in ("models", "prompts/rendered"):
        (data / name).symlink_to(PREPARED / name)
    settings = folder / "gateway.yaml"
    with settings.open("w", encoding="utf-8") as out:
        sip = {"bind_address": HOST, "port": port, "rtp_port_first": 20000 + port % 20000, "rtp_port_count": 100}
        YAML().dump({"sip": sip, "hearing": {"enabled": False}, "log": {"level": "WARNING"}}, out)
    log = folder / "line.log"
    environment = {**os.environ, "XIANGYIN_DATA": str(data), "XIANGYIN_SETTINGS": str(settings)}
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivr.cli", "line"],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        _wait_until_ready(process, log)
        yield LineProcess(process, port, log)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _wait_until_ready(process: subprocess.Popen[str], log: Path) -> None:
    assert process.stdout is not None
    giving_up = threading.Timer(_START_S, process.kill)
    giving_up.start()
    first = process.stdout.readline()
    giving_up.cancel()
    if not first.startswith("ready"):
        raise BrokenError(f"it did not start:\n{log.read_text('utf-8')[-3000:]}")
