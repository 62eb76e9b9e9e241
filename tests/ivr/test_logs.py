"""What logs look like to programs."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from ivr.logs import JsonFormatter


def formatted(name: str, message: str, *arguments: object, exc_info: Any = None) -> dict[str, Any]:
    record = logging.LogRecord(name, logging.WARNING, "file.py", 1, message, arguments, exc_info)
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


def test_a_trace_stays_with_its_line() -> None:
    try:
        raise ValueError("wrong")
    except ValueError:
        assert "ValueError: wrong" in formatted("ivr.app", "failed", exc_info=sys.exc_info())["trace"]
