"""The address of the speech worker and the connections to it.

`describe` is answered with `info`; `synthesize` with `audio-start`, `audio-chunk`s and `audio-stop`, or with `error`.
The `context` of a `synthesize` may carry wishes that Wyoming has no word for (`speech.wish`); other servers pass over
it. `transcribe` and the audio behind it belong to `speech.worker.hearing`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_write_event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize

from speech.voices.chain import Spoken, VoiceChain
from speech.wire import MOST_JSON, Address, WireError, read_event
from speech.worker.hearing import Conversation, Hearing
from speech.worker.refusal import RefusedError
from speech.worker.saying import MOST_WAITING, SayingQueue

log = logging.getLogger(__name__)

#: Connections that may be open at once: a few line workers need a few each.
MOST_CONNECTIONS = 200
_CHUNK_SAMPLES = 4096


class SpeechWorker:
    """Serves a chain of voices, and recognisers, at an address.

    It can be served before its engines are loaded: texts wait for a voice, and turns are refused until there is
    hearing, so that a caller who comes right after a start waits and does not hear the emergency voice.

    Args:
        voices: loaded engines; None while they are being loaded (`speak_with`).
        most_waiting: texts that may wait.
        hearing: hears callers; None for a worker that only speaks, or does not hear yet (`hear_with`).
    """

    def __init__(
        self, voices: VoiceChain | None, most_waiting: int = MOST_WAITING, hearing: Hearing | None = None
    ) -> None:
        self._saying = SayingQueue(voices, most_waiting)
        self._hearing = hearing or Hearing({}, _nothing_to_hear_with)
        self._connections: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def waiting(self) -> int:
        """Number of texts that wait; the one that is being said is not among them."""
        return self._saying.waiting

    def speak_with(self, voices: VoiceChain) -> None:
        """Say what waits, and what comes, with these."""
        self._saying.speak_with(voices)

    def hear_with(self, hearing: Hearing) -> None:
        """Let conversations that begin from here on be heard with this."""
        self._hearing = hearing

    async def serve(self, address: Address, ready: Callable[[Address], None], stop: asyncio.Event) -> None:
        """Serve until `stop` is set.

        Args:
            ready: called with the address, its port filled in, when clients can connect.

        Raises:
            OSError: the address cannot be listened at.
        """
        server, bound = await self._listen(address)
        consumer = asyncio.create_task(self._saying.say_all())
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
        await self._hearing.stop()
        await self._saying.end(consumer)
        # One turn, so that what was said last is on its way.
        await asyncio.sleep(0)
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._hearing.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) > MOST_CONNECTIONS:
                await async_write_event(Error("too many connections", "busy").event(), writer)
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
        async def send(event: Event) -> None:
            await async_write_event(event, writer)

        conversation = Conversation(self._hearing, send)
        try:
            while (event := await read_event(reader)) is not None:
                if Describe.is_type(event.type):
                    await send(self._info())
                elif Synthesize.is_type(event.type):
                    try:
                        spoken = await self._saying.said(event, reader.at_eof)
                    except RefusedError as refused:
                        await send(Error(str(refused), refused.code).event())
                    else:
                        await _send(spoken, send)
                else:
                    # Wyoming wants events that a server does not know to be passed over.
                    await conversation.take(event)
        finally:
            await conversation.close()

    def _info(self) -> Event:
        """What this worker can do, and how much it is doing."""
        event = Info(tts=self._saying.programs(), asr=self._hearing.programs()).event()
        event.data["load"] = self._hearing.load()
        return event


async def _send(spoken: Spoken, send: Callable[[Event], Awaitable[None]]) -> None:
    """The sound as events; the first says which engine spoke, so that a client can tell a stand-in."""
    pcm = spoken.pcm
    sound = {"rate": pcm.rate, "width": 2, "channels": 1}
    start = AudioStart(**sound).event()
    start.data.update(engine=spoken.engine, version=spoken.version)
    await send(start)
    data = pcm.to_bytes()
    for position in range(0, len(data), _CHUNK_SAMPLES * 2):
        await send(AudioChunk(**sound, audio=data[position : position + _CHUNK_SAMPLES * 2]).event())
    await send(AudioStop().event())


def _nothing_to_hear_with() -> NoReturn:
    raise AssertionError("a worker without recognisers opens no turn")


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
