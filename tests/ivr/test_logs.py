"""What logs look like to programs."""

from __future__ import annotations

import gzip
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from ivr.logs import JsonFormatter, lines_with, log_files


def formatted(
    name: str, message: str, *arguments: object, exc_info: Any = None, foreign: bool = False
) -> dict[str, Any]:
    record = logging.LogRecord(name, logging.WARNING, "file.py", 1, message, arguments, exc_info)
    record.foreign = foreign
    facts: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return facts


def test_a_line_of_a_call_has_its_id() -> None:
    facts = formatted("ivr.call.session", "call %s: 转接失败 / transfer failed", "20261122-101530-9f3ac2")
    assert facts["call"] == "20261122-101530-9f3ac2"
    assert facts["level"] == "WARNING" and "转接失败" in facts["message"] and facts["at"].endswith("+00:00")
    assert "call" not in formatted("ivr.app", "menus reloaded")


def test_what_a_child_said_in_json_is_not_wrapped_again() -> None:
    said = {"at": "2026-11-22T02:00:00.000+00:00", "level": "ERROR", "logger": "ivr.app", "message": "disk full"}
    assert formatted("ivr.processes.child", "line-3: " + json.dumps(said)) == {**said, "process": "line-3"}
    assert formatted("ivr.processes.child", "line-3: {broken")["message"] == "line-3: {broken"
    forged = formatted("ivr.processes.child", "edge: " + json.dumps(said), foreign=True)
    assert forged["message"] == "edge: " + json.dumps(said), "strangers can make the edge write a line"


ID = "20261122-101530-9f3ac2"
CHILD = "INFO ivr.processes.child"
LINES = f"""\
2026-11-22 10:15:30,120 {CHILD}: line-1: 2026-11-22 10:15:30,101 INFO ivr.call.calls: call {ID}: is called
2026-11-22 10:15:31,000 {CHILD}: line-2: 2026-11-22 10:15:31,000 INFO ivr.call.calls: call other: is called
2026-11-22 10:15:33,500 {CHILD}: speech: call {ID}: said without a time
2026-11-22 10:15:34,000 WARNING ivr.gateway: call {ID} is looked at
  File "x.py", line 1, in call {ID}
"""
OBJECTS = (
    f'{{"at": "2026-11-22T02:15:35.000+00:00", "level": "INFO", "message": "call {ID}: sent", "process": "outbox"}}\n'
    f'{{"at": "nonsense", "message": "call {ID}"}}\n{{broken {ID}\n'
)


def test_lines_of_a_call_are_read_again_from_both_formats_and_older_logs(tmp_path: Path) -> None:
    older, newer = tmp_path / "gateway.log-20261121.gz", tmp_path / "gateway.log"
    with gzip.open(older, "wt", encoding="utf-8") as out:
        out.write(LINES)
    os.utime(older, (1000, 1000))
    newer.write_text(OBJECTS, "utf-8")
    (tmp_path / "other.log").write_text(LINES)
    found = list(lines_with(log_files(tmp_path), ID))
    assert [(line.process, line.level, line.message) for line in found] == [
        ("line-1", "INFO", f"call {ID}: is called"),
        ("speech", "INFO", f"call {ID}: said without a time"),
        ("serve", "WARNING", f"call {ID} is looked at"),
        ("outbox", "INFO", f"call {ID}: sent"),
    ]
    assert found[0].at.microsecond == 101_000, "the time of who said it, not of who passed it on"
    assert all(line.at.tzinfo is not None for line in found)


def test_a_trace_stays_with_its_line() -> None:
    try:
        raise ValueError("wrong")
    except ValueError:
        assert "ValueError: wrong" in formatted("ivr.app", "failed", exc_info=sys.exc_info())["trace"]
