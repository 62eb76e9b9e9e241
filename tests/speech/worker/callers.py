"""Callers at a speech worker that hears with a fake recogniser, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event, async_write_event
from wyoming.info import Describe

from audio.pcm import Samples
from speech.wire import Address, read_event
from speech.worker import SpeechWorker
from speech.worker.hearing import Hearing
from tests.speech.voices.fakes import fake_chain
from tests.speech.worker.fakes import FakeRecogniser, LevelDetector

WORDS = {0: "查进度", 1: "办事指南", 2: "我想吃饭", 3: "嗯", 4: "停电"}
OPTIONS = [{"id": "1", "phrases": ["查进度", "(查|问)[一下]办件"]}, {"id": "2", "phrases": ["办事指南"]}]
SOUND = {"rate": 8000, "width": 2, "channels": 2}


class Caller:
    """One connection of a gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.load: dict[str, int] = {}

    async def send(self, event: Event) -> None:
        await async_write_event(event, self.writer)

    async def ask(self, turn: int = 1, language: str = "zh", **context: Any) -> None:
        whole = {"turn": turn, "expect": "options", "options": OPTIONS, **context}
        await self.send(Event("transcribe", {"language": language, "context": whole}))
        await self.send(AudioStart(**SOUND).event())

    async def speak(self, *pieces: Samples) -> None:
        sound = np.concatenate(pieces)
        both = np.stack([sound, np.zeros_like(sound)], axis=1)
        for start in range(0, len(both), 160):
            chunk = both[start : start + 160].astype("<i2").tobytes()
            await self.send(AudioChunk(**SOUND, audio=chunk).event())

    async def until(self, kind: str) -> list[Event]:
        events: list[Event] = []
        while not events or events[-1].type != kind:
            event = await read_event(self.reader)
            assert event is not None, [one.type for one in events]
            events.append(event)
        return events

    async def loaded(self) -> dict[str, int]:
        await self.send(Describe().event())
        load: dict[str, int] = (await self.until("info"))[-1].data["load"]
        return load


Scenario = Callable[[Callable[[], Awaitable[Caller]]], Awaitable[None]]


@asynccontextmanager
async def worker(hearing: Hearing, address: Address) -> AsyncIterator[Callable[[], Awaitable[Caller]]]:
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(SpeechWorker(fake_chain(), hearing=hearing).serve(address, lambda _: ready.set(), stop))
    callers: list[Caller] = []

    async def caller() -> Caller:
        callers.append(Caller(*await address.connect()))
        return callers[-1]

    await ready.wait()
    try:
        yield caller
    finally:
        stop.set()
        await task
        for one in callers:
            one.writer.close()


def run(path: Path, recogniser: FakeRecogniser, scenario: Scenario, **settings: Any) -> None:
    async def main() -> None:
        hearing = Hearing({"zh": recogniser}, LevelDetector, **settings)
        async with worker(hearing, Address(path=path / "s")) as caller:
            await asyncio.wait_for(scenario(caller), 20)

    asyncio.run(main())


def kinds(events: Sequence[Event]) -> list[str]:
    return [event.type for event in events]
