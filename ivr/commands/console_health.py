"""Looks at the machine for the console's health page: the supervisor, `ivr doctor`, journals, disk and log."""

from __future__ import annotations

import importlib.metadata
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from backend_client.outbox.writer import outbox_file
from ivr.call.journal_lines import journal_files
from ivr.config import DataFolder, Settings
from ivr.console.health import Backlog, Process, State
from ivr.doctor import CHECKS, Finding, sip_port
from ivr.logs import LogLine, read_line
from ivr.processes.control import ControlError, ask
from ivr.storage.down import DatabaseDownError
from ivr.storage.office import Office

_TAIL_BYTES = 256 * 1024
_ASK_WITHIN_S = 2.0


def look(settings: Settings, data: DataFolder, office: Office, now: Callable[[], datetime]) -> State:
    """The machine at this moment."""
    try:
        size, _, free = shutil.disk_usage(data.root)
    except OSError:
        size, free = 1, 0
    return State(
        at=now(),
        version=importlib.metadata.version("xiangyin"),
        processes=_processes(data),
        findings=_findings(settings, data),
        waiting_bytes=_waiting(data, office),
        disk_free=free,
        disk_size=size,
        errors=_errors(data.log / "gateway.log"),
        outbox=_backlog(data, now()),
    )


def _processes(data: DataFolder) -> list[Process] | None:
    try:
        answer = ask(data.control, {"do": "workers"}, _ASK_WITHIN_S)
    except (ControlError, OSError):
        return None
    return [
        Process(
            one["name"],
            one["state"],
            one["pid"],
            one["uptime_s"],
            one["restarts"],
            one.get("counts", {}),
            one["journal"] == "healthy" if "journal" in one else None,
            {name: _circuit(told) for name, told in one.get("circuits", {}).items()},
        )
        for one in answer["workers"]
    ]


def _circuit(told: str | bool) -> str:
    """The state of a circuit. A line worker of an older version, that still has calls, tells whether it tripped."""
    if isinstance(told, bool):
        return "open" if told else "closed"
    return told


def _backlog(data: DataFolder, now: datetime) -> Backlog:
    """Nothing while there is no outbox, or while it cannot be read: `ivr doctor` says so then."""
    file = outbox_file(data.outbox)
    if not file.exists():
        return Backlog()
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            counted = connection.execute("SELECT state, COUNT(*), MIN(left_at) FROM entries GROUP BY state").fetchall()
    except sqlite3.Error:
        return Backlog()
    of = {state: (count, left_at) for state, count, left_at in counted}
    waiting, oldest = of.get("waiting", (0, ""))
    oldest_s = (now - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0
    return Backlog(waiting, of.get("refused", (0, ""))[0], max(0.0, oldest_s))


def _findings(settings: Settings, data: DataFolder) -> list[Finding]:
    """What `ivr doctor` says, but for the SIP port, which the running gateway itself has."""
    return [finding for check in CHECKS if check is not sip_port for finding in check(settings, data)]


def _waiting(data: DataFolder, office: Office) -> int:
    """Bytes of journals that are not in the database; all of them while it is down."""
    try:
        shipped = office.calls.shipped()
    except DatabaseDownError:
        shipped = {}
    waiting = 0
    for file in journal_files(data.journal):
        try:
            waiting += max(0, file.path.stat().st_size - shipped.get(file.path.name, 0))
        except FileNotFoundError:
            continue
    return waiting


def _errors(log: Path) -> list[LogLine]:
    """The latest lines that are warnings or worse, from the end of the gateway's log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    said = [line for line in map(read_line, lines) if line is not None]
    return [line for line in said if line.level in ("WARNING", "ERROR", "CRITICAL")]
