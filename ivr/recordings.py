"""Joins the calls' recordings to the disk: plain while the call lasts, sealed after it.

A recording is written and played back on the telephone's side, which knows nothing of seals, so it is plain for as long
as its call goes on: in a folder below `run`, which nobody else may look into and which no backup takes. With the end of
the call it is sealed into the folder of recordings. A process that died in between left it plain; the next one with its
name puts it away before it takes a call.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from audio import recorder
from ivr.privacy import SealedFiles

log = logging.getLogger(__name__)


class SealedRecordings:
    """The `Recordings` port of one line worker.

    Args:
        under_way: the worker's own folder for recordings of calls in progress.
        kept: where recordings are kept sealed.
    """

    def __init__(self, under_way: Path, kept: Path, files: SealedFiles) -> None:
        self._under_way = under_way
        self._kept = kept
        self._files = files

    def new_file(self, call_id: str, token: int) -> Path:
        self._under_way.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._under_way / f"{call_id}-{token}.wav"

    def call_ended(self, call_id: str) -> Deferred[None]:
        put_away: Deferred[None] = deferToThread(self._put_away, self._of(call_id))
        return put_away

    def sweep(self) -> None:
        """Put away what a process of this name left plain when it died. To be called before the first call."""
        left = list(self._under_way.glob("*.wav"))
        for file in left:
            try:
                recorder.mend(file)
            except OSError as error:
                log.error("a recording of a broken call cannot be mended: %s", error)
        if left:
            log.warning("%d recordings of calls that broke off are being sealed", len(left))
        self._put_away(left)

    def _of(self, call_id: str) -> Iterable[Path]:
        return list(self._under_way.glob(f"{call_id}-*.wav"))

    def _put_away(self, files: Iterable[Path]) -> None:
        for file in files:
            try:
                self._kept.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._files.seal(file, self._kept / file.name)
                file.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # the outbox has taken it meanwhile
            except OSError as error:
                log.error(
                    "call %s: its recording stays plain until this worker starts again: %s",
                    file.stem.rpartition("-")[0],
                    error,
                )
