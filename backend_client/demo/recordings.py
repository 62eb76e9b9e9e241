"""Recordings that arrive in pieces."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend_client.demo.left_tables import PieceRow, RecordingRow
from backend_client.demo.replies import ProblemError

Json = dict[str, Any]

#: Twenty minutes of 8 kHz 16-bit sound, in bytes: what a county keeps of one caller.
LONGEST = 20 * 60 * 16_000 + 44


def find_recording(session: Session, recording: str) -> Json | None:
    row = session.get(RecordingRow, recording)
    return _tell(row) if row else None


def take_piece(session: Session, recording: str, offset: int, total: int, sha256: str, data: bytes) -> Json:
    """Take a piece. What is there already is not taken again; the last piece is checked with the whole.

    Raises:
        ProblemError: 413, too long; 409, a piece is missing before it, or the whole is not what it should be.
    """
    if total > LONGEST:
        raise ProblemError(413, "too-large")
    row = session.get(RecordingRow, recording)
    if row is not None and (row.total, row.sha256) != (total, sha256):
        raise ProblemError(409, "wrong-digest")
    if row is None:
        row = RecordingRow(recording=recording, total=total, sha256=sha256, received=0, complete=False)
        session.add(row)
    if offset > row.received or offset + len(data) > total:
        raise ProblemError(409, "wrong-offset")
    fresh = data[row.received - offset :]
    if fresh:
        session.add(PieceRow(recording=recording, offset=row.received, data=fresh))
        row.received += len(fresh)
        session.flush()
    if row.received == total and not row.complete:
        _complete(session, row)
    return _tell(row)


def read_recording(session: Session, recording: str) -> bytes:
    """Return what has arrived."""
    rows = session.scalars(select(PieceRow).where(PieceRow.recording == recording).order_by(PieceRow.offset))
    return b"".join(row.data for row in rows)


class WrongDigestError(ProblemError):
    """409. The recording is thrown away nevertheless."""

    def __init__(self) -> None:
        super().__init__(409, "wrong-digest")


def _complete(session: Session, row: RecordingRow) -> None:
    if hashlib.sha256(read_recording(session, row.recording)).hexdigest() == row.sha256:
        row.complete = True
        return
    session.execute(delete(PieceRow).where(PieceRow.recording == row.recording))
    session.delete(row)
    raise WrongDigestError


def _tell(row: RecordingRow) -> Json:
    return {"recording": row.recording, "received": row.received, "complete": row.complete}
