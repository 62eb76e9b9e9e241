"""A foreign Wyoming speech recogniser behind our own turn taking: it is sent each utterance and its text is matched."""

from __future__ import annotations

import asyncio
import contextlib

import numpy as np
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import async_write_event

from audio.pcm import Pcm, Samples
from audio.resample import resample
from speech.recognisers.audible import audible_ms, may_hold_speech
from speech.recognisers.base import RATE, Evidence, Expected, HeardText, RecogniserError
from speech.wire import Address, WireError, read_event

#: Wyoming recognisers take this rate.
_SERVER_RATE = 16_000
_CHUNK_SAMPLES = 1600
#: An answer that takes longer comes too late for a caller, in seconds.
PATIENCE_S = 5.0


class WyomingRecogniser:
    """See `Recogniser`. Each utterance is a connection of its own, so that a server that was restarted is found again.

    Args:
        address: where the server listens.
        patience_s: longest wait for a text.
    """

    name = "wyoming"
    streams = False

    def __init__(self, address: Address, patience_s: float = PATIENCE_S) -> None:
        self._address = address
        self._patience_s = patience_s

    def start(self, expected: Expected) -> WyomingRecognition:
        """See `Recogniser`."""
        return WyomingRecognition(self, expected)

    def unknown(self, expected: Expected) -> tuple[str, ...]:
        """See `Recogniser`. What the server knows cannot be asked."""
        return ()

    def recognise(self, samples: Samples, language: str) -> Evidence:
        """What the server writes of an utterance. Raises RecogniserError."""
        try:
            text = asyncio.run(asyncio.wait_for(self._ask(samples, language), self._patience_s))
        except asyncio.TimeoutError:
            raise RecogniserError(f"{self._address}: no text within {self._patience_s:g} s") from None
        except (OSError, WireError) as error:
            raise RecogniserError(f"{self._address}: {error}") from error
        return Evidence((HeardText(text, 0.0),) if text else ())

    async def _ask(self, samples: Samples, language: str) -> str:
        reader, writer = await self._address.connect()
        try:
            sound = {"rate": _SERVER_RATE, "width": 2, "channels": 1}
            await async_write_event(Transcribe(language=language).event(), writer)
            await async_write_event(AudioStart(**sound).event(), writer)
            data = resample(Pcm(samples, RATE), _SERVER_RATE).to_bytes()
            for start in range(0, len(data), 2 * _CHUNK_SAMPLES):
                chunk = AudioChunk(**sound, audio=data[start : start + 2 * _CHUNK_SAMPLES])
                await async_write_event(chunk.event(), writer)
            await async_write_event(AudioStop().event(), writer)
            while (event := await read_event(reader)) is not None:
                if Transcript.is_type(event.type):
                    return str(event.data.get("text") or "").strip()
                if Error.is_type(event.type):
                    raise RecogniserError(f"{self._address}: {event.data.get('text')}")
            raise WireError("closed before the text")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class WyomingRecognition:
    """See `Recognition`."""

    def __init__(self, recogniser: WyomingRecogniser, expected: Expected) -> None:
        self._recogniser = recogniser
        self._expected = expected
        self._pieces: list[Samples] = []

    def accept(self, samples: Samples) -> str:
        """See `Recognition`."""
        self._pieces.append(samples)
        return ""

    def finish(self) -> Evidence:
        """See `Recognition`."""
        samples = np.concatenate([*self._pieces, np.zeros(0, dtype=np.int16)])
        if not may_hold_speech(audible_ms(samples)):
            return Evidence(speech=0.0)
        return self._recogniser.recognise(samples, self._expected.language)
