"""The speech worker: says texts for whoever asks over the Wyoming protocol.

It is a process of its own, because engines are heavy and start threads. `describe` is answered with `info`;
`synthesize` with `audio-start`, `audio-chunk`s and `audio-stop`, or with `error`. The `context` of a `synthesize` may
carry wishes that Wyoming has no word for (`speech.wish`); other servers pass over it.

Texts are said one after the other, the most urgent first: one text on all threads is there sooner than two that share
them.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import itertools
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_write_event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.tts import Synthesize

from speech.telephone_sound import telephone_sound
from speech.voices.base import Synthesiser, VoiceError
from speech.voices.chain import Spoken, VoiceChain
from speech.wire import MOST_JSON, Address, WireError, read_event
from speech.wish import Wish

log = logging.getLogger(__name__)

#: Texts that may wait; what is least urgent is refused beyond that.
MOST_WAITING = 64
#: Connections that may be open at once: a few line workers need a few each.
MOST_CONNECTIONS = 200
#: Longest text in characters: five minutes of speech.
LONGEST_TEXT = 1500
_CHUNK_SAMPLES = 4096
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


class RefusedError(Exception):
    """A request that is not carried out.

    Attributes:
        code: `busy`, `bad-request`, `cannot-say`, `unwanted` or `stopping`.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class SpeechWorker:
    """Serves a chain of voices at an address.

    Args:
        voices: loaded engines.
        most_waiting: texts that may wait.
    """

    def __init__(self, voices: VoiceChain, most_waiting: int = MOST_WAITING) -> None:
        self._voices = voices
        self._most_waiting = most_waiting
        self._waiting: list[_Job] = []
        self._work = asyncio.Event()
        self._numbers = itertools.count()
        self._engine = ThreadPoolExecutor(1, "voice")
        self._connections: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def waiting(self) -> int:
        """Number of texts that wait; the one that is being said is not among them."""
        return len(self._waiting)

    async def serve(self, address: Address, ready: Callable[[Address], None], stop: asyncio.Event) -> None:
        """Serve until `stop` is set.

        Args:
            ready: called with the address, its port filled in, when clients can connect.

        Raises:
            OSError: the address cannot be listened at.
        """
        server, bound = await self._listen(address)
        consumer = asyncio.create_task(self._say_all())
        ready(bound)
        await stop.wait()
        await self._end(server, consumer)
        if address.path is not None:
            address.path.unlink(missing_ok=True)

    async def _listen(self, address: Address) -> tuple[asyncio.Server, Address]:
        if address.path is None:
            server = await asyncio.start_server(self._connected, address.host, address.port, limit=MOST_JSON)
            return server, Address(host=address.host, port=server.sockets[0].getsockname()[1])
        await _clear(address.path)
        address.path.parent.mkdir(parents=True, exist_ok=True)
        # Only the user of this process may connect: what is said may be private.
        before = os.umask(0o177)
        try:
            return await asyncio.start_unix_server(self._connected, address.path, limit=MOST_JSON), address
        finally:
            os.umask(before)

    async def _end(self, server: asyncio.Server, consumer: asyncio.Task[None]) -> None:
        self._stopping = True
        server.close()
        for job in self._waiting:
            _refuse(job, RefusedError("stopping", "the speech worker stops"))
        self._waiting.clear()
        self._work.set()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(consumer, _GRACE_S)
        # One turn, so that what was said last is on its way.
        await asyncio.sleep(0)
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._engine.shutdown(wait=False)

    # One connection

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) > MOST_CONNECTIONS:
                await _answer(writer, Error("too many connections", "busy").event())
            else:
                await self._converse(reader, writer)
        except WireError as error:
            log.warning("a client sent what is no event, its connection is closed: %s", error)
        except OSError as error:
            log.info("a client went away: %s", error)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (event := await read_event(reader)) is not None:
            if Describe.is_type(event.type):
                await _answer(writer, self.info().event())
            elif Synthesize.is_type(event.type):
                try:
                    spoken = await self._said(event, reader.at_eof)
                except RefusedError as refused:
                    await _answer(writer, Error(str(refused), refused.code).event())
                else:
                    await _send(spoken, writer)
            # Wyoming wants events that a server does not know to be passed over.

    def info(self) -> Info:
        """What this worker can do."""
        return Info(tts=[_program(engine) for engine in self._voices.voices])

    # Texts

    async def _said(self, event: Event, unwanted: Callable[[], bool]) -> Spoken:
        """Queue a request and wait for it. Raises RefusedError."""
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
        language = wish.language or str(voice.get("language") or "") or self._voices.language_of(name)
        job = _Job(wish.urgency, next(self._numbers), text, language, name, wish, unwanted, said)
        bisect.insort(self._waiting, job)
        if len(self._waiting) > self._most_waiting:
            _refuse(self._waiting.pop(), RefusedError("busy", f"{self._most_waiting} texts are waiting"))
        self._work.set()
        return await said

    async def _say_all(self) -> None:
        """Say what waits, the most urgent first, until the end."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            if not self._waiting:
                self._work.clear()
                await self._work.wait()
                continue
            job = self._waiting.pop(0)
            if job.unwanted():
                _refuse(job, RefusedError("unwanted", "the client went away"))
                continue
            try:
                spoken = await loop.run_in_executor(self._engine, self._say, job)
            except VoiceError as error:
                _refuse(job, RefusedError("cannot-say", str(error)))
            except Exception:
                # The worker must outlive whatever an engine makes of a text.
                log.exception("an engine broke on a text of %d characters", len(job.text))
                _refuse(job, RefusedError("cannot-say", "the engine broke"))
            else:
                if not job.said.done():
                    job.said.set_result(spoken)

    def _say(self, job: _Job) -> Spoken:
        """In the engine's thread."""
        spoken = self._voices.say(job.text, job.language, job.voice, job.wish.speed)
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


async def _answer(writer: asyncio.StreamWriter, event: Event) -> None:
    await async_write_event(event, writer)


async def _send(spoken: Spoken, writer: asyncio.StreamWriter) -> None:
    """The sound as events; the first says which engine spoke, so that a client can tell a stand-in."""
    pcm = spoken.pcm
    sound = {"rate": pcm.rate, "width": 2, "channels": 1}
    start = AudioStart(**sound).event()
    start.data.update(engine=spoken.engine, version=spoken.version)
    await _answer(writer, start)
    data = pcm.to_bytes()
    for position in range(0, len(data), _CHUNK_SAMPLES * 2):
        await _answer(writer, AudioChunk(**sound, audio=data[position : position + _CHUNK_SAMPLES * 2]).event())
    await _answer(writer, AudioStop().event())


async def _clear(path: Path) -> None:
    """Remove the socket of a worker that died. Raises OSError when a worker answers there."""
    if not path.exists():
        return
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        path.unlink(missing_ok=True)
        return
    writer.close()
    raise FileExistsError(f"another speech worker listens at {path}")
