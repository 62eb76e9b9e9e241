"""What processes of a gateway say, one line for each fact: for people, or as JSON for programs that collect logs.

A line that speaks of a call has its id, `call 20261122-101530-9f3ac2`; in JSON it is also the field `call`.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timezone

#: Tells the processes that a supervisor starts to log in JSON.
VARIABLE = "XIANGYIN_LOG_FORMAT"
LINES = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_CALL = re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{6}\b")
_CHILD = "ivr.processes.child"


class JsonFormatter(logging.Formatter):
    """One JSON object for each record: `at` (UTC, ISO 8601), `level`, `logger`, `message`, and `call` if there is one.

    What a child process has said in JSON already is passed on as it is, with the child's name as `process`.
    """

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name == _CHILD:
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


def _object(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
