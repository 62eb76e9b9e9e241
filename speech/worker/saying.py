"""Texts that wait for a voice: the speaking half of the speech worker.

Texts are said one after the other, the most urgent first: one text on all threads is there sooner than two that share
them.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import itertools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from wyoming.event import Event
from wyoming.info import Attribution, TtsProgram, TtsVoice

from speech.telephone_sound import telephone_sound
from speech.voices.base import Synthesiser, VoiceError
from speech.voices.chain import Spoken, VoiceChain
from speech.wish import Wish
from speech.worker.refusal import RefusedError

log = logging.getLogger(__name__)

#: Texts that may wait; what is least urgent is refused beyond that.
MOST_WAITING = 64
#: Longest text in characters: five minutes of speech.
LONGEST_TEXT = 1500
#: At the end, what is being said may be finished for so long, in seconds.
_GRACE_S = 8.0


@dataclass(order=True)
class _Job:
    """A text that waits to be said."""

    urgency: int
    number: int
    text: str = field(compare=False)
    language: str = field(compare=False)
    voice: str = field(compare=False)
    wish: Wish = field(compare=False)
    unwanted: Callable[[], bool] = field(compare=False)
    said: asyncio.Future[Spoken] = field(compare=False)


class SayingQueue:
    """Says texts with a chain of voices.

    Args:
        voices: loaded engines; None while they are being loaded, which texts wait for (`speak_with`).
        most_waiting: texts that may wait.
    """

    def __init__(self, voices: VoiceChain | None, most_waiting: int = MOST_WAITING) -> None:
        self._voices = voices
        self._most_waiting = most_waiting
        self._waiting: list[_Job] = []
        self._work = asyncio.Event()
        self._numbers = itertools.count()
        self._engine = ThreadPoolExecutor(1, "voice")
        self._stopping = False

    @property
    def waiting(self) -> int:
        """Number of texts that wait; the one that is being said is not among them."""
        return len(self._waiting)

    def programs(self) -> list[TtsProgram]:
        """The engines in Wyoming's words; none while they are being loaded."""
        return [_program(engine) for engine in self._voices.voices] if self._voices is not None else []

    def speak_with(self, voices: VoiceChain) -> None:
        """Say what waits, and what comes, with these."""
        self._voices = voices
        self._work.set()

    async def said(self, event: Event, unwanted: Callable[[], bool]) -> Spoken:
        """Queue a `synthesize` and wait for its sound.

        Args:
            unwanted: asked when the text's turn comes; True drops it.

        Raises:
            RefusedError: it is not said; the code says why.
        """
        if self._stopping:
            raise RefusedError("stopping", "the speech worker stops")
        text, voice = event.data.get("text"), event.data.get("voice") or {}
        if not isinstance(text, str) or not text.strip() or not isinstance(voice, dict):
            raise RefusedError("bad-request", "synthesize needs a text, and a voice, if any, as an object")
        if len(text) > LONGEST_TEXT:
            raise RefusedError("bad-request", f"longer than {LONGEST_TEXT} characters")
        try:
            wish = Wish.from_context(event.data.get("context"))
        except ValueError as error:
            raise RefusedError("bad-request", str(error)) from error
        said: asyncio.Future[Spoken] = asyncio.get_running_loop().create_future()
        name = str(voice.get("name") or "")
        language = wish.language or str(voice.get("language") or "")
        job = _Job(wish.urgency, next(self._numbers), text, language, name, wish, unwanted, said)
        bisect.insort(self._waiting, job)
        if len(self._waiting) > self._most_waiting:
            _refuse(self._waiting.pop(), RefusedError("busy", f"{self._most_waiting} texts are waiting"))
        self._work.set()
        return await said

    async def say_all(self) -> None:
        """Say what waits, the most urgent first, until the end."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            if not self._waiting or self._voices is None:
                self._work.clear()
                await self._work.wait()
                continue
            job = self._waiting.pop(0)
            if job.unwanted():
                _refuse(job, RefusedError("unwanted", "the client went away"))
                continue
            try:
                spoken = await loop.run_in_executor(self._engine, _say, self._voices, job)
            except VoiceError as error:
                _refuse(job, RefusedError("cannot-say", str(error)))
            except Exception:
                # The worker must outlive whatever an engine makes of a text.
                log.exception("an engine broke on a text of %d characters", len(job.text))
                _refuse(job, RefusedError("cannot-say", "the engine broke"))
            else:
                if not job.said.done():
                    job.said.set_result(spoken)

    async def end(self, consumer: asyncio.Task[None]) -> None:
        """Refuse what waits and let `consumer`, the task of `say_all`, finish the text it is at."""
        self._stopping = True
        for job in self._waiting:
            _refuse(job, RefusedError("stopping", "the speech worker stops"))
        self._waiting.clear()
        self._work.set()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(consumer, _GRACE_S)
        self._engine.shutdown(wait=False)


def _say(voices: VoiceChain, job: _Job) -> Spoken:
    """In the engine's thread."""
    language = job.language or voices.language_of(job.voice)
    spoken = voices.say(job.text, language, job.voice, job.wish.speed)
    if not job.wish.telephone:
        return spoken
    return Spoken(telephone_sound(spoken.pcm), spoken.engine, spoken.version)


def _program(engine: Synthesiser) -> TtsProgram:
    """An engine in Wyoming's words."""
    attribution = Attribution("xiangyin", "https://github.com/xiangyin/xiangyin")
    voices = [
        TtsVoice(
            name=name,
            description=None,
            attribution=attribution,
            installed=True,
            version=engine.version,
            languages=[language],
        )
        for name, language in engine.voices.items()
    ]
    return TtsProgram(
        name=engine.name,
        description=None,
        attribution=attribution,
        installed=True,
        version=engine.version,
        voices=voices,
    )


def _refuse(job: _Job, refused: RefusedError) -> None:
    if not job.said.done():
        job.said.set_exception(refused)
