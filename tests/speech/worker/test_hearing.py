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


@pytest.mark.parametrize(("breath_ms", "recognised"), [(60.0, 1), (300.0, 2)])
def test_a_breath_in_the_pause_costs_nothing(tmp_path: Path, breath_ms: float, recognised: int) -> None:
    """What was recognised ahead counts, unless more was said; 我想吃饭 ends no turn before its time."""
    recogniser = FakeRecogniser(WORDS)

    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(200), spoken(2, 700), silence(200), spoken(9, breath_ms), silence(900))
        assert (await caller.until("transcript"))[-1].data["context"]["band"] == "none"

    run(tmp_path, recogniser, scenario)
    assert len(recogniser.lengths) == recognised


def test_an_answer_that_is_sure_ends_the_turn_in_its_pause(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(200), spoken(0), silence(250))
        # Sound goes on as it does in a call; the end of the turn is told before the silence is long enough.
        pieces = 0
        answer = asyncio.create_task(caller.until("transcript"))
        while not answer.done() and pieces < 15:
            await caller.speak(silence(20))
            pieces += 1
            await asyncio.sleep(0.02)
        context = (await answer)[-1].data["context"]
        assert (context["early"], context["candidates"][0]["id"]) == (True, "1")

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_a_streaming_engine_is_fed_while_the_caller_speaks(tmp_path: Path) -> None:
    recogniser = FakeRecogniser(WORDS, name="vosk", streams=True)

    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        for _ in range(2):
            await caller.ask()
            await caller.speak(silence(200), spoken(1), silence(300))
            context = (await caller.until("transcript"))[-1].data["context"]
            assert (context["early"], context["candidates"][0]["id"], context["engine"]) == (True, "2", "vosk")

    run(tmp_path, recogniser, scenario)
    assert len(recogniser.lengths) == 2


def test_a_long_filler_says_that_it_was_one(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(200), spoken(3, 800), silence(900))
        context = (await caller.until("transcript"))[-1].data["context"]
        assert (context["band"], context["reason"]) == ("none", "filler")

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_speech_without_end_is_cut_off(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask(longest_ms=2000)
        await caller.speak(spoken(2, 2500))
        context = (await caller.until("transcript"))[-1].data["context"]
        assert (context["band"], context["reason"]) == ("none", "too_long")

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_figures_yes_and_days(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        for expect, word, check in (
            ("digits", 0, lambda context: context["values"] == ["20260001"]),
            ("yes_no", 1, lambda context: context["candidates"][0]["id"] == "yes"),
            ("date", 2, lambda context: len(context["values"][0]) == 8),
            ("question", 3, lambda context: context["band"] == "accept"),
        ):
            await caller.ask(expect=expect, options=[], digits={"least": 8, "most": 8})
            await caller.speak(silence(200), spoken(word), silence(1300))
            context = (await caller.until("transcript"))[-1].data["context"]
            assert context["band"] == "accept", expect
            assert check(context), expect

    run(tmp_path, FakeRecogniser({0: "二零二六零零零一", 1: "是的", 2: "三月五号", 3: "老人补贴怎么领"}), scenario)


def test_a_recording_is_written_down_at_its_end(tmp_path: Path) -> None:
    recogniser = FakeRecogniser(WORDS)

    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask(expect="free", options=[])
        for _ in range(10):
            await caller.speak(spoken(4, 1500), silence(500))
        await caller.send(AudioStop().event())
        events = await caller.until("transcript")
        assert kinds(events) == ["transcript"]
        assert "停电" in events[0].data["text"]

    run(tmp_path, recogniser, scenario)
    assert len(recogniser.lengths) == 2
    assert sum(recogniser.lengths) == 20 * 8000


def test_an_empty_recording_is_silence(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask(expect="free", options=[])
        await caller.send(AudioStop().event())
        assert (await caller.until("transcript"))[-1].data["context"]["reason"] == "silence"

    run(tmp_path, FakeRecogniser(WORDS), scenario)


@pytest.mark.parametrize(
    ("settings", "sound"),
    [({"rate": 16_000}, b"\0\0\0\0"), ({"width": 1}, b"\0\0"), ({"channels": 5}, b"\0" * 20), ({}, b"\0\0\0")],
    ids=["rate", "width", "channels", "half a sample"],
)
def test_sound_that_is_of_no_use_ends_its_turn_only(tmp_path: Path, settings: dict[str, int], sound: bytes) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.send(Event("audio-chunk", {**SOUND, **settings}, sound))
        assert (await caller.until("error"))[-1].data["code"] == "bad-request"
        assert (await caller.loaded())["turns"] == 0

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_sound_that_nobody_asked_for_is_passed_over(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.speak(spoken(0))
        await caller.send(AudioStop().event())
        assert (await caller.loaded())["turns"] == 0

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_more_sound_than_can_be_followed_is_refused(tmp_path: Path) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask(turn=5)
        huge = np.zeros(6 * 8000 * 2, dtype="<i2").tobytes()
        await caller.send(Event("audio-chunk", SOUND, huge))
        error = (await caller.until("error"))[-1]
        assert error.data["code"] == "busy"

    run(tmp_path, FakeRecogniser(WORDS), scenario)


def test_a_worker_that_stops_says_so_in_every_turn(tmp_path: Path) -> None:
    async def main() -> None:
        hearing = Hearing({"zh": FakeRecogniser(WORDS)}, LevelDetector)
        async with worker(hearing, Address(path=tmp_path / "s")) as connect:
            caller = await connect()
            await caller.ask(turn=3)
            assert (await caller.loaded())["turns"] == 1
        error = (await caller.until("error"))[-1]
        assert (error.data["code"], error.data["turn"]) == ("stopping", 3)

    asyncio.run(main())
