"""Conversations with a speech worker that hears, with a fake recogniser, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, async_write_event
from wyoming.info import Describe
from wyoming.tts import Synthesize

from audio.pcm import Samples
from speech.wire import Address, read_event
from speech.worker import SpeechWorker
from speech.worker.hearing import Hearing
from tests.speech.voices.fakes import fake_chain
from tests.speech.worker.fakes import FakeRecogniser, LevelDetector, silence, spoken

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


def test_an_option_that_is_said_is_the_decision(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask(turn=7)
        await caller.speak(silence(300), spoken(1), silence(900))
        events = await caller.until("transcript")
        assert kinds(events) == ["voice-started", "voice-stopped", "transcript"]
        assert [event.data["turn"] for event in events[:2]] == [7, 7]
        assert events[0].data["timestamp"] == pytest.approx(300, abs=40)
        transcript = Transcript.from_event(events[2])
        assert transcript.text == "办事指南"
        context = transcript.context or {}
        assert (context["turn"], context["band"], context["engine"], context["reason"]) == (7, "accept", "whisper", "")
        assert context["candidates"][0]["id"] == "2"

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_turns_follow_one_another_on_a_connection(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        for turn, word in enumerate((0, 1, 0)):
            await caller.ask(turn=turn)
            await caller.speak(silence(200), spoken(word), silence(900))
            transcript = (await caller.until("transcript"))[-1]
            assert transcript.data["context"]["turn"] == turn
            assert transcript.data["text"] == WORDS[word]

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_what_is_no_option_is_told_as_such(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(200), spoken(2), silence(900))
        context = (await caller.until("transcript"))[-1].data["context"]
        assert (context["band"], context["reason"]) == ("none", "out_of_set")

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_a_short_sound_that_is_no_answer_interrupts_nobody(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(200), spoken(3, 250), silence(900), spoken(0), silence(900))
        events = await caller.until("transcript")
        assert kinds(events) == ["voice-started", "voice-stopped", "transcript"]
        assert events[0].data["timestamp"] > 1000
        assert events[-1].data["text"] == "查进度"

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_a_turn_that_is_stopped_gets_no_answer_and_makes_room(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(200), spoken(0, 300))
        await caller.send(AudioStop().event())
        assert (await caller.loaded())["turns"] == 0

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_a_full_worker_says_so_and_still_speaks(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        first, second = await connect(), await connect()
        await first.ask()
        assert await first.loaded() == {"turns": 1, "most_turns": 1, "queue": 0}
        await second.ask()
        assert (await second.until("error"))[-1].data["code"] == "busy"
        await second.send(Synthesize("好").event())
        assert kinds(await second.until("audio-stop"))[0] == "audio-start"

    run(tmp_path, FakeRecogniser(WORDS), scenario, most_turns=1)


def test_a_connection_that_closes_in_the_middle_of_a_word_makes_room(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        gone, other = await connect(), await connect()
        await gone.ask()
        await gone.speak(silence(200), spoken(0, 300))
        gone.writer.transport.abort()
        while (await other.loaded())["turns"]:
            await asyncio.sleep(0)

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_an_unknown_language_has_no_engine(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask(language="sw")
        assert (await caller.until("error"))[-1].data["code"] == "no-engine"

    run(tmp_path, FakeRecogniser(WORDS), scenario)


@pytest.mark.parametrize(
    "context",
    [
        {"expect": "everything"},
        {"options": "查进度"},
        {"options": [{"id": 1, "phrases": []}]},
        {"options": [{"id": "1", "phrases": ["(查"]}]},
        {"options": [{"id": "1", "phrases": ["查{项目}"]}]},
        {"options": [{"id": "1", "phrases": ["查" * 100]}]},
        {"digits": {"least": 9, "most": 3}},
        {"longest_ms": "long"},
        {"turn": True},
    ],
)
def test_a_bad_request_is_told_and_the_connection_goes_on(tmp_path: Path, context: dict[str, Any]) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask(**context)
        assert (await caller.until("error"))[-1].data["code"] == "bad-request"
        await caller.ask()
        await caller.speak(silence(200), spoken(0), silence(900))
        assert (await caller.until("transcript"))[-1].data["text"] == "查进度"

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_an_engine_that_breaks_is_an_error_and_the_worker_lives(tmp_path: Path) -> None:
    recogniser = FakeRecogniser(WORDS, broken=True)

    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(200), spoken(0), silence(900))
        assert (await caller.until("error"))[-1].data["code"] == "no-engine"
        recogniser.broken = False
        await caller.ask()
        await caller.speak(silence(200), spoken(0), silence(900))
        assert (await caller.until("transcript"))[-1].data["text"] == "查进度"

    run(tmp_path, recogniser, scenario)
