"""The format of the journal: JSON lines, one record each, in files that belong to one process start.

    {"v":1,"seq":7,"at":"2026-11-22T02:00:00.123456+00:00","call":"…","kind":"fact","name":"played","data":{…}}

`docs/call-log.md` lists the names and what their data holds. A line is written with the system call that ends in its
newline, so a line without a newline was never acted upon. Readers take every whole line and step over garbage.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ivr.call.ports import Record

VERSION = 1
KINDS = ("event", "command", "fact")

#: The `Note` commands and the fields of their data.
NOTES: Mapping[str, tuple[str, ...]] = {
    "call_started": ("tree", "revision", "language", "dialled"),
    "step_entered": ("step", "tree", "node", "kind", "language"),
    "input": (
        "step",
        "attempt",
        "outcome",
        "input",
        "key_source",
        "option",
        "band",
        "confidence",
        "candidates",
        "decision_ms",
    ),
    "step_left": ("step", "outcome", "next"),
    "call_ended": ("ended_by", "reason", "tree", "node", "language", "steps"),
}

#: What the driver measures, and the fields of its data.
FACTS: Mapping[str, tuple[str, ...]] = {
    "offered": ("caller_masked", "caller_hash", "caller_sealed", "dialled", "user_agent", "sip_call_id", "worker"),
    "played": (
        "token",
        "step",
        "purpose",
        "text",
        "played_ms",
        "total_ms",
        "ended",
        "first_audio_ms",
        "late_clauses",
    ),
    "hearing": ("token", "step", "failed", "detail"),
    "bad_line": ("step", "loss", "jitter_ms", "level_db", "unheard", "reason"),
    "backend": ("token", "step", "operation", "ms", "status"),
    "transfer": ("token", "step", "target", "outcome", "ms"),
    "recorded": ("token", "step", "duration_ms", "cause", "ms"),
    "left": ("token", "step", "kind", "ms", "status", "ticket", "sealed", "recordings"),
    "sent": ("token", "step", "channel", "ms", "outcome"),
    "line": ("codec", "received", "lost", "loss", "jitter_ms", "round_trip_ms", "key_sources"),
    "closed": ("ended_by", "reason", "sip_code", "duration_ms"),
}

_FILE_NAME = re.compile(r"^(?P<run>[A-Za-z0-9_-]+\.\d{8}T\d{12}Z\.\d+)\.(?P<number>\d{4,})\.jsonl$")
_WORKER_NAME = re.compile(r"^[A-Za-z0-9_-]{1,40}$")
_CALL_ID = re.compile(r"^[\x21-\x7e]{1,100}$")


class BadLineError(ValueError):
    """A line of a journal that cannot be understood."""


@dataclass(frozen=True)
class JournalLine:
    """One record as it was written.

    Attributes:
        seq: counts from 1 in each file; a gap means records that never reached the disk.
        at: when it was written, UTC.
        call: id of the call, printable ASCII, at most 100 characters.
        kind: `event`, `command` or `fact`.
        name: class name of an event or command, or the name of a fact.
        data: its fields.
    """

    seq: int
    at: datetime
    call: str
    kind: str
    name: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class JournalFile:
    """A journal file by its name: `<worker>.<start>.<pid>.<number>.jsonl`.

    Attributes:
        run: `<worker>.<start>.<pid>`: one start of one worker process.
        number: counts the files of a run from 1.
        path: where it is.
    """

    run: str
    number: int
    path: Path

    @property
    def worker(self) -> str:
        """The name of the worker that wrote it."""
        return self.run.split(".", 1)[0]


@dataclass(frozen=True)
class JournalPart:
    """What was read from a journal in one go.

    Attributes:
        lines: the records, in order.
        offset: where to read on, bytes from the start of the file.
        garbage: byte offsets of lines that could not be understood.
    """

    lines: tuple[JournalLine, ...]
    offset: int
    garbage: tuple[int, ...] = ()


def run_name(worker: str, started: datetime, pid: int) -> str:
    """The name of one start of a worker process.

    Raises:
        ValueError: when the worker's name is not made of letters, digits, `_` and `-`.
    """
    if not _WORKER_NAME.match(worker):
        raise ValueError(f"a worker is named with letters, digits, _ and -, at most 40: not {worker!r}")
    return f"{worker}.{started.astimezone(timezone.utc):%Y%m%dT%H%M%S%fZ}.{pid}"


def journal_path(folder: Path, run: str, number: int) -> Path:
    """Where the numbered file of a run lies."""
    return folder / f"{run}.{number:04d}.jsonl"


def journal_files(folder: Path) -> list[JournalFile]:
    """All journals in a folder, ordered by run and number. None if the folder does not exist."""
    try:
        paths = list(folder.iterdir())
    except FileNotFoundError:
        return []
    matches = ((path, _FILE_NAME.match(path.name)) for path in paths)
    return sorted(JournalFile(match["run"], int(match["number"]), path) for path, match in matches if match)


def encode_lines(call_id: str, records: Sequence[Record], first_seq: int, at: datetime) -> bytes:
    """Return the records as lines, each with its newline. Never raises.

    What JSON cannot hold is written as the text of its `repr`; lone surrogates become question marks.
    """
    moment = at.astimezone(timezone.utc).isoformat(timespec="microseconds")
    return b"".join(_encode_line(call_id, record, seq, moment) for seq, record in enumerate(records, first_seq))


def decode_line(raw: bytes) -> JournalLine:
    """Return the record of one line.

    Raises:
        BadLineError: it is not a line of this format.
    """
    try:
        line = json.loads(raw, parse_constant=lambda _: None)
        if line["v"] != VERSION:
            raise BadLineError(f"journal format {line['v']!r}, this program reads {VERSION}")
        at = datetime.fromisoformat(line["at"]).astimezone(timezone.utc)
        record = JournalLine(line["seq"], at, line["call"], line["kind"], line["name"], line["data"])
        well_formed = (
            type(record.seq) is int
            and isinstance(record.call, str)
            and _CALL_ID.match(record.call)
            and record.kind in KINDS
            and isinstance(record.name, str)
            and isinstance(record.data, dict)
        )
    except BadLineError:
        raise
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise BadLineError(f"{type(error).__name__}: {error}") from error
    if not well_formed:
        raise BadLineError("a field is missing or has the wrong type")
    return record


def read_journal(path: Path, offset: int = 0, *, most_bytes: int = 1 << 20, ended: bool = False) -> JournalPart:
    """Read whole lines from `offset` on.

    Args:
        path: the file.
        offset: bytes to leave out, as an earlier part gave it.
        most_bytes: read about this much; more when a single line is longer.
        ended: nobody writes to the file any more: an end without a newline is then a line too, or garbage if torn.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        raw = file.read(most_bytes)
        more = len(raw) == most_bytes
        while more and b"\n" not in raw:
            longer = file.read(most_bytes)
            raw += longer
            more = len(longer) == most_bytes
    if more or not ended:
        raw = raw[: raw.rfind(b"\n") + 1]
    lines: list[JournalLine] = []
    garbage: list[int] = []
    for piece in _pieces(raw):
        try:
            lines.append(decode_line(piece))
        except BadLineError:
            garbage.append(offset)
        offset += len(piece)
    return JournalPart(tuple(lines), offset, tuple(garbage))


def _pieces(raw: bytes) -> list[bytes]:
    """Split after each newline, and only there: `splitlines` would also split at a carriage return."""
    pieces = [piece + b"\n" for piece in raw.split(b"\n")]
    last = pieces.pop()[:-1]
    return [*pieces, last] if last else pieces


def _encode_line(call_id: str, record: Record, seq: int, at: str) -> bytes:
    line = {
        "v": VERSION,
        "seq": seq,
        "at": at,
        "call": call_id,
        "kind": record.kind,
        "name": record.name,
        "data": record.data,
    }
    try:
        text = _ENCODER.encode(line)
    except (TypeError, ValueError, RecursionError):
        text = _ENCODER.encode({**line, "data": {"unwritable": _short_repr(record.data)}})
    return text.encode("utf-8", errors="replace") + b"\n"


def _as_json(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return str(value)


def _short_repr(value: object) -> str:
    try:
        return repr(value)[:500]
    except RecursionError:
        return f"<{type(value).__name__}>"


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_as_json)
