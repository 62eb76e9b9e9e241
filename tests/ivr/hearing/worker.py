"""A small Wyoming server for tests: it writes down what it is sent, and answers as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wyoming.event import Event

from ivr.flow.commands import Listen, SpokenOption
from ivr.flow.events import Heard, HeardNothing, HearingFailure
from speech.wire import Address, encoded, read_event

#: Long enough for a busy machine; nothing waits for so long when all is well.
PATIENCE_S = 10.0
TURN = Listen(7, "zh", "options", (SpokenOption("1", ("查进度",)),), (SpokenOption("repeat", ("再说一遍",)),))


class FakeWorker:
    """Attributes: `got`: events by their type, sound left out; `sounds`: bytes of sound; `connections`: how many."""

    def __init__(self) -> None:
        self.got: list[Event] = []
        self.sounds = b""
        self.connections = 0
        self.reads = True
        self._writers: list[asyncio.StreamWriter] = []
        self._came = asyncio.Event()

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.got]

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until something came that makes this true."""
        while not done():
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), PATIENCE_S)

    async def until_got(self, type: str, times: int = 1) -> Event:
        await self.until(lambda: self.types.count(type) >= times)
        return [event for event in self.got if event.type == type][-1]

    def say(self, type: str, **data: Any) -> None:
        self.say_raw(encoded(Event(type, data)))

    def decide(self, turn: int = 7, text: str = "查进度", **context: Any) -> None:
        self.say("transcript", text=text, language="zh", context={"turn": turn, **context})

    def say_raw(self, data: bytes) -> None:
        self._writers[-1].write(data)

    def go_away(self) -> None:
        for writer in self._writers:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        self._came.set()
        while self.reads and (event := await read_event(reader)) is not None:
            if event.type == "audio-chunk":
                self.sounds += event.payload or b""
            else:
                self.got.append(event)
            self._came.set()


@asynccontextmanager
async def worker_at(path: Path) -> AsyncIterator[FakeWorker]:
    worker = FakeWorker()
    server = await asyncio.start_unix_server(worker.serve, path)
    try:
        yield worker
    finally:
        server.close()
        worker.go_away()
        path.unlink(missing_ok=True)


class Listener:
    """An `EarListener` that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self._came = asyncio.Event()

    def speech_started(self) -> None:
        self._add("started")

    def heard(self, event: Heard | HeardNothing) -> None:
        self._add(event)

    def failed(self, reason: HearingFailure, detail: str) -> None:
        self._add(("failed", reason))

    async def next(self) -> Any:
        """What it is told next."""
        await asyncio.wait_for(self._came.wait(), PATIENCE_S)
        first = self.told.pop(0)
        if not self.told:
            self._came.clear()
        return first

    def _add(self, told: Any) -> None:
        self.told.append(told)
        self._came.set()


def run(scenario: Awaitable[None]) -> None:
    async def within() -> None:
        await asyncio.wait_for(scenario, 6 * PATIENCE_S)

    asyncio.run(within())


def address(folder: Path) -> Address:
    return Address(path=folder / "speech.sock")
