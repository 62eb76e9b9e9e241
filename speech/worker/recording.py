"""A recording to be written down: `transcribe` with `expect: free`.

It has no turns: everything up to `audio-stop` is written down, in windows, when nobody waits for a decision.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import numpy as np
from wyoming.event import Event

from audio.pcm import Samples
from speech.matching.understanding import Understanding
from speech.recognisers.base import RATE, Evidence, Recogniser
from speech.worker import answers
from speech.worker.bench import SOME_TIME, Bench
from speech.worker.refusal import RefusedError
from speech.worker.request import TurnRequest

log = logging.getLogger(__name__)

#: Longest recording, in samples: ten minutes. What comes behind is left out.
_MOST_SAMPLES = 600 * RATE
#: Samples written down in one go, between two decisions that others wait for: twelve seconds; and where in them the
#: softest place is looked for to cut at.
_WINDOW, _CUT_FROM, _STEP = 12 * RATE, 8 * RATE, RATE // 10


class Recording:
    """See the module. Has the same methods as a `Turn`."""

    def __init__(
        self,
        request: TurnRequest,
        recogniser: Recogniser,
        bench: Bench,
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._request = request
        self._recogniser = recogniser
        self._bench = bench
        self._send = send
        self._pieces: list[Samples] = []
        self._samples = 0
        self._writing: asyncio.Task[None] | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self, caller: Samples, sent: Samples | None) -> None:
        """Sound that came."""
        if self._samples < _MOST_SAMPLES:
            self._pieces.append(caller)
            self._samples += len(caller)

    async def audio_stopped(self) -> None:
        """That was all: write it down."""
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_down())
            self._writing.add_done_callback(lambda _: self._end())

    async def refuse(self, refused: RefusedError) -> None:
        """End with an error."""
        if not self.over.done():
            await self.drop()
            await self._send(answers.refused(refused, self._request.turn))

    async def drop(self) -> None:
        """End without an answer."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])
        self._end()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    async def _write_down(self) -> None:
        try:
            texts = [await self._text(window) for window in _windows(self._pieces)]
        except RefusedError as refused:
            await self._send(answers.refused(refused, self._request.turn))
        except Exception:
            # The worker must outlive whatever an engine makes of a sound.
            log.exception("the recogniser %s broke on a recording", self._recogniser.name)
            await self._send(answers.refused(RefusedError("no-engine", "the recogniser broke"), self._request.turn))
        else:
            text = " ".join(text for text in texts if text)
            understood = Understanding(text, "accept" if text else "none", reason="" if text else "silence")
            speech_ms = self._samples * 1000 / RATE
            await self._send(
                answers.transcript(
                    self._request, understood, self._recogniser.name, speech_ms=speech_ms, decision_ms=0, early=False
                )
            )

    async def _text(self, window: Samples) -> str:
        def work() -> Evidence:
            recognition = self._recogniser.start(self._request.question.expected())
            recognition.accept(window)
            return recognition.finish()

        evidence = await self._bench.submit(SOME_TIME, work)
        return evidence.texts[0].text if evidence.texts else ""


def _windows(pieces: list[Samples]) -> list[Samples]:
    """The recording cut at soft places."""
    rest = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int16)
    windows = []
    while len(rest) > _WINDOW:
        looked_at = rest[_CUT_FROM:_WINDOW].astype(np.float64).reshape(-1, _STEP)
        cut = _CUT_FROM + int(np.argmin(np.mean(looked_at**2, axis=1))) * _STEP + _STEP // 2
        windows.append(rest[:cut])
        rest = rest[cut:]
    return [*windows, rest] if len(rest) else windows
