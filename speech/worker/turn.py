"""One turn of a caller: from `transcribe` to `transcript`.

The sound is followed in a thread of its own; utterances are recognised on the bench. In a pause the utterance is
recognised ahead: if its words are a whole answer by then, the turn ends at once, and if the caller goes on, nothing was
lost but some computing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from wyoming.error import Error
from wyoming.event import Event

from audio.pcm import Samples
from speech.matching.bands import judge_of
from speech.matching.understanding import Understanding, understand
from speech.recognisers.base import RATE, Recogniser
from speech.turns.taker import Detector, Ended, Murmur, Patience, Paused, Resumed, Started, TurnEvent, TurnTaker
from speech.worker.bench import AHEAD, NOW, Bench
from speech.worker.refusal import RefusedError
from speech.worker.request import TurnRequest

log = logging.getLogger(__name__)

#: Sound that may wait to be looked at, in samples: five seconds. More means that this machine is too slow.
_MOST_BACKLOG = 5 * RATE


class Turn:
    """See the module.

    Args:
        request: what is asked.
        recogniser: hears the language of the question.
        detector: finds speech in this turn.
        bench: where utterances are recognised.
        ears: where the sound is followed.
        send: sends an event to the client.

    Attributes:
        over: done when the turn is over, for whatever reason.
    """

    def __init__(
        self,
        request: TurnRequest,
        recogniser: Recogniser,
        detector: Detector,
        bench: Bench,
        ears: ThreadPoolExecutor,
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._request = request
        self._recogniser = recogniser
        self._judge = judge_of(recogniser.name)
        self._bench = bench
        self._ears = ears
        self._send = send
        self._taker = TurnTaker(detector, replace(Patience(), longest_ms=request.longest_ms))
        self._backlog: deque[tuple[Samples, Samples | None]] = deque()
        self._backlog_samples = 0
        self._arrived = asyncio.Event()
        self._ahead: asyncio.Future[Understanding] | None = None
        self._told_start = False
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._follow())
        self._task.add_done_callback(self._ended)

    def take(self, caller: Samples, sent: Samples | None) -> None:
        """Sound that came. Raises RefusedError when more is waiting than can be looked at in time."""
        if self.over.done():
            return
        if self._backlog_samples + len(caller) > _MOST_BACKLOG:
            raise RefusedError("busy", "sound comes faster than it can be looked at")
        self._backlog.append((caller, sent))
        self._backlog_samples += len(caller)
        self._arrived.set()

    async def audio_stopped(self) -> None:
        """The client wants no decision any more."""
        await self.drop()

    async def refuse(self, refused: RefusedError) -> None:
        """End the turn with an error."""
        if not self.over.done():
            await self.drop()
            await self._send(Error(str(refused), refused.code).event())

    async def drop(self) -> None:
        """End the turn without an answer."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a turn broke", exc_info=error)
        self.over.set_result(None)

    async def _follow(self) -> None:
        try:
            await self._follow_sound()
        except RefusedError as refused:
            await self._send(Error(str(refused), refused.code).event())
        except Exception:
            # The worker must outlive whatever an engine makes of a sound; the caller goes on with keys.
            log.exception("the recogniser %s broke on an utterance", self._recogniser.name)
            await self._send(Error("the recogniser broke", "no-engine").event())

    async def _follow_sound(self) -> None:
        while True:
            caller = await self._next_sound()
            looking = asyncio.get_running_loop().run_in_executor(self._ears, self._taker.accept, caller)
            for event in await looking:
                if await self._on(event):
                    return
            if await self._ended_early():
                return

    async def _next_sound(self) -> Samples:
        while not self._backlog:
            self._arrived.clear()
            await self._arrived.wait()
        pieces = [caller for caller, _ in self._backlog]
        self._backlog.clear()
        self._backlog_samples = 0
        return np.concatenate(pieces)

    async def _on(self, event: TurnEvent) -> bool:
        """Act on an event; True when the turn is over."""
        if isinstance(event, Started):
            await self._tell_start(event.at_ms)
        elif isinstance(event, Paused):
            self._ahead = self._recognise(AHEAD, event.utterance)
        elif isinstance(event, Resumed):
            self._forget_ahead()
        elif isinstance(event, Ended):
            await self._decide(event, early=False)
            return True
        elif isinstance(event, Murmur):
            return await self._weigh(event)
        return False

    async def _ended_early(self) -> bool:
        """End the turn when what was recognised ahead is a whole answer."""
        ahead = self._ahead
        if ahead is None or not ahead.done() or ahead.cancelled() or ahead.exception() is not None:
            return False
        if ahead.result().band != "accept" or self._request.question.expect != "options":
            return False
        ended = self._taker.end()
        if ended is None:
            return False
        await self._decide(ended, early=True)
        return True

    async def _weigh(self, murmur: Murmur) -> bool:
        """Something short was said. It counts only if it is an answer; else nobody was interrupted."""
        understanding = await self._understood(murmur.utterance)
        if understanding.band == "none":
            return False
        ended = Ended(murmur.at_ms, murmur.utterance, murmur.voiced_ms)
        await self._answer(ended, understanding, early=False)
        return True

    async def _decide(self, ended: Ended, *, early: bool) -> None:
        await self._tell_start(ended.at_ms)
        await self._tell("voice-stopped", ended.at_ms)
        began = time.monotonic()
        waited_ms = self._taker.now_ms - ended.at_ms
        understanding = await self._understood(ended.utterance)
        if ended.too_long and understanding.band == "none":
            understanding = replace(understanding, reason="too_long")
        await self._transcript(ended, understanding, waited_ms + (time.monotonic() - began) * 1000, early=early)

    async def _answer(self, ended: Ended, understanding: Understanding, *, early: bool) -> None:
        await self._tell_start(ended.at_ms - ended.voiced_ms)
        await self._tell("voice-stopped", ended.at_ms)
        await self._transcript(ended, understanding, self._taker.now_ms - ended.at_ms, early=early)

    async def _understood(self, utterance: Samples) -> Understanding:
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead.cancelled():
            ahead = self._recognise(NOW, utterance)
        self._bench.hurry(ahead)
        return await ahead

    def _recognise(self, urgency: int, utterance: Samples) -> asyncio.Future[Understanding]:
        question = self._request.question

        def work() -> Understanding:
            recognition = self._recogniser.start(question.expected())
            recognition.accept(utterance)
            return understand(question, recognition.finish(), self._judge)

        return self._bench.submit(urgency, work)

    def _forget_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None

    async def _tell_start(self, at_ms: float) -> None:
        if not self._told_start:
            self._told_start = True
            await self._tell("voice-started", at_ms)

    async def _tell(self, kind: str, at_ms: float) -> None:
        await self._send(Event(kind, {"timestamp": round(at_ms), "turn": self._request.turn}))

    async def _transcript(self, ended: Ended, understanding: Understanding, decision_ms: float, *, early: bool) -> None:
        context = {
            "turn": self._request.turn,
            "band": understanding.band,
            "candidates": [vars(candidate) for candidate in understanding.candidates],
            "values": list(understanding.values),
            "engine": self._recogniser.name,
            "speech_ms": round(ended.voiced_ms),
            "decision_ms": round(decision_ms),
            "early": early,
            "reason": understanding.reason,
        }
        data = {"text": understanding.text, "language": self._request.question.language, "context": context}
        await self._send(Event("transcript", data))
