"""A worker that hears and what goes wrong: bad requests, broken engines, connections that close, too much at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wyoming.audio import AudioStop
from wyoming.event import Event
from wyoming.tts import Synthesize

from speech.wire import Address
from speech.worker.hearing import Hearing
from tests.speech.worker.callers import SOUND, WORDS, Caller, kinds, run, worker
from tests.speech.worker.fakes import FakeRecogniser, LevelDetector, silence, spoken


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
