"""The tables of the call log and of published menus. `entries` and `publications` hold the same rows as plain data."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# PostgreSQL compares call ids byte by byte, so that a prefix is a range of the primary key there as in SQLite.
CallId = String(100).with_variant(String(100, collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(timezone.utc)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class Base(DeclarativeBase):
    """All tables. Constraints have names, so that migrations can refer to them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def _seldom(name: str, condition: str) -> Index:
    """An index of the few calls of which something holds, by their time, so that a search hops from one to the next."""
    where = text(condition)
    return Index(f"ix_calls_{name}", "started_at", sqlite_where=where, postgresql_where=where)


class Call(Base):
    """One row per call."""

    __tablename__ = "calls"
    __table_args__ = (
        Index(None, "started_at", "id"),
        Index(None, "ended_at"),  # calls still running have no end
        Index(None, "caller_hash", "started_at"),
        Index(None, "outcome", "started_at"),
        Index(None, "tree", "started_at"),
        Index(None, "last_node", "started_at"),
        Index(None, "ended_by", "started_at"),
        Index(None, "dialled", "started_at"),
        Index(None, "caller_tail", "started_at"),
        Index(None, "township", "started_at"),
        # Databases use these where a query says the same: `ivr.storage.search`.
        _seldom("misheard", "wrong_inputs + unheard > 0"),
        _seldom("poor_line", "rtp_loss > 0.03"),
        _seldom("backend_failed", "backend_failures > 0"),
    )

    id: Mapped[str] = mapped_column(CallId, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_line_at: Mapped[datetime] = mapped_column(UtcDateTime)
    journal: Mapped[str] = mapped_column(Text)
    worker: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    caller_masked: Mapped[str] = mapped_column(Text)
    caller_hash: Mapped[str] = mapped_column(Text)
    caller_tail: Mapped[str] = mapped_column(Text, server_default="")
    caller_sealed: Mapped[str] = mapped_column(Text)
    dialled: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)
    tree: Mapped[str] = mapped_column(Text)
    menu_revision: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    ended_by: Mapped[str] = mapped_column(Text)
    end_reason: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    sip_code: Mapped[int | None] = mapped_column(Integer)
    last_tree: Mapped[str] = mapped_column(Text)
    last_node: Mapped[str] = mapped_column(Text)
    steps: Mapped[int] = mapped_column(Integer)
    keys: Mapped[int] = mapped_column(Integer)
    key_source: Mapped[str] = mapped_column(Text)
    wrong_inputs: Mapped[int] = mapped_column(Integer)
    silences: Mapped[int] = mapped_column(Integer)
    spoken: Mapped[int] = mapped_column(Integer)
    unheard: Mapped[int] = mapped_column(Integer)
    hearing_failures: Mapped[int] = mapped_column(Integer)
    bad_line: Mapped[str] = mapped_column(Text)
    ways_out: Mapped[int] = mapped_column(Integer)
    barge_ins: Mapped[int] = mapped_column(Integer)
    first_audio_ms: Mapped[int | None] = mapped_column(Integer)
    late_clauses: Mapped[int] = mapped_column(Integer)
    codec: Mapped[str] = mapped_column(Text)
    rtp_received: Mapped[int | None] = mapped_column(Integer)
    rtp_lost: Mapped[int | None] = mapped_column(Integer)
    rtp_loss: Mapped[float | None] = mapped_column(Float)
    jitter_ms: Mapped[float | None] = mapped_column(Float)
    round_trip_ms: Mapped[float | None] = mapped_column(Float)
    backend_queries: Mapped[int] = mapped_column(Integer)
    backend_answers: Mapped[int] = mapped_column(Integer)
    backend_failures: Mapped[int] = mapped_column(Integer)
    backend_ms: Mapped[int] = mapped_column(Integer)
    transfer_outcome: Mapped[str] = mapped_column(Text)
    township: Mapped[str] = mapped_column(Text, server_default="")
    left_items: Mapped[int] = mapped_column(Integer, server_default="0")
    rating: Mapped[int | None] = mapped_column(Integer)
    journal_lines: Mapped[int] = mapped_column(Integer)


class Step(Base):
    """One row per step of a call."""

    __tablename__ = "steps"

    call_id: Mapped[str] = mapped_column(CallId, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tree: Mapped[str] = mapped_column(Text)
    node: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    played_ms: Mapped[int] = mapped_column(Integer)
    total_ms: Mapped[int | None] = mapped_column(Integer)
    barge_in_ms: Mapped[int | None] = mapped_column(Integer)
    first_audio_ms: Mapped[int | None] = mapped_column(Integer)
    late_clauses: Mapped[int] = mapped_column(Integer)
    input: Mapped[str] = mapped_column(Text)
    key_source: Mapped[str] = mapped_column(Text)
    option: Mapped[str] = mapped_column(Text)
    band: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float | None] = mapped_column(Float)
    decision_ms: Mapped[int | None] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(Text)
    next: Mapped[str] = mapped_column(Text)
    backend_operation: Mapped[str] = mapped_column(Text)
    backend_ms: Mapped[int | None] = mapped_column(Integer)
    backend_status: Mapped[str] = mapped_column(Text)
    transfer_target: Mapped[str] = mapped_column(Text)
    transfer_outcome: Mapped[str] = mapped_column(Text)
    transfer_ms: Mapped[int | None] = mapped_column(Integer)
    moments: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class Shipped(Base):
    """How far each journal file was read. Written with the rows that came of it, in one transaction.

    Rows outlive their files, so that a journal put back from a backup is not counted again.
    """

    __tablename__ = "shipped"

    file: Mapped[str] = mapped_column(String(200), primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    garbage: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer)
    shipped_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MenuRevision(Base):
    """What was published once: the files of a folder of menus."""

    __tablename__ = "menu_revisions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    files: Mapped[dict[str, str]] = mapped_column(JSON)


class MenuPublication(Base):
    """One row for each time that something was published.

    The number follows the one before it, so of two authors who publish at once only one gets it.
    """

    __tablename__ = "menu_publications"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[str] = mapped_column(String(64), ForeignKey("menu_revisions.id"))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
