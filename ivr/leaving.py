"""Joins the outbox of `backend_client` to the port through which calls leave things, and to the keys that seal them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from backend_client.outbox.writer import OutboxWriter, RefusedError
from ivr.call.ports import LeaveError, Receipt
from ivr.privacy import CallerKey, SealedFiles

log = logging.getLogger(__name__)


class Sealing:
    """How `backend_client` keeps what callers left: see `backend_client.sealing.Sealing`.

    Raises:
        KeyFileError, OSError: the key file cannot be used.
    """

    def __init__(self, key_file: Path) -> None:
        self._key = CallerKey(key_file)
        files = SealedFiles(key_file)
        self.keep = files.keep
        self.read = files.read

    def close_text(self, text: str) -> str:
        return self._key.seal(text)

    def open_text(self, kept: str) -> str:
        return self._key.unseal(kept) if self._key.is_sealed(kept) else kept


class KeptOutbox:
    """The `Outbox` port. A disk that takes its time holds up no other call: writing is done on a thread."""

    def __init__(self, writer: OutboxWriter) -> None:
        self._writer = writer

    def leave(self, kind: str, data: Mapping[str, Any], files: Sequence[Path], *, call_id: str) -> Deferred[Receipt]:
        kept: Deferred[Receipt] = deferToThread(self._leave, kind, data, files, call_id)
        return kept

    def _leave(self, kind: str, data: Mapping[str, Any], files: Sequence[Path], call_id: str) -> Receipt:
        try:
            return Receipt(self._writer.leave(kind, data, files, call_id))
        except RefusedError as error:
            log.error("call %s: a %s could not be kept: %s", call_id, kind, error)
            raise LeaveError("refused") from error
        except (OSError, sqlite3.Error, ValueError) as error:
            log.error("call %s: a %s could not be kept: %s", call_id, kind, error)
            raise LeaveError("disk") from error
