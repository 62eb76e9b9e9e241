"""Times at windows, and who has booked them. The times follow from the calendar; only bookings are stored."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend_client.demo.left_tables import AppointmentRow
from backend_client.demo.replies import ProblemError
from backend_client.demo.requests import AppointmentRequest
from backend_client.demo.seed import CHINA
from backend_client.demo.tables import ServiceItemRow

Json = dict[str, Any]

ITEMS = ("property_certificate", "marriage_registration", "driving_licence_renewal", "health_certificate", "passport")
HOURS = (9, 10, 11, 14, 15, 16)
SEATS = 2
DAYS_AHEAD = 10


def slots(session: Session, item: str | None, day: date | None, now: datetime, language: str) -> list[Json]:
    """Return the times that are free, the earliest first."""
    return [
        slot
        for slot in _all_slots(session, now, language)
        if slot["left"] and item in (None, slot["item"]) and day in (None, date.fromisoformat(slot["starts_at"][:10]))
    ]


def book(session: Session, request: AppointmentRequest, now: datetime, language: str) -> Json | None:
    """Book a time; None if there is no such time.

    Raises:
        ProblemError: 409, it is full.
    """
    slot = next((each for each in _all_slots(session, now, language) if each["id"] == request.slot), None)
    if slot is None:
        return None
    if not slot["left"]:
        raise ProblemError(409, "slot-taken")
    row = AppointmentRow(number=_free_number(session), slot=request.slot, phone=request.phone, status="booked")
    session.add(row)
    session.flush()
    return tell(session, row, language)


def find(session: Session, number: str, language: str) -> Json | None:
    row = session.get(AppointmentRow, number)
    return tell(session, row, language) if row else None


def cancel(session: Session, number: str, phone: str, language: str) -> Json | None:
    """Give an appointment back; None if there is none with this number and telephone."""
    row = session.get(AppointmentRow, number)
    if row is None or row.phone != phone:
        return None
    row.status = "cancelled"
    session.flush()
    return tell(session, row, language)


def tell(session: Session, row: AppointmentRow, language: str) -> Json:
    item, day, hour = row.slot.rsplit("-", 2)
    starts = datetime.combine(datetime.strptime(day, "%Y%m%d").date(), time(int(hour)), CHINA)
    found = session.get(ServiceItemRow, item)
    texts = found.texts[language] if found else {"name": item, "address": ""}
    return {
        "number": row.number,
        "slot": row.slot,
        "item_name": texts["name"],
        "place": texts["address"],
        "starts_at": starts.isoformat(),
        "status": row.status,
    }


def _all_slots(session: Session, now: datetime, language: str) -> Iterator[Json]:
    taken: dict[str, int] = {}
    booked = select(AppointmentRow.slot, func.count()).where(AppointmentRow.status == "booked")
    for name, count in session.execute(booked.group_by(AppointmentRow.slot)):
        taken[name] = count
    items = {row.code: row for row in session.scalars(select(ServiceItemRow).where(ServiceItemRow.code.in_(ITEMS)))}
    for ahead in range(1, DAYS_AHEAD + 1):
        day = now.astimezone(CHINA).date() + timedelta(days=ahead)
        if day.weekday() >= 5:
            continue
        for hour in HOURS:
            starts = datetime.combine(day, time(hour), CHINA)
            for code in ITEMS:
                name = f"{code}-{day:%Y%m%d}-{hour:02d}"
                texts = items[code].texts[language]
                yield {
                    "id": name,
                    "item": code,
                    "item_name": texts["name"],
                    "place": texts["address"],
                    "starts_at": starts.isoformat(),
                    "ends_at": (starts + timedelta(hours=1)).isoformat(),
                    "left": max(0, SEATS - taken.get(name, 0)),
                }


def _free_number(session: Session) -> str:
    while True:
        number = f"{secrets.randbelow(90_000_000) + 10_000_000}"
        if session.get(AppointmentRow, number) is None:
            return number
