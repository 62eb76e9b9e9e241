"""What callers had to say, and what comes of it: deadlines, progress, escalation, reminders, ratings.

A department that nobody disturbs works by itself, by the clock: it takes an appeal after half an hour, telephones
within the working day, answers a day before the deadline and closes it the day after. `AppealRow.status` set by hand
(in a rehearsal) stops that, and then deadlines are missed and the appeal escalates.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend_client.demo.left_tables import AppealRow, CallbackRow, RatingRow, RecordingRow
from backend_client.demo.replies import ProblemError
from backend_client.demo.requests import AppealRequest, RatingRequest, ReminderRequest
from backend_client.demo.seed import CHINA, load
from backend_client.demo.spoken import spoken_day
from backend_client.demo.working_days import working_days_later

Json = dict[str, Any]

STATUSES = ("received", "assigned", "contacted", "answered", "closed")
CONTACT_DAYS = 1
#: Questions are answered sooner than the rest.
ANSWER_DAYS = {"question": 3}
OTHER_ANSWER_DAYS = 5


def seed_appeals(session: Session, today: date) -> None:
    """Put in the appeals of `data/appeals.yaml`, unless they are there."""
    for entry in load("appeals"):
        if session.get(AppealRow, entry["ticket"]) is None:
            left = datetime.combine(today - timedelta(days=entry["left_days_ago"]), time(10), CHINA)
            session.add(
                AppealRow(
                    **{name: entry.get(name) for name in ("ticket", "kind", "category", "township", "phone", "text")},
                    recording=None,
                    left_at=utc(left),
                    status=entry.get("status", ""),
                    reminders=0,
                )
            )


def leave_appeal(session: Session, request: AppealRequest, now: datetime, language: str) -> Json:
    """Keep an appeal.

    Raises:
        ProblemError: 409, the ticket is taken, or the recording is not there.
    """
    refuse_taken_ticket(session, request.ticket)
    if request.recording is not None:
        recording = session.get(RecordingRow, request.recording)
        if recording is None or not recording.complete:
            raise ProblemError(409, "recording-missing")
    row = AppealRow(
        ticket=request.ticket,
        kind=request.kind,
        category=request.category,
        township=request.township,
        phone=request.phone,
        text=request.text,
        recording=request.recording,
        left_at=utc(datetime.fromisoformat(request.left_at)),
        status="",
        reminders=0,
    )
    session.add(row)
    session.flush()
    return tell_appeal(session, row, now, language)


def refuse_taken_ticket(session: Session, ticket: str) -> None:
    """Raises:
    ProblemError: 409, something else has this ticket.
    """
    if session.get(AppealRow, ticket) or session.get(CallbackRow, ticket):
        raise ProblemError(409, "ticket-taken")


def find_appeal(session: Session, ticket: str, now: datetime, language: str) -> Json | None:
    row = session.get(AppealRow, ticket)
    return tell_appeal(session, row, now, language) if row else None


def remind(session: Session, ticket: str, request: ReminderRequest, now: datetime, language: str) -> Json | None:
    """Count a reminder.

    Raises:
        ProblemError: 409, the appeal is closed.
    """
    row = session.get(AppealRow, ticket)
    if row is None:
        return None
    if progress(row, now) == "closed":
        raise ProblemError(409, "closed")
    row.reminders += 1
    session.flush()
    return tell_appeal(session, row, now, language)


def rate(session: Session, request: RatingRequest) -> Json:
    session.add(RatingRow(about=request.about, score=request.score, text=request.text, left_at=request.left_at))
    return {"about": request.about, "score": request.score}


def set_status(session: Session, ticket: str, status: str) -> bool:
    """Set a status by hand; empty lets the department work by itself again. False if there is no such appeal."""
    row = session.get(AppealRow, ticket)
    if row is None or status not in ("", *STATUSES):
        return False
    row.status = status
    return True


def deadlines(row: AppealRow) -> tuple[datetime, datetime]:
    """Until when the caller is called, and until when there is an answer."""
    left = datetime.fromisoformat(row.left_at)
    days = ANSWER_DAYS.get(row.kind, OTHER_ANSWER_DAYS)
    return working_days_later(left, CONTACT_DAYS), working_days_later(left, days)


def progress(row: AppealRow, now: datetime) -> str:
    """Return the status."""
    if row.status:
        return row.status
    contact_by, answer_by = deadlines(row)
    left = datetime.fromisoformat(row.left_at)
    if now >= answer_by:
        return "closed"
    if now >= answer_by - timedelta(days=1) and now >= contact_by:
        return "answered"
    if now >= contact_by - timedelta(hours=3) and now - left >= timedelta(minutes=30):
        return "contacted"
    return "assigned" if now - left >= timedelta(minutes=30) else "received"


def tell_appeal(session: Session, row: AppealRow, now: datetime, language: str) -> Json:
    """Return the appeal in the words of the contract."""
    words = load("appeal_words")
    contact_by, answer_by = deadlines(row)
    status = progress(row, now)
    department = _department(row, language)
    escalated = (status in ("received", "assigned") and now > contact_by) or (status == "contacted" and now > answer_by)
    named = {
        "department": department,
        "contact_by": spoken_day(contact_by.date(), language),
        "answer_by": spoken_day(answer_by.date(), language),
    }
    step = words["late"][language] if escalated else words["statuses"][status]["step"][language].format_map(named)
    return {
        "ticket": row.ticket,
        "kind": row.kind,
        "category": row.category,
        "township": row.township,
        "status": status,
        "status_text": words["statuses"][status][language].format_map(named),
        "step": step,
        "department": None if status == "received" else department,
        "left_at": row.left_at,
        "contact_by": contact_by.isoformat(),
        "answer_by": answer_by.isoformat(),
        "answer": words["answer"][language] if status in ("answered", "closed") else None,
        "reminders": row.reminders,
        "escalated": escalated,
        "rated": is_rated(session, row.ticket),
    }


def is_rated(session: Session, about: str) -> bool:
    return bool(session.scalar(select(func.count()).select_from(RatingRow).where(RatingRow.about == about)))


def utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat()


def _department(row: AppealRow, language: str) -> str:
    words = load("appeal_words")
    code = words["departments"].get(row.category)
    names = {entry["code"]: entry[language][0] for entry in load("departments")}
    return str(names[code] if code else words["everybody"][language])
