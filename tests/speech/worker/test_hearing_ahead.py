"""What is recognised before the caller has surely finished."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.speech.worker.callers import WORDS, Caller, run
from tests.speech.worker.fakes import FakeRecogniser, silence, spoken


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


def test_a_worker_with_a_place_to_spare_begins_as_soon_as_the_caller_falls_silent(tmp_path: Path) -> None:
    """96 ms of silence are no pause, and no more sound comes: nothing but the silence itself can have begun it."""
    recogniser = FakeRecogniser(WORDS)

    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(192), spoken(0, 640), silence(96))
        assert await asyncio.to_thread(recogniser.begun.wait, 10)

    run(tmp_path, recogniser, scenario, places=2)


@pytest.mark.parametrize(("places", "recognised"), [(1, 1), (2, 2)])
def test_a_mere_gap_takes_nobody_the_last_place(tmp_path: Path, places: int, recognised: int) -> None:
    recogniser = FakeRecogniser(WORDS)

    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        await caller.ask()
        await caller.speak(silence(192), spoken(0, 640), silence(96), spoken(2, 640), silence(900))
        assert (await caller.until("transcript"))[-1].data["text"] == "查进度我想吃饭"
        while len(recogniser.lengths) < recognised:
            await asyncio.sleep(0)

    run(tmp_path, recogniser, scenario, places=places)
    assert len(recogniser.lengths) == recognised
