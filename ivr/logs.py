"""What processes of a gateway say, one line for each fact: for people, or as JSON for programs that collect logs.

A line that speaks of a call has its id, `call 20261122-101530-9f3ac2`; in JSON it is also the field `call`.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

#: Tells the processes that a supervisor starts to log in JSON.
VARIABLE = "XIANGYIN_LOG_FORMAT"
LINES = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_CALL = re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{6}\b")
_CHILD = "ivr.processes.child"
#: The supervisor's own name in what is read again.
_SUPERVISOR = "serve"
_LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) ([A-Z]+) ([\w.]+): (.*)$")


class JsonFormatter(logging.Formatter):
    """One JSON object for each record: `at` (UTC, ISO 8601), `level`, `logger`, `message`, and `call` if there is one.

    What a child process of ours has said in JSON already is passed on as it is, with the child's name as `process`.
    """

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name == _CHILD and not getattr(record, "foreign", False):
            process, colon, rest = message.partition(": ")
            said = _object(rest) if colon else None
            if said is not None:
                return json.dumps({**said, "process": process}, ensure_ascii=False)
        facts = {
            "at": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        call = _CALL.search(message)
        if call is not None:
            facts["call"] = call[0]
        if record.exc_info:
            facts["trace"] = self.formatException(record.exc_info)
        return json.dumps(facts, ensure_ascii=False)


def formatter(kind: str) -> logging.Formatter:
    """The formatter for `lines` or `json`."""
    return JsonFormatter() if kind == "json" else logging.Formatter(LINES)


@dataclass(frozen=True)
class LogLine:
    """One line of a log, read again.

    Attributes:
        process: who said it: `line-1`, `speech`, `serve` …
    """

    at: datetime
    level: str
    process: str
    message: str


def log_files(folder: Path) -> list[Path]:
    """The gateway's log and older parts of it (`gateway.log.1`, `gateway.log-20261121.gz`), the oldest first."""
    files = [file for file in folder.glob("gateway.log*") if file.is_file()]
    return sorted(files, key=lambda file: file.stat().st_mtime)


def lines_with(files: Iterable[Path], words: str) -> Iterator[LogLine]:
    """The lines that hold these words, of logs in either format. What cannot be read is passed over."""
    for file in files:
        opening = gzip.open if file.suffix == ".gz" else open
        with opening(file, "rt", encoding="utf-8", errors="replace") as lines:
            found = (read_line(line.rstrip("\n")) for line in lines if words in line)
            yield from (line for line in found if line is not None)


def read_line(line: str) -> LogLine | None:
    """A line of a log in either format; None for what is none, such as a line of a traceback."""
    said = _object(line)
    if said is not None:
        try:
            at = datetime.fromisoformat(str(said["at"]))
        except (KeyError, ValueError):
            return None
        process, level = str(said.get("process") or _SUPERVISOR), str(said.get("level", ""))
        return LogLine(at, level, process, str(said.get("message", "")))
    read = _LINE.match(line)
    if read is None:
        return None
    moment, milliseconds, level, logger, message = read.groups()
    process, colon, rest = message.partition(": ")
    if logger != _CHILD or not colon:
        process, rest = _SUPERVISOR, message
    inner = _LINE.match(rest)
    if inner is not None:
        # The child's own time and level count: its line may have waited for the supervisor.
        moment, milliseconds, level, _, rest = inner.groups()
    at = datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").astimezone()
    return LogLine(at.replace(microsecond=int(milliseconds) * 1000), level, process, rest)


def _object(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
