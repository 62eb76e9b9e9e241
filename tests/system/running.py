"""Runs a whole gateway for a test, as `ivr serve --demo` does it, with a data folder and ports of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent.parent
#: Models and rendered prompts of this checkout, made by scripts/test.
PREPARED = Path(os.environ.get("XIANGYIN_DATA", ROOT / "var"))
START_S = 150.0


def free_port() -> int:
    """A port that is free for UDP and TCP now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return int(tcp.getsockname()[1])


@dataclass
class Running:
    """A gateway that runs.

    Attributes:
        process: `ivr serve`.
        data: its data folder.
        sip_port, backend_port: where it listens on 127.0.0.1.
        environment: for commands about it.
        arguments: what follows `ivr`.
        program: the command `ivr` itself.
        folder: where it is run.
    """

    process: subprocess.Popen[str]
    data: Path
    sip_port: int
    backend_port: int
    environment: dict[str, str]
    arguments: tuple[str, ...]
    program: tuple[str, ...]
    folder: Path
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _journal_read: dict[Path, tuple[int, list[dict[str, Any]]]] = field(default_factory=dict)

    @property
    def output(self) -> Path:
        """What it has said since it was ready, beside its log."""
        return self.data.parent / "output.txt"

    @property
    def uri(self) -> str:
        return f"sip:12345@127.0.0.1:{self.sip_port}"

    def ivr(self, *arguments: str, timeout: float = 90.0) -> str:
        """Run a command about this gateway; its standard output."""
        done = subprocess.run(
            [*self.program, *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"ivr {' '.join(arguments)}: {done.stderr}\n{done.stdout}"
        return done.stdout

    def phone(self, keys: str, *more: str, timeout: float = 180.0) -> dict[str, Any]:
        """Call with our test phone; its report."""
        report = self.ivr("phone", self.uri, "--keys", keys, "--json", *more, timeout=timeout)
        loaded: dict[str, Any] = json.loads(report)
        return loaded

    def calls(self) -> list[dict[str, Any]]:
        """The call log, the latest call first."""
        listed: list[dict[str, Any]] = json.loads(self.ivr("calls", "list", "--json"))
        return listed

    def wait_for_ends(self, timeout: float = 30.0) -> list[dict[str, Any]]:
        """Wait until the call log, which follows the journal, has the end of every call; the latest call first."""
        deadline = time.monotonic() + timeout
        while True:
            listed = self.calls()
            if all(call["end_reason"] for call in listed):
                return listed
            assert time.monotonic() < deadline, f"the call log has no end of {listed}"

    def call(self, call_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.ivr("calls", "show", call_id, "--json"))
        return shown

    def journal(self) -> list[dict[str, Any]]:
        """All whole lines of the journal so far, as they were written. Any thread may ask; only what is new is read."""
        files = sorted((self.data / "journal").glob("*.jsonl"))
        with self._reading:
            return [line for file in files for line in self._lines_of(file)]

    def _lines_of(self, file: Path) -> list[dict[str, Any]]:
        offset, lines = self._journal_read.get(file, (0, []))
        with file.open("rb") as journal:
            journal.seek(offset)
            whole = journal.read().rpartition(b"\n")[0]
        if whole:
            lines = lines + [json.loads(line) for line in whole.split(b"\n")]
            self._journal_read[file] = (offset + len(whole) + 1, lines)
        return lines

    def records(self, name: str, *, since: int = 0) -> list[dict[str, Any]]:
        """The data of all records of this name in the journal so far. Notes go by the name of the note.

        Args:
            since: how many lines at the beginning of the journal belong to earlier calls.
        """
        lines = [line["data"] if line["name"] == "Note" else line for line in self.journal()[since:]]
        return [line["data"] for line in lines if line["name"] == name]

    def wait_for(
        self, name: str, wanted: Callable[[dict[str, Any]], bool], timeout: float = 30.0, *, since: int = 0
    ) -> dict[str, Any]:
        """Wait until there is a record as of `records` that fits; its data."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = next((data for data in self.records(name, since=since) if wanted(data)), None)
            if found is not None:
                return found
            # The journal is a file: looking again is the only way to see that it has grown.
            time.sleep(0.05)
        raise AssertionError(f"no {name} like that within {timeout} s; the journal ends with {self.journal()[-3:]}")

    def log(self) -> str:
        return (self.data / "log" / "gateway.log").read_text("utf-8")

    def wait_for_log(self, words: str, *, times: int = 1, timeout: float = 30.0) -> None:
        """Wait until these words stand so often in the gateway's log."""
        deadline = time.monotonic() + timeout
        while self.log().count(words) < times:
            assert time.monotonic() < deadline, f"{words!r} is not in the log:\n{self.log()[-3000:]}"
            time.sleep(0.05)

    def wait_for_backend(self, timeout: float = 60.0) -> None:
        """Wait until the demo backend listens; the gateway is ready without it."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.backend_port), 1.0).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, f"no backend:\n{self.log()[-3000:]}"
                time.sleep(0.05)

    def ask_demo(self, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> None:
        """Ask the demo backend over HTTP.

        Args:
            key: of a request that may come twice.
        """
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        data = None if body is None else json.dumps(body).encode()
        address = f"http://127.0.0.1:{self.backend_port}{path}"
        request = urllib.request.Request(address, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status in (200, 201, 204)

    def child(self, name: str) -> int:
        """Process id of a child, from the log."""
        lines = [line for line in self.log().splitlines() if f"{name} started, process " in line]
        return int(lines[-1].rsplit(" ", 1)[1])

    def start_again(self) -> None:
        """Start it once more in the same folder, after it has ended or was killed."""
        self.process = _started((*self.program, *self.arguments), self.environment, self.folder)
        _wait_until_ready(self.process, self.output)


@contextmanager
def gateway(
    folder: Path,
    settings: Mapping[str, Any] | None = None,
    arguments: Sequence[str] = (),
    *,
    installed: Path | None = None,
    good_voice: bool = True,
    demo: bool = True,
) -> Iterator[Running]:
    """A gateway in a folder; ended with everything it started.

    Args:
        arguments: more of them for `ivr serve`.
        installed: the Python of another installation that is to run; this checkout if none is given.
        good_voice: with the models and prompts of this checkout. Without them espeak says everything within a moment,
            for calls that hear more than is rendered and do not ask how it sounds.
        demo: with the demo backend; without it, the settings say where a backend is.
    """
    data = folder / "data"
    (data / "prompts").mkdir(parents=True)
    for name in ("models", "prompts/rendered") if good_voice else ():
        (data / name).symlink_to(PREPARED / name)
    sip_port, backend_port = free_port(), free_port()
    whole: dict[str, Any] = {"backend": {"base_url": f"http://127.0.0.1:{backend_port}"}, **(settings or {})}
    sip = {
        "bind_address": "127.0.0.1",
        "port": sip_port,
        "rtp_port_first": 20000 + (sip_port % 20000),
        "rtp_port_count": 100,
    }
    whole["sip"] = {**sip, **whole.get("sip", {})}
    settings_file = folder / "gateway.yaml"
    with settings_file.open("w", encoding="utf-8") as out:
        YAML().dump(whole, out)
    environment = {**os.environ, "XIANGYIN_DATA": str(data), "XIANGYIN_SETTINGS": str(settings_file)}
    if installed is not None:
        environment.pop("PYTHONPATH", None)
    program = (str(installed or sys.executable), "-m", "ivr.cli")
    place = ROOT if installed is None else folder
    whole_line = ("serve", *(["--demo"] if demo else []), *arguments)
    process = _started((*program, *whole_line), environment, place)
    running = Running(process, data, sip_port, backend_port, environment, whole_line, program, place)
    try:
        _wait_until_ready(process, running.output)
        yield running
    finally:
        _end(running.process)


def _started(line: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        line,
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _wait_until_ready(process: subprocess.Popen[str], output: Path) -> None:
    """Wait for `ready`; what is said goes into a file from then on, for a pipe that nobody reads stops who writes."""
    assert process.stdout is not None
    giving_up = threading.Timer(START_S, os.killpg, (process.pid, signal.SIGKILL))
    giving_up.start()
    said = []
    for line in process.stdout:
        said.append(line)
        if line.strip() == "ready":
            giving_up.cancel()
            threading.Thread(target=_keep, args=(process.stdout, output), daemon=True).start()
            return
    giving_up.cancel()
    process.stdout.close()
    raise AssertionError(f"the gateway did not start within {START_S} s:\n{''.join(said)}")


def _keep(said: IO[str], output: Path) -> None:
    """Until nobody is left who could say something."""
    with said, output.open("a") as kept:
        shutil.copyfileobj(said, kept)


def _end(process: subprocess.Popen[str]) -> None:
    """SIGTERM twice ends calls that are left; then nothing of the session may remain."""
    for _ in range(2):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
