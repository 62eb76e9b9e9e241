"""Delivers what lies in the outbox: in order, with back-off, once as the backend sees it.

Every entry has an idempotency key and every recording an id, made when it was left: whatever is sent twice, because an
answer was lost or the process killed, has its effect once. Three kinds of trouble are told apart:

- the link or the backend is down: nothing else is tried for a while, so the order stays;
- this entry gets no usable answer: it waits, what does not depend on it goes on;
- the backend refuses this entry: a person must look at it (`ivr outbox list --state refused`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from backend_client.client import Asking, BackendClient
from backend_client.errors import AnswerError, RequestError
from backend_client.operations import GET_RECORDING, PUT_RECORDING
from backend_client.outbox.entries import Entries, Entry, KeptFile
from backend_client.outbox.requests import request_of
from backend_client.outbox.writer import recordings_folder
from backend_client.sealing import UNSEALED, Sealing

_logger = logging.getLogger(__name__)

#: How long one request may take. Nobody waits for it, and the link may be slow.
BUDGET_MS = 60_000
#: Bytes of a recording that are sent at once: two seconds at 256 kbit/s, so a link that breaks loses little.
PIECE = 65_536
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
#: The backend or the link is down for everything.
_DOWN = frozenset({"unreachable", "timeout", "server_error"})
_RECORDING_MISSING = "urn:xiangyin:problem:recording-missing"
_WRONG_OFFSET = "urn:xiangyin:problem:wrong-offset"
_WRONG_DIGEST = "urn:xiangyin:problem:wrong-digest"
#: What a person must see to before `ivr outbox retry` helps.
_NO_KEY = "our keys do not open it: restore the key file from its backup"


class Delivery:
    """Delivers the entries of one outbox. Only one process may.

    Args:
        folder: of the outbox.
        now: the moment, with an offset.
        jitter: returns numbers from 0 up to 1, for pauses.
        sealing: opens the recordings.
    """

    def __init__(
        self,
        entries: Entries,
        folder: Path,
        client: BackendClient,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        sealing: Sealing = UNSEALED,
    ) -> None:
        self._entries = entries
        self._recordings = recordings_folder(folder)
        self._client = client
        self._now = now
        self._jitter = jitter
        self._sealing = sealing
        self._down_for = 0

    async def run(self) -> float:
        """Deliver what can be delivered. Return after how many seconds there may be more to do."""
        behind: set[str] = set()
        soonest = LONGEST_PAUSE_S
        for entry in self._entries.waiting():
            about = str(entry.data.get("ticket") or entry.reference)
            wait = (entry.next_try_at - self._now()).total_seconds()
            if wait > LONGEST_PAUSE_S:
                wait = 0.0  # no pause is so long: the clock was set back
            if wait > 0 or about in behind:
                behind |= {about, entry.reference}
                soonest = min(soonest, max(wait, 0.0) or soonest)
                continue
            try:
                await self._deliver(entry)
            except RequestError as error:
                _logger.error(
                    "call %s: outbox %s (%s) was refused: %s", entry.call_id, entry.reference, entry.kind, error
                )
                self._entries.refused(entry, f"{error} {error.problem}".strip(), self._now())
            except AnswerError as error:
                pause = self._failed(entry, error)
                if error.reason in _DOWN:
                    return pause
                behind |= {about, entry.reference}
                soonest = min(soonest, pause)
            else:
                self._down_for = 0
        return soonest

    def sweep(self, keep: timedelta) -> None:
        """Delete recordings of what was delivered, and what callers said longer ago than `keep`.

        A recording that belongs to nothing was being left when a process died, before it was confirmed; it is deleted
        when it is a day old.
        """
        needed = self._entries.recordings()
        yesterday = (self._now() - timedelta(days=1)).timestamp()
        for file in self._recordings.glob("*.wav"):
            if file.stem not in needed and file.stat().st_mtime < yesterday:
                file.unlink(missing_ok=True)
        self._entries.forget(self._now() - keep)

    def _failed(self, entry: Entry, error: AnswerError) -> float:
        """Note when to try again. Return in how many seconds that is."""
        if error.reason in _DOWN:
            # Pauses grow with the outage, not with what is waiting: a new entry does not begin from the start.
            tries = self._down_for
            self._down_for += 1
        else:
            tries = entry.tries
        longest: float = min(FIRST_PAUSE_S * 2 ** min(tries, 20), LONGEST_PAUSE_S)
        pause = longest * (1 - self._jitter() / 2)
        self._entries.failed(entry, str(error), self._now() + timedelta(seconds=pause))
        _logger.info(
            "call %s: outbox %s (%s): %s; again in %.0f s", entry.call_id, entry.reference, entry.kind, error, pause
        )
        return pause

    async def _deliver(self, entry: Entry) -> None:
        if entry.locked:
            raise RequestError(_NO_KEY)
        arrived = [file.recording for file in entry.files if await self._upload(entry, file)]
        operation, arguments = request_of(entry, arrived)
        asking = self._asking(entry)
        try:
            answer = await self._client.ask(operation, arguments, asking)
        except RequestError as error:
            if error.problem != _RECORDING_MISSING:
                raise
            # The backend lost what it had said it had: it is sent again the next time.
            raise AnswerError("bad_answer", "the backend lost a recording", error.status) from error
        if answer is None:
            raise RequestError("what it is about does not exist", 404)
        self._entries.delivered(entry, self._now())
        _logger.info("call %s: outbox %s (%s) delivered", entry.call_id, entry.reference, entry.kind)
        for file in entry.files:
            if file.recording in arrived:
                (self._recordings / f"{file.recording}.wav").unlink(missing_ok=True)

    async def _upload(self, entry: Entry, file: KeptFile) -> bool:
        """Send what is missing of a recording. False if it cannot be sent: the entry goes without it."""
        asking = self._asking(entry)
        known = await self._client.ask(GET_RECORDING, {"recording": file.recording}, asking)
        offset = known.received if known else 0
        try:
            content = self._sealing.read(self._recordings / f"{file.recording}.wav")
        except ValueError as error:
            raise RequestError(_NO_KEY) from error
        except FileNotFoundError:
            if known and known.complete:
                return True
            _logger.error("call %s: outbox %s: its recording is gone", entry.call_id, entry.reference)
            return False
        while not (known and known.complete):
            piece = content[offset : offset + PIECE]
            arguments = {"recording": file.recording, "offset": offset, "total": file.size, "sha256": file.sha256}
            try:
                known = await self._client.ask(PUT_RECORDING, arguments, asking, piece)
            except RequestError as error:
                if error.status == 413:
                    _logger.error(
                        "call %s: outbox %s: the recording is too long for the backend", entry.call_id, entry.reference
                    )
                    return False
                if error.problem in (_WRONG_OFFSET, _WRONG_DIGEST):
                    raise AnswerError("bad_answer", f"the recording arrived wrong: {error.problem}") from error
                raise
            assert known is not None
            if known.received <= offset and not known.complete:
                raise AnswerError("bad_answer", "the recording does not grow")
            offset = known.received
        return True

    def _asking(self, entry: Entry) -> Asking:
        return Asking(str(entry.data.get("language") or "zh"), BUDGET_MS, entry.call_id, entry.key)
