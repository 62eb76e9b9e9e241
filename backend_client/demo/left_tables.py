"""The tables of what callers left, and of what must be remembered about requests. They outlive the days.

Moments are ISO 8601 text in UTC, so that they sort as they are.
"""

from __future__ import annotations

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class LeftRow(DeclarativeBase):
    """A row of any table of what was left."""


class ChangeRow(LeftRow):
    """What is known to have changed in the public content.

    Attributes:
        sequence: grows with every change; the change token.
        digest: of the content, to see whether it changes; empty when it is gone.
    """

    __tablename__ = "changes"

    collection: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(index=True)
    digest: Mapped[str]


class KeptAnswerRow(LeftRow):
    """The answer to a request with an idempotency key."""

    __tablename__ = "kept_answers"

    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str]
    answer: Mapped[str] = mapped_column(Text)


class NonceRow(LeftRow):
    """A nonce of a signed request that was seen."""

    __tablename__ = "nonces"

    nonce: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[int]


class WrongPinRow(LeftRow):
    """How often a PIN was wrong, and since when."""

    __tablename__ = "wrong_pins"

    id_last6: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[str]


class RecordingRow(LeftRow):
    __tablename__ = "recordings"

    recording: Mapped[str] = mapped_column(primary_key=True)
    total: Mapped[int]
    sha256: Mapped[str]
    received: Mapped[int]
    complete: Mapped[bool]


class PieceRow(LeftRow):
    """One piece of a recording."""

    __tablename__ = "recording_pieces"

    recording: Mapped[str] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class AppealRow(LeftRow):
    """Something that a caller had to say.

    Attributes:
        status: what somebody set by hand; empty while the department works by itself (see `appeals.progress`).
    """

    __tablename__ = "appeals"

    ticket: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    category: Mapped[str | None]
    township: Mapped[str | None]
    phone: Mapped[str | None]
    text: Mapped[str | None] = mapped_column(Text)
    recording: Mapped[str | None]
    left_at: Mapped[str]
    status: Mapped[str]
    reminders: Mapped[int]


class RatingRow(LeftRow):
    __tablename__ = "ratings"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    about: Mapped[str] = mapped_column(index=True)
    score: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text)
    left_at: Mapped[str]


class CallbackRow(LeftRow):
    __tablename__ = "callbacks"

    ticket: Mapped[str] = mapped_column(primary_key=True)
    phone: Mapped[str]
    subject: Mapped[str | None]
    wanted: Mapped[str]
    left_at: Mapped[str]


class MessageRow(LeftRow):
    """A text message that the SMS provider of the demo took."""

    __tablename__ = "text_messages"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(index=True)
    receiver: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[str]


class OutboundResultRow(LeftRow):
    """How a call that the gateway placed went."""

    __tablename__ = "outbound_results"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    call: Mapped[str] = mapped_column(index=True)
    outcome: Mapped[str]
    called_at: Mapped[str]


class AppointmentRow(LeftRow):
    __tablename__ = "appointments"

    number: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str]
    status: Mapped[str]
