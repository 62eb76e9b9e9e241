"""Calls that the gateway is to place: callbacks that people asked for, and ratings of closed appeals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend_client.demo.appeals import is_rated, progress, refuse_taken_ticket, utc
from backend_client.demo.left_tables import AppealRow, CallbackRow, OutboundResultRow
from backend_client.demo.requests import CallbackRequest, OutboundResult
from backend_client.demo.seed import load
from backend_client.demo.spoken import spoken_day
from backend_client.demo.working_days import working_days_later

Json = dict[str, Any]

MOST_TRIES = 3
_NO_MORE = frozenset({"wrong_number", "refused_further_calls"})


def leave_callback(session: Session, request: CallbackRequest, language: str) -> Json:
    """Keep the wish to be called back.

    Raises:
        ProblemError: 409, the ticket is taken.
    """
    refuse_taken_ticket(session, request.ticket)
    row = CallbackRow(
        ticket=request.ticket,
        phone=request.phone,
        subject=request.subject,
        wanted=request.wanted,
        left_at=utc(datetime.fromisoformat(request.left_at)),
    )
    session.add(row)
    call_by = working_days_later(datetime.fromisoformat(row.left_at), 1)
    words = load("appeal_words")["callback"][language]
    return {
        "ticket": row.ticket,
        "status": "waiting",
        "status_text": words["waiting"].format(call_by=spoken_day(call_by.date(), language)),
        "call_by": call_by.isoformat(),
    }


def outbound_calls(session: Session, now: datetime, language: str) -> list[Json]:
    """Return the calls that are still to be placed, callbacks first, the oldest first."""
    return [call for call in _all_calls(session, now, language) if call["status"] == "waiting"]


def report(session: Session, call: str, result: OutboundResult, now: datetime, language: str) -> Json | None:
    """Write down how a call went."""
    if not any(each["id"] == call for each in _all_calls(session, now, language)):
        return None
    session.add(OutboundResultRow(call=call, outcome=result.outcome, called_at=result.called_at))
    session.flush()
    return next(each for each in _all_calls(session, now, language) if each["id"] == call)


def _all_calls(session: Session, now: datetime, language: str) -> Iterator[Json]:
    words = load("appeal_words")
    results: dict[str, list[str]] = {}
    for result in session.scalars(select(OutboundResultRow).order_by(OutboundResultRow.number)):
        results.setdefault(result.call, []).append(result.outcome)
    for row in session.scalars(select(CallbackRow).order_by(CallbackRow.left_at)):
        text = row.subject or words["callback"][language]["text"]
        yield _call("callback", row.ticket, row.phone, text, results)
    for appeal in session.scalars(select(AppealRow).where(AppealRow.phone.is_not(None)).order_by(AppealRow.left_at)):
        if progress(appeal, now) == "closed" and not is_rated(session, appeal.ticket):
            yield _call("rating", appeal.ticket, str(appeal.phone), words["rating"][language], results)


def _call(purpose: str, ticket: str, phone: str, text: str, results: dict[str, list[str]]) -> Json:
    name = f"{purpose}-{ticket}"
    outcomes = Counter(results.get(name, ()))
    tries = outcomes.total()
    if outcomes["talked"]:
        status = "done"
    elif tries >= MOST_TRIES or _NO_MORE & set(outcomes):
        status = "given_up"
    else:
        status = "waiting"
    return {
        "id": name,
        "purpose": purpose,
        "phone": phone,
        "ticket": ticket,
        "text": text,
        "tries": tries,
        "status": status,
    }
