"""Takes away what a gateway needs, while calls go on, gives it back, and tells what callers got meanwhile.

`python -m benchmarks.taken_away [--only disk]` (root; about five minutes) starts a gateway whose call log is in
PostgreSQL, whose speech worker and backend are processes of this benchmark, and whose data folder is a small file
system of its own, and in turn

- **database**: stops PostgreSQL,
- **speech**: ends the speech worker, **backend**: ends the backend,
- **disk**: fills the data folder to the last byte,
- **descriptors**: lets no process of the gateway open one file more (RLIMIT_NOFILE),

and, in another gateway, sets the **clock** an hour forward and back, for all its processes, with libfaketime
(`apt-get install libfaketime`): the wall clock jumps, the monotonic one does not, as when a machine gets its time anew.

Six calls go on all the time. One more caller asks for a case while the thing is away and again when it is back; what
that caller heard is in the call's journal. In the end callers, journal and call log are compared.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.kills import with_children
from benchmarks.printing import show_figures
from benchmarks.under_load import (
    Load,
    Window,
    end_tidily,
    load_settings,
    loaded_gateway,
    look_for_losses,
    say,
    takes_a_call,
)
from tests.postgresql import Server, server
from tests.system.rawphone import NothingCameError, RawPhone
from tests.system.running import PREPARED, ROOT, Running, free_port

LINES, CALLS = 12, 6
DISK = "200m"
#: How long the caller who asks for a case listens to the answer, in seconds: longer than a backend may take.
LISTENS_S = 14.0
BACK_S = 60.0
CLOCKS = {"clock +1 h": "+3600", "clock -1 h": "-3600"}
LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
#: Not a name that the gateway takes for this machine: it starts no demo backend of its own then.
BACKEND_HOST = "127.0.0.2"


class Own:
    """A process of this benchmark that says `ready` or listens, and can be ended and started again."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self._environment = environment
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ivr.cli", *self._arguments],
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@dataclass
class Place:
    """A gateway and what it needs."""

    running: Running
    folder: Path
    database: Server
    speech: Own
    backend: Own
    backend_port: int
    clock: Path


@contextmanager
def no_database(place: Place) -> Iterator[None]:
    place.database.stop()
    try:
        yield
    finally:
        place.database.start()


@contextmanager
def no_speech(place: Place) -> Iterator[None]:
    place.speech.end()
    try:
        yield
    finally:
        place.speech.start()


@contextmanager
def no_backend(place: Place) -> Iterator[None]:
    place.backend.end()
    try:
        yield
    finally:
        place.backend.start()
        listens(BACKEND_HOST, place.backend_port)


