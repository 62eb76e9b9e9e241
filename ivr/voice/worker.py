"""The client of a speech worker: one question for each connection, over the Wyoming protocol.

A worker that has just died is asked again for a moment, because its supervisor starts it anew; while it stays away,
every question fails at once, so that callers are not kept waiting for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_write_event
from wyoming.tts import Synthesize, SynthesizeVoice

from audio.pcm import Pcm
from speech.voices.manner import manner_for
from speech.wire import Address, WireError, read_event
from speech.wish import Wish

#: Longest wait for a sound, in seconds. A caller does not wait for so long, but the next caller hears what came late.
LONGEST_S = 90.0
#: How long a worker may be away until it counts as down, and how often it is asked meanwhile. One that is started, or
#: anew, listens after two seconds, on a busy machine ten; the caller hears the filler.
AWAY_S = 12.0
ASK_AGAIN_S = 0.2


class WorkerError(Exception):
    """The speech worker gave no sound. The message says why; it holds nothing of the text."""


@dataclass(frozen=True)
class Answer:
    """What a worker said.

    Attributes:
        pcm: the sound, without the silence around it if `finished`.
        engine: name and version of the engine; None from a worker that does not tell.
        finished: True if it is for the telephone already.
    """

    pcm: Pcm
    engine: tuple[str, str] | None
    finished: bool


class SpeechClient:
    """Asks the worker at an address.

    Args:
        address: `unix:PATH` or `tcp:HOST:PORT`. Raises ValueError for another.
    """

    def __init__(self, address: str) -> None:
        self._address = Address.parse(address)
        self._away_since: float | None = None

    async def say(self, text: str, language: str, pace: str, position: int = 0, voice: str = "") -> Answer:
        """The text as sound.

        Args:
            position: place of the unit in its prompt; first units of all callers come first.
            voice: a wish for a voice and a speed, see `manner_for`.

        Raises:
            WorkerError: it is not there, refuses, breaks off, or takes too long.
        """
        manner = manner_for(language, pace, voice)
        wish = Wish(language, manner.speed, urgency=position, telephone=True)
        question = Synthesize(text, SynthesizeVoice(manner.voice, language), context=wish.context()).event()
        try:
            return await asyncio.wait_for(self._ask_until_there(question), LONGEST_S)
        except asyncio.TimeoutError:
            raise WorkerError(f"{self._address}: no answer in time") from None

    async def _ask_until_there(self, question: Event) -> Answer:
        while True:
            try:
                answer = await self._ask(question)
            except (OSError, WireError) as error:
                now = asyncio.get_running_loop().time()
                if self._away_since is None:
                    self._away_since = now
                if now - self._away_since >= AWAY_S:
                    raise WorkerError(f"{self._address}: {error}") from error
                await asyncio.sleep(ASK_AGAIN_S)
            else:
                self._away_since = None
                return answer

    async def _ask(self, question: Event) -> Answer:
        """One try. Raises OSError or WireError when the worker is not there or goes away, else WorkerError."""
        reader, writer = await self._address.connect()
        try:
            await async_write_event(question, writer)
            return await self._answer(reader)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        rate, engine, chunks = 0, None, []
        while (event := await read_event(reader)) is not None:
            if Error.is_type(event.type):
                self._away_since = None
                raise WorkerError(f"{self._address}: {event.data.get('text')}")
            if AudioStart.is_type(event.type):
                engine = _engine(event)
            elif AudioChunk.is_type(event.type):
                rate = self._rate(event)
                chunks.append(event.payload or b"")
            elif AudioStop.is_type(event.type):
                sound = b"".join(chunks)
                if not sound or len(sound) % 2:
                    raise WorkerError(f"{self._address}: no sound")
                # Only our own worker knows the wish for telephone sound, and only it tells its engine.
                return Answer(Pcm.from_bytes(sound, rate), engine, finished=engine is not None)
        raise WireError("closed before the end")

    def _rate(self, event: Event) -> int:
        """Samples per second of a chunk. Raises WorkerError for sound that is not ours to use."""
        rate, width, channels = (event.data.get(name) for name in ("rate", "width", "channels"))
        if not isinstance(rate, int) or not 8000 <= rate <= 192_000 or (width, channels) != (2, 1):
            raise WorkerError(f"{self._address}: sound must be 16 bit mono, not {rate} Hz {width} bytes {channels}")
        return rate


def _engine(event: Event) -> tuple[str, str] | None:
    name, version = event.data.get("engine"), event.data.get("version")
    return (name, version) if isinstance(name, str) and isinstance(version, str) else None
