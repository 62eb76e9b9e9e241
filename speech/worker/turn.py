"""One turn of a caller: from `transcribe` to `transcript`.

The sound is followed in a thread of its own; utterances are recognised on the bench. In a pause, and where a place can
be spared as soon as the caller falls silent, the utterance is recognised ahead: if its words are a whole answer by
then, the turn ends at once, and if the caller goes on, nothing was lost but some computing. A breath after the last
word is no going on.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from wyoming.event import Event

from audio.pcm import Samples
from speech.matching.bands import judge_of
from speech.matching.understanding import Understanding, understand
from speech.recognisers.base import Recogniser
from speech.turns.taker import Ended, Hushed, Murmur, Paused, Started, TurnEvent, TurnTaker
from speech.turns.tone import is_music
from speech.worker import answers
from speech.worker.backlog import Backlog
from speech.worker.bench import AHEAD, NOW, Bench
from speech.worker.following import Follower
from speech.worker.refusal import RefusedError
from speech.worker.request import TurnRequest

log = logging.getLogger(__name__)

#: A turn in which nobody speaks is over after this, in milliseconds.
_LONGEST_SILENCE_MS = 300_000
#: Voice that is too short for a syllable adds nothing to what was recognised ahead, in milliseconds.
_NO_SYLLABLE_MS = 96.0
_NOTHING: Samples = np.zeros(0, dtype=np.int16)


class Turn:
    """See the module.

    Args:
        request: what is asked.
        recogniser: hears the language of the question.
        taker: finds pauses and ends in the caller's sound.
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
        taker: TurnTaker,
        bench: Bench,
        ears: ThreadPoolExecutor,
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._request = request
        self._question = request.question
        self._engine = recogniser.name
        self._judge = judge_of(recogniser.name)
        self._follower = Follower(taker, recogniser, request.question.expected())
        self._taker = taker
        self._streams = recogniser.streams
        self._bench = bench
        self._ears = ears
        self._send = send
        self._backlog = Backlog()
        self._ahead: asyncio.Future[Understanding] | None = None
        self._ahead_voiced_ms = 0.0  # voice in what is recognised ahead
        self._told_start = False
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._follow())
        self._task.add_done_callback(self._finished)

    def take(self, caller: Samples, sent: Samples | None) -> None:
        """Sound that came. Raises RefusedError when more is waiting than can be looked at in time."""
        if not self.over.done():
            self._backlog.put(caller, sent)

    async def audio_stopped(self) -> None:
        """The client wants no decision any more."""
        await self.drop()

    async def refuse(self, refused: RefusedError) -> None:
        """End the turn with an error."""
        if not self.over.done():
            await self.drop()
            await self._send(answers.refused(refused, self._request.turn))

    async def drop(self) -> None:
        """End the turn without an answer."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._forget_ahead()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a turn broke", exc_info=error)
        self.over.set_result(None)

    async def _follow(self) -> None:
        try:
            while not await self._look():
                pass
        except RefusedError as refused:
            await self._send(answers.refused(refused, self._request.turn))
        except Exception:
            # The worker must outlive whatever an engine makes of a sound; the caller goes on with keys.
            log.exception("the recogniser %s broke on an utterance", self._engine)
            await self._send(answers.refused(RefusedError("no-engine", "the recogniser broke"), self._request.turn))

    async def _look(self) -> bool:
        """Look at the sound that came next; True when the turn is over."""
        pieces = await self._backlog.get()
        looked = await asyncio.get_running_loop().run_in_executor(self._ears, self._follower.look, pieces)
        for event in looked.events:
            if await self._on(event, looked.partial):
                return True
        if self._has_gone_on(self._taker.voiced_ms):
            self._forget_ahead()
        if self._taker.now_ms > _LONGEST_SILENCE_MS and not self._told_start:
            await self._answer(Ended(self._taker.now_ms, _NOTHING, 0.0), Understanding("", "none", reason="silence"))
            return True
        return await self._ended_early()

    async def _on(self, event: TurnEvent, partial: str) -> bool:
        """Act on an event; True when the turn is over."""
        if isinstance(event, Started):
            await self._tell_start(event.at_ms)
        elif isinstance(event, (Hushed, Paused)) and not self._streams:
            self._recognise_ahead(event)
        elif isinstance(event, Paused):
            return self._taker.speaking and self._is_answer(partial) and await self._end_now()
        elif isinstance(event, Ended):
            await self._decide(event, early=False)
            return True
        elif isinstance(event, Murmur):
            return await self._weigh(event)
        return False

    def _is_answer(self, partial: str) -> bool:
        """Whether what a streaming recogniser has heard so far is a phrase that is no beginning of another one."""
        if self._question.expect not in ("options", "yes_no"):
            return False
        phrases = [phrase for option in self._question.choices for phrase in option.phrases]
        heard = partial.replace(" ", "")
        alike = [phrase for phrase in phrases if phrase.replace(" ", "").startswith(heard)]
        return bool(heard) and [phrase.replace(" ", "") for phrase in alike] == [heard]

    async def _ended_early(self) -> bool:
        """End the turn when what was recognised ahead is a whole answer."""
        ahead = self._ahead
        if (
            not self._taker.pausing
            or ahead is None
            or not ahead.done()
            or ahead.cancelled()
            or ahead.exception() is not None
        ):
            return False
        return ahead.result().is_whole(self._question) and await self._end_now()

    async def _end_now(self) -> bool:
        ended = self._taker.end()
        if ended is None:
            return False
        await self._decide(ended, early=True)
        return True

    async def _weigh(self, murmur: Murmur) -> bool:
        """Something short was said. It counts if it is an answer, or if it is speech that nobody talks over."""
        over_prompt = self._taker.prompt_is_heard
        understanding = await self._understood(murmur)
        if understanding.band == "none" and (over_prompt or understanding.reason != "out_of_set"):
            self._follower.forget()
            return False
        await self._answer(Ended(murmur.at_ms, murmur.utterance, murmur.voiced_ms), understanding)
        return True

    async def _decide(self, ended: Ended, *, early: bool) -> None:
        await self._tell_start(ended.at_ms - ended.voiced_ms)
        await self._send(answers.voice("voice-stopped", ended.at_ms, self._request.turn))
        began = time.monotonic()
        understanding = await self._understood(ended)
        if understanding.band == "none" and understanding.reason != "filler":
            music = await asyncio.get_running_loop().run_in_executor(self._ears, is_music, ended.utterance)
            reason = "music" if music else "too_long" if ended.too_long else understanding.reason
            understanding = replace(understanding, reason=reason)
        late_ms = self._taker.now_ms - ended.at_ms + (time.monotonic() - began) * 1000
        await self._send(self._transcript(ended, understanding, late_ms, early=early))

    async def _answer(self, ended: Ended, understanding: Understanding) -> None:
        await self._tell_start(max(0.0, ended.at_ms - ended.voiced_ms))
        await self._send(answers.voice("voice-stopped", ended.at_ms, self._request.turn))
        late_ms = self._taker.now_ms - ended.at_ms
        await self._send(self._transcript(ended, understanding, late_ms, early=False))

    def _transcript(self, ended: Ended, understanding: Understanding, late_ms: float, *, early: bool) -> Event:
        # Never what was said: the log is for whoever looks after the machine.
        log.info(
            "call %s: turn %d, %s heard %d ms of speech, %s, decided in %d ms",
            self._request.call,
            self._request.turn,
            self._engine,
            ended.voiced_ms,
            understanding.band,
            late_ms,
        )
        return answers.transcript(
            self._request, understanding, self._engine, speech_ms=ended.voiced_ms, decision_ms=late_ms, early=early
        )

    async def _understood(self, said: Ended | Murmur) -> Understanding:
        if self._has_gone_on(said.voiced_ms):
            self._forget_ahead()
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead.cancelled():
            ahead = self._recognise(NOW, said.utterance)
        self._bench.hurry(ahead)
        return await ahead

    def _recognise_ahead(self, silent: Hushed | Paused) -> None:
        if self._has_gone_on(silent.voiced_ms):
            self._forget_ahead()
        # Much that begins in a mere gap is thrown away, so it must not take the place of anybody else's.
        if self._ahead is None and (isinstance(silent, Paused) or self._bench.can_spare_a_place):
            self._ahead = self._recognise(AHEAD, silent.utterance)
            self._ahead_voiced_ms = silent.voiced_ms

    def _has_gone_on(self, voiced_ms: float) -> bool:
        """Whether the caller has said more than what is recognised ahead."""
        return self._ahead is not None and voiced_ms - self._ahead_voiced_ms > _NO_SYLLABLE_MS

    def _recognise(self, urgency: int, utterance: Samples) -> asyncio.Future[Understanding]:
        question, judge, follower = self._question, self._judge, self._follower

        def work() -> Understanding:
            return understand(question, follower.recognise(utterance), judge, datetime.date.today())

        return self._bench.submit(urgency, work)

    def _forget_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None

    async def _tell_start(self, at_ms: float) -> None:
        if not self._told_start:
            self._told_start = True
            await self._send(answers.voice("voice-started", at_ms, self._request.turn))