def listens(host: str, port: int, timeout_s: float = 30.0) -> None:
    """Wait until somebody listens there."""
    until = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection((host, port), 1.0).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def no_disk(place: Place) -> Iterator[None]:
    ballast = place.folder / "ballast"
    with ballast.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(b"\0" * 65536)
    with ballast.open("ab", buffering=0) as out, suppress(OSError):
        while True:
            out.write(b"\0")
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def no_descriptors(place: Place) -> Iterator[None]:
    before: dict[int, tuple[int, int]] = {}
    for pid in with_children(place.running.process.pid):
        opened = max(int(one.name) for one in Path(f"/proc/{pid}/fd").iterdir())
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        before[pid] = (soft, hard)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (opened + 1, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


def clock_set(jump: str) -> Callable[[Place], AbstractContextManager[None]]:
    @contextmanager
    def jumped(place: Place) -> Iterator[None]:
        place.clock.write_text(jump + "\n")
        try:
            yield
        finally:
            place.clock.write_text("+0\n")

    return jumped


NEEDED: dict[str, Callable[[Place], AbstractContextManager[None]]] = {
    "database": no_database,
    "speech": no_speech,
    "backend": no_backend,
    "disk": no_disk,
    "descriptors": no_descriptors,
    **{name: clock_set(jump) for name, jump in CLOCKS.items()},
}


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of `DISK` at this folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def faked_clock(clock: Path, *, wanted: bool) -> Iterator[None]:
    """Let what is started from here on have the clock that this file says."""
    clock.write_text("+0\n")
    if not wanted:
        yield
        return
    if not LIBFAKETIME.exists():
        raise click.ClickException("the clock is set with libfaketime: apt-get install libfaketime")
    more = {
        "LD_PRELOAD": str(LIBFAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]


@contextmanager
def place_of(*, clocks: bool) -> Iterator[Place]:
    """A gateway with everything that can be taken from it."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xytaken")))
        database = stack.enter_context(server())
        speech_at, backend_port, folder = f"unix:{home / 'speech'}", free_port(), home / "disk"
        folder.mkdir()
        stack.enter_context(small_disk(folder))
        stack.enter_context(faked_clock(home / "clock", wanted=clocks))
        whole = load_settings(
            LINES,
            log={"database": database.new_database()},
            voice={"worker": speech_at},
            hearing={"worker": speech_at},
            backend={"base_url": f"http://{BACKEND_HOST}:{backend_port}"},
        )
        environment = {**os.environ, "XIANGYIN_DATA": str(PREPARED)}
        speech = Own(environment, "speech", "--listen", speech_at, "--data", str(PREPARED))
        listen = ("--host", BACKEND_HOST, "--port", str(backend_port))
        backend = Own(environment, "backend-demo", *listen, "--database", str(home / "backend.sqlite"))
        for own in (speech, backend):
            own.start()
            stack.callback(own.end)
        running = stack.enter_context(loaded_gateway(whole, folder))
        _keep_reading(running)
        listens(BACKEND_HOST, backend_port)
        yield Place(running, folder, database, speech, backend, backend_port, home / "clock")


def _keep_reading(running: Running) -> None:
    """What the gateway prints must go somewhere: with a full pipe it would wait for us."""
    out = running.process.stdout
    assert out is not None
    threading.Thread(target=lambda: [None for _ in out], daemon=True).start()


def ask_for_a_case(running: Running, number: int) -> dict[str, Any]:
    """Call and type a case number; how the call was answered, and its SIP Call-ID."""
    with RawPhone(user=f"1350000{number:04}") as phone:
        begun = time.monotonic()
        phone.invite("127.0.0.1", running.sip_port, "12345")
        try:
            status = phone.final_status("INVITE", 8.0)
        except NothingCameError:
            return {"status": "silence"}
        answered = time.monotonic() - begun
        if status != 200:
            return {"status": status}
        phone.listen(1.0)
        for key in f"12026000{number}#":
            phone.press(key)
            phone.listen(0.15)
        typed_at = time.time()
        phone.listen(LISTENS_S)
        heard = [packet.at for packet in phone.arrivals if packet.at > typed_at]
        sip_call_id = phone.messages[0].get("call-id")
        phone.hang_up()
    packets = round(len(heard) / (LISTENS_S * 50), 3)
    return {"status": 200, "answered_s": round(answered, 2), "rtp_of_nominal": packets, "sip_call_id": sip_call_id}


def heard(running: Running, asked: dict[str, Any]) -> dict[str, Any]:
    """What that caller was told after the last key, from the journal."""
    journal = running.journal()
    ours = [line["call"] for line in journal if line["data"].get("sip_call_id") == asked.get("sip_call_id", "none")]
    if not ours:
        return asked
    lines = [line for line in journal if line["call"] == ours[0]]
    last_key = max((index for index, line in enumerate(lines) if line["name"] == "DigitPressed"), default=0)
    after = lines[last_key:]
    return {
        **asked,
        "backend": [f"{line['data']['status']} {line['data']['ms']} ms" for line in after if line["name"] == "backend"],
        "heard": [line["data"]["text"][:40] for line in after if line["name"] == "played"],
    }


def take(place: Place, load: Load, name: str, number: int) -> dict[str, Any]:
    """Take one thing away, call, give it back, call again."""
    log_before = len(place.running.log())
    going = load.going()
    refused = sum(call.status >= 300 for call in load.callers.calls)
    with NEEDED[name](place):
        window = Window(going)
        say(f"{name}: taken away")
        away = ask_for_a_case(place.running, number)
        figures = window.figures()
    say(f"{name}: given back")
    took = takes_a_call(place.running, BACK_S)
    back = ask_for_a_case(place.running, number + 1)
    dropped = len(load.give_up_silent()) + figures["dropped"]
    said = place.running.log()[log_before:]
    return {
        **figures,
        "dropped": dropped,
        "refused": sum(call.status >= 300 for call in load.callers.calls) - refused,
        "new_call_after_s": None if took is None else round(took, 2),
        "emergency_voice": said.count("the emergency voice speaks"),
        "restarts": said.count("ended by itself"),
        "away": heard(place.running, away),
        "back": heard(place.running, back),
    }


def measure(names: list[str], *, clocks: bool) -> dict[str, Any]:
    """Take these away, one after the other, of one gateway."""
    rows: dict[str, Any] = {}
    with place_of(clocks=clocks) as place:
        load = Load(place.running, CALLS)
        try:
            say(f"{len(load.going())} calls go on; one more asks for a case in peace")
            window = Window(load.going())
            peace = ask_for_a_case(place.running, 1)
            rows["peace" if not clocks else "peace, clock faked"] = {
                **window.figures(),
                "back": heard(place.running, peace),
            }
            for number, name in enumerate(names):
                rows[name] = take(place, load, name, 2 + number % 4)
        finally:
            load.stop()
        say("comparing callers, journal and call log")
        lost = look_for_losses(place.running, load)
    return {
        "rows": rows,
        "facts_lost": lost.facts,
        "lost": {"answered": lost.answered, "keys": lost.keys, "lines": lost.lines, "open": lost.open},
        "keys_compared": lost.keys_compared,
        "journal_lines_compared": lost.lines_compared,
    }


def show(figures: list[dict[str, Any]]) -> None:
    """The figures as tables."""
    console = Console(width=max(130, Console().width))
    table = Table("away", "RTP", "gap p99.9 ms", "dropped", "refused", "new call s", "what the caller heard meanwhile")
    for part in figures:
        for name, row in part["rows"].items():
            table.add_row(
                name,
                f"{row['rtp_of_nominal']:.2%}",
                *(str(row.get(key, "-")) for key in ("gap_p999_ms", "dropped", "refused", "new_call_after_s")),
                _told(row.get("away")) + f"\nback: {_told(row['back'])}",
            )
    console.print(table)
    for part in figures:
        console.print(
            f"{part['facts_lost']} facts lost of {part['keys_compared']} keys and {part['journal_lines_compared']} "
            f"journal lines {part['lost'] if part['facts_lost'] else ''}"
        )


def _told(call: dict[str, Any] | None) -> str:
    if call is None:
        return "-"
    if call["status"] != 200:
        return f"INVITE was answered {call['status']}"
    return f"RTP {call['rtp_of_nominal']:.0%}; backend {call.get('backend')}; " + " / ".join(call.get("heard", ()))


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(NEEDED)), help="these, in place of all")
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(only: tuple[str, ...], as_json: bool) -> None:
    """Print what was found; ends with 1 if a fact was lost or a call dropped."""
    end_tidily()
    chosen = list(only or NEEDED)
    parts = [[name for name in chosen if (name in CLOCKS) == clocks] for clocks in (False, True)]
    figures = [measure(names, clocks=bool(set(names) & set(CLOCKS))) for names in parts if names]
    show_figures(figures, as_json, show)
    bad = any(part["facts_lost"] or any(row["dropped"] for row in part["rows"].values()) for part in figures)
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
