"""Has the speech worker write down what a caller said, for operators who listen and mend it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import async_write_event

from audio.pcm import Pcm
from audio.resample import resample
from speech.wire import Address, WireError, read_event

#: What the speech worker hears, in samples per second.
_RATE = 8000
_CHUNK_BYTES = 2 * _RATE // 10
#: Longest wait: writing down takes turns with callers, who come first.
_PATIENCE_S = 180.0


class SpeechTypist:
    """One recording at a time, so that operators cannot keep callers waiting.

    Args:
        address: of the speech worker.
        read: gives the bytes of a recording, sealed or plain.
    """

    def __init__(self, address: str, read: Callable[[Path], bytes], patience_s: float = _PATIENCE_S) -> None:
        self._address = Address.parse(address)
        self._read = read
        self._patience_s = patience_s
        self._busy = threading.Lock()

    def write_down(self, file: Path, language: str) -> str:
        """What is said in a recording.

        Raises:
            OSError: it cannot be read, or the worker is away, busy or too slow.
            ValueError: no key opens the recording, or it is no sound.
        """
        sound = _telephone_sound(self._read(file))
        if not self._busy.acquire(blocking=False):
            raise OSError("another recording is being written down")
        try:
            return asyncio.run(asyncio.wait_for(self._ask(sound, language), self._patience_s))
        except asyncio.TimeoutError:
            raise OSError(f"{self._address}: nothing within {self._patience_s:g} s") from None
        except WireError as error:
            raise OSError(f"{self._address}: {error}") from error
        finally:
            self._busy.release()

    async def _ask(self, sound: bytes, language: str) -> str:
        reader, writer = await self._address.connect()
        try:
            await async_write_event(Transcribe(language=language, context={"expect": "free"}).event(), writer)
            await async_write_event(AudioStart(_RATE, 2, 1).event(), writer)
            for start in range(0, len(sound), _CHUNK_BYTES):
                piece = sound[start : start + _CHUNK_BYTES]
                await async_write_event(AudioChunk(_RATE, 2, 1, piece).event(), writer)
            await async_write_event(AudioStop().event(), writer)
            while (event := await read_event(reader)) is not None:
                if Transcript.is_type(event.type):
                    return str(event.data.get("text") or "").strip()
                if Error.is_type(event.type):
                    raise OSError(f"{self._address}: {event.data.get('text')}")
            raise WireError("closed before the text")
        finally:
            writer.close()
            # The text is here, or its error is on its way: a connection that breaks while it is closed adds nothing.
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def _telephone_sound(content: bytes) -> bytes:
    """The caller's side of a WAV file, as the speech worker takes it."""
    try:
        with wave.open(io.BytesIO(content)) as sound:
            if sound.getsampwidth() != 2:
                raise ValueError("not 16 bit")
            samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").reshape(-1, sound.getnchannels())
            rate = sound.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"no sound: {error}") from error
    return resample(Pcm(np.ascontiguousarray(samples[:, 0], dtype=np.int16), rate), _RATE).to_bytes()
