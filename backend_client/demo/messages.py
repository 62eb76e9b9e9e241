"""A small SMS provider inside the demo backend, no part of the contract: it keeps what it is sent, for the page.

A message with an `Idempotency-Key` that was seen before is the same message, and is kept once.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend_client.demo.left_tables import MessageRow
from backend_client.demo.replies import ProblemError

#: How many messages the page shows.
_SHOWN = 20
#: Longest text, as long as ten parts of a message in UCS-2 (3GPP TS 23.040).
_LONGEST = 670
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def take(session: Session, body: bytes, key: str, now: datetime) -> dict[str, str]:
    """Keep a message.

    Raises:
        ProblemError: it is no JSON with `to`, a number, and `text`.
    """
    try:
        written: Any = json.loads(body)
        to, text = written["to"], written["text"]
    except (ValueError, KeyError, TypeError) as error:
        raise ProblemError(400, "wrong-parameter", errors=[("body", "needs to and text")]) from error
    if not isinstance(to, str) or not _NUMBER.fullmatch(to):
        raise ProblemError(400, "wrong-parameter", errors=[("to", f"must match {_NUMBER.pattern}")])
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
        raise ProblemError(400, "wrong-parameter", errors=[("text", f"must have 1 to {_LONGEST} characters")])
    if not key or not session.scalars(select(MessageRow).where(MessageRow.key == key)).first():
        session.add(MessageRow(key=key, receiver=to, text=text, at=now.isoformat(timespec="seconds")))
    return {"code": "0"}


def latest(session: Session) -> list[tuple[str, str, str]]:
    """The latest messages first: when, to whom but for most of the number, and the text."""
    rows = session.scalars(select(MessageRow).order_by(MessageRow.number.desc()).limit(_SHOWN)).all()
    return [(row.at[11:16], f"…{row.receiver[-2:]}", row.text) for row in rows]
