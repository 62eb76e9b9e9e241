"""What people ask about themselves: their cases, and lookups. Wrong PINs lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend_client.demo import told
from backend_client.demo.appeals import utc
from backend_client.demo.left_tables import WrongPinRow
from backend_client.demo.replies import ProblemError
from backend_client.demo.requests import Person
from backend_client.demo.seed import load, lookup_texts
from backend_client.demo.tables import CaseRow, PersonRow

Json = dict[str, Any]

MOST_WRONG_PINS = 5
LOCKED_FOR = timedelta(minutes=15)


class WrongPinError(ProblemError):
    """403. That it happened is written down nevertheless."""

    def __init__(self) -> None:
        super().__init__(403, "not-verified")


def find_cases(session: Session, asked: Person, now: datetime, language: str) -> Json:
    """Return all cases of a person, the latest first; none for somebody who is not known.

    Raises:
        ProblemError: 403 and 429, see `_verify`.
    """
    person = _verify(session, asked, now)
    numbers = person.cases if person else []
    rows = session.scalars(select(CaseRow).where(CaseRow.number.in_(numbers)).order_by(CaseRow.accepted_on.desc()))
    items = [{**told.case(row, language), "applicant_id_last6": asked.id_last6} for row in rows]
    return {"items": items, "count": len(items), "next": None}


def look_up(session: Session, operation: str, asked: Person, now: datetime, language: str) -> Json | None:
    """Return what is known about a person, None if there is nothing.

    Raises:
        ProblemError: 403 and 429, see `_verify`.
    """
    person = _verify(session, asked, now)
    texts = person.texts[language].get(operation) if person else None
    return {"subject": asked.id_last6, **texts} if texts else None


def look_up_account(operation: str, subject: str, now: datetime, language: str) -> Json | None:
    """Return what is known about an account, None if there is no such account."""
    for entry in load("accounts"):
        if (entry["operation"], entry["subject"]) == (operation, subject):
            return {"subject": subject, **lookup_texts(entry, language, now.date())}
    return None


def _verify(session: Session, asked: Person, now: datetime) -> PersonRow | None:
    """Return the person, None if nobody is known by this identity and number.

    Raises:
        ProblemError: 403 for a wrong PIN, 429 while the person is locked.
    """
    person = session.get(PersonRow, (asked.id_last6, asked.phone))
    if person is None or not person.pin:
        return person
    wrong = session.get(WrongPinRow, asked.id_last6)
    if wrong and now - datetime.fromisoformat(wrong.last_at) > LOCKED_FOR:
        session.delete(wrong)
        session.flush()
        wrong = None
    if wrong and wrong.count >= MOST_WRONG_PINS:
        raise ProblemError(429, "locked", wait_s=int(LOCKED_FOR.total_seconds()))
    if asked.pin != person.pin:
        session.merge(WrongPinRow(id_last6=asked.id_last6, count=(wrong.count if wrong else 0) + 1, last_at=utc(now)))
        raise WrongPinError
    if wrong:
        session.delete(wrong)
    return person
