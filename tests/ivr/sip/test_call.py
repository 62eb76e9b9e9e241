"""Commands to a call, without PJSIP: they wait for the polling thread, and a call that has ended gets none."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pjsua2 as pj
import pytest

from ivr.sip.call import Call
from ivr.sip.library import Library


class FakeLibrary:
    """Stands for `Library`: the polling thread comes by when `poll` is called."""

    endpoint = None

    def __init__(self) -> None:
        self.commands: list[Callable[[], None]] = []

    def command(self, act: Callable[[], None]) -> None:
        self.commands.append(act)

    def hand_over(self, function: Callable[..., object], *arguments: object) -> None:
        function(*arguments)

    def retire(self, thing: Any, before_end: object = None) -> None:
        """Nothing of it is in use."""

    def poll(self) -> None:
        commands, self.commands = self.commands, []
        for act in commands:
            act()


class RecordingCall(Call):
    """A call whose number PJSIP gives to the next caller as soon as it has ended."""

    def __init__(self, library: FakeLibrary) -> None:
        super().__init__(cast(Library, library), pj.Account())
        self.done: list[str] = []
        self.error: pj.Error | None = None

    def end_now(self) -> None:
        self.onCallState(None)

    def getInfo(self) -> Any:
        return SimpleNamespace(state=pj.PJSIP_INV_STATE_DISCONNECTED, lastStatusCode=487)

    def getAudioMedia(self, index: int) -> Any:
        """While we ask, this call ends and the next caller gets its number."""
        self.end_now()
        return "the port of the next caller"

    def answer(self, operation: Any) -> None:
        self.done.append(f"answer {operation.statusCode}")

    def hangup(self, operation: Any) -> None:
        self.done.append(f"hangup {operation.statusCode}")

    def sendInstantMessage(self, parameters: Any) -> None:
        if self.error is not None:
            raise self.error
        self.done.append(f"message {parameters.content}")


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def call(library: FakeLibrary) -> RecordingCall:
    return RecordingCall(library)


def test_commands_wait_for_the_polling_thread_and_keep_their_order(library: FakeLibrary, call: RecordingCall) -> None:
    call.respond(200)
    call.message("20260001", lambda taken: None)
    call.end(603)
    assert call.done == []
    library.poll()
    assert call.done == ["answer 200", "message 20260001", "hangup 603"]


def test_a_refusal_never_meets_the_caller_who_got_the_number_next(library: FakeLibrary, call: RecordingCall) -> None:
    call.end(404)
    call.end_now()
    library.poll()
    assert call.done == []


def test_sound_of_the_next_caller_is_not_taken_for_our_own(call: RecordingCall) -> None:
    assert call.audio() is None


def test_a_text_that_is_not_sent_is_told(library: FakeLibrary, call: RecordingCall) -> None:
    told: list[bool] = []
    call.error = pj.Error()
    call.message("20260001", told.append)
    library.poll()
    assert told == [False]
