"""Conversations with a speech worker that hears: what is said, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from wyoming.asr import Transcript
from wyoming.audio import AudioStop

from tests.speech.worker.callers import WORDS, Caller, kinds, run
from tests.speech.worker.fakes import FakeRecogniser, silence, spoken


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
