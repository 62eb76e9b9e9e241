"""Runs `tests.system.gateway` in a process of its own for a test, and reads what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.system.running import ROOT, free_port

Event = dict[str, Any]


class GatewayProcess:
    """A test gateway.

    Attributes:
        port: its SIP port on 127.0.0.1.
        events: what it printed so far, in order.
        errors: file with its standard error.
    """

    def __init__(self, settings: dict[str, Any], errors: Path) -> None:
        self.port = int(settings["port"])
        self.events: list[Event] = []
        self.errors = errors
        self._changed = threading.Condition()
        with errors.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-m", "tests.system.gateway", json.dumps(settings)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def all(self, name: str) -> list[Event]:
        """The events of this name so far."""
        return [event for event in self.events if event["event"] == name]

    def wait_for(self, name: str, count: int = 1, timeout: float = 10.0) -> Event:
        """Wait for the `count`th event of this name."""

        def done() -> bool:
            return len(self.all(name)) >= count or self.process.poll() is not None

        with self._changed:
            self._changed.wait_for(done, timeout)
            found = self.all(name)
        assert len(found) >= count, f"{name} came {len(found)} times; {self.events[-10:]}; {self.errors.read_text()}"
        return found[count - 1]

    def tell(self, command: str) -> None:
        """Give a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def ask(self, command: str) -> Event:
        """Give a command that answers with an event of its name."""
        count = len(self.all(command))
        self.tell(command)
        return self.wait_for(command, count + 1)

    def digits(self) -> list[tuple[str, str]]:
        """The keys so far, each with its source."""
        return [(event["digit"], event["source"]) for event in self.all("digit")]

    def is_free_again(self, timeout: float = 10.0) -> None:
        """Wait until no call is in progress and PJSIP has all its channels."""
        waiting = threading.Event()
        for _ in range(round(timeout / 0.1)):
            status = self.ask("status")
            if status["calls"] == 0 and status["slots"] == 0:
                return
            waiting.wait(0.1)
        raise AssertionError(f"still busy: {status}")

    def wait_until_quiet(self) -> None:
        """Wait until PJSIP's mixer rests, which it does a second or two after the last call."""
        self.is_free_again()
        waiting = threading.Event()
        for _ in range(50):
            status = self.ask("status")
            if not status["mixing"] and not status["retired"]:
                return
            waiting.wait(0.1)
        raise AssertionError(f"not quiet: {status}")

    def stop(self) -> None:
        """End it and check that it ended well."""
        if self.process.poll() is None:
            self.tell("stop")
            self.wait_for("stopped", timeout=15.0)
        code = self.process.wait(10)
        said = self.errors.read_text()
        assert code == 0, f"the gateway ended with {code}: {said}"
        assert "Traceback" not in said, said

    def clear_away(self) -> None:
        """Leave nothing of it."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@contextmanager
def gateway_process(folder: Path, **settings: Any) -> Iterator[GatewayProcess]:
    """A test gateway on free ports of 127.0.0.1. It must end well, with nothing thrown in it."""
    port = free_port()
    usual = {
        "bind_address": "127.0.0.1",
        "port": port,
        "rtp_port_first": 20000 + port % 20000 // 2 * 2,
        "rtp_port_count": 200,
    }
    process = GatewayProcess({**usual, **settings}, folder / f"gateway-{port}.log")
    try:
        process.wait_for("ready", timeout=30.0)
        yield process
        process.stop()
    finally:
        process.clear_away()


def write_wav(path: Path, samples: NDArray[np.int16]) -> str:
    """Write an 8 kHz mono file; its name."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return str(path)


def sine(hertz: float, seconds: float) -> NDArray[np.int16]:
    """A tone at a quarter of full scale."""
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * 8000)) / 8000)).astype(np.int16)
