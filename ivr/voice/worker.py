"""The client of a speech worker: one question for each connection, over the Wyoming protocol."""

from __future__ import annotations

import asyncio

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.tts import Synthesize, SynthesizeVoice

from audio.pcm import Pcm
from speech.voices.manner import manner_for

#: Longest wait for one unit of speech, in seconds. A unit is a sentence at most; behind it stands the emergency voice.
PATIENCE_S = 20.0


class WorkerError(Exception):
    """The speech worker gave no sound. The message says why."""


async def synthesise(address: str, text: str, language: str, pace: str) -> Pcm:
    """Sound of a text from the worker at an address.

    Args:
        address: `unix:PATH` or `tcp:HOST:PORT`.

    Raises:
        WorkerError: it is not there, refuses, breaks off, or takes too long.
    """
    try:
        return await asyncio.wait_for(_ask(address, text, language, pace), PATIENCE_S)
    except (OSError, asyncio.TimeoutError, ValueError, KeyError) as error:
        raise WorkerError(f"{address}: {type(error).__name__} {error}") from error


async def _ask(address: str, text: str, language: str, pace: str) -> Pcm:
    async with AsyncClient.from_uri(_uri(address)) as client:
        manner = manner_for(language, pace)
        voice = SynthesizeVoice(name=f"{manner.voice}@{manner.speed}", language=language)
        await client.write_event(Synthesize(text=text, voice=voice).event())
        rate, chunks = 0, []
        while True:
            event = await client.read_event()
            if event is None:
                raise WorkerError(f"{address}: closed before the end")
            if Error.is_type(event.type):
                raise WorkerError(f"{address}: {Error.from_event(event).text}")
            if AudioStart.is_type(event.type):
                rate = AudioStart.from_event(event).rate
            elif AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                if (chunk.width, chunk.channels) != (2, 1):
                    raise WorkerError(
                        f"{address}: {chunk.width * 8} bit, {chunk.channels} channels; wanted 16 bit mono"
                    )
                rate = chunk.rate
                chunks.append(chunk.audio)
            elif AudioStop.is_type(event.type):
                if not chunks:
                    raise WorkerError(f"{address}: no sound")
                return Pcm.from_bytes(b"".join(chunks), rate)


def _uri(address: str) -> str:
    kind, _, rest = address.partition(":")
    return f"{kind}://{rest}"
