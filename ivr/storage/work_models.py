"""The tables of what waits for people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ivr.storage.models import Base, CallId, UtcDateTime


class Work(Base):
    """One thing that a person must do. The shipper makes rows, the console changes them."""

    __tablename__ = "work"
    __table_args__ = (
        UniqueConstraint("call_id", "queue", "token", name="uq_work_call_id_queue_token"),
        Index(None, "state", "due_at"),
        Index(None, "state", "queue", "due_at", "taken_by"),  # counting what is open reads nothing else
        Index(None, "state", "closed_at"),
        Index(None, "state", "call_started_at"),
        Index(None, "taken_by", "state"),
        Index(None, "queue", "left_at"),
        Index(None, "ticket"),
        {"sqlite_autoincrement": True},  # numbers are never given again: the audit log names them
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    call_id: Mapped[str] = mapped_column(CallId)
    token: Mapped[int] = mapped_column(Integer)
    call_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ticket: Mapped[str] = mapped_column(String(200))
    left_at: Mapped[datetime] = mapped_column(UtcDateTime)
    caller_masked: Mapped[str] = mapped_column(Text)
    caller_sealed: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(Text)
    township: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    wanted: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str] = mapped_column(Text)
    recordings: Mapped[str] = mapped_column(Text)
    contact_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_by: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    taken_by: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(String(20))
    transcript: Mapped[str] = mapped_column(Text)
    transcript_by: Mapped[str] = mapped_column(String(64))
    reminders: Mapped[int] = mapped_column(Integer)
    rating: Mapped[int | None] = mapped_column(Integer)


class WorkNote(Base):
    """What somebody noted, or did, in the course of it."""

    __tablename__ = "work_notes"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    item: Mapped[int] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(64))
    deed: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
