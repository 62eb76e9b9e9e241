"""A line without PJSIP: a call that records what it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from ivr.call.ports import Ending, Line, LineQuality
from ivr.flow.events import KeySource
from ivr.sip.call import Call, CallOwner, EventPacket
from ivr.sip.invitation import Invitation
from ivr.sip.library import Library
from ivr.sip.line import SipLine
from ivr.sip.pool import Pool
from ivr.sip.settings import SipSettings
from ivr.sip.tap import Taps


class FakeCall:
    """Stands for `ivr.sip.call.Call`: records commands; has no sound."""

    def __init__(self) -> None:
        self.commands: list[tuple[Any, ...]] = []
        self.received = 0

    def tell(self, owner: CallOwner) -> None:
        self.owner = owner

    def respond(self, code: int) -> None:
        self.commands.append(("respond", code))

    def end(self, code: int = 0, retry_after_s: int = 0) -> None:
        self.commands.append(("end", code, retry_after_s))

    def message(self, text: str, ended: Callable[[bool], None]) -> None:
        self.commands.append(("message", text))
        self.message_ended = ended

    def audio(self) -> None:
        return None

    def quality(self) -> LineQuality:
        return LineQuality(codec="PCMA", received=self.received)


class FakeExchange:
    """Stands for `SipEndpoint`."""

    def __init__(self, outbound: FakeCall | None = None) -> None:
        self.clock = Clock()
        self.settings = SipSettings(media_timeout_s=30.0)
        self.library = cast(Library, None)
        self.taps = cast("Taps", None)
        self.ringing = cast("Pool[Any]", None)
        self.ended: list[SipLine] = []
        self._outbound = outbound

    def outbound_call(self, uri: str) -> Call | None:
        return cast(Call, self._outbound)

    def line_ended(self, line: SipLine) -> None:
        self.ended.append(line)


class Listener:
    """Records what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def answered(self) -> None:
        self.told.append("answered")

    def digit(self, digit: str, source: KeySource) -> None:
        self.told.append((digit, source))

    def ended(self, ending: Ending) -> None:
        self.told.append(ending)


class World:
    """A line with everything around it, listened to."""

    def __init__(self, *, takes_messages: bool = False, placed: bool = False) -> None:
        self.call = FakeCall()
        self.exchange = FakeExchange()
        invitation = Invitation("1380", "12345", takes_messages=takes_messages)
        self.line = SipLine(self.exchange, cast(Call, self.call), invitation, placed=placed)
        self.listener = Listener()
        self.line.listen_to(self.listener)

    def up(self) -> World:
        self.line.answer()
        self.line.confirmed()
        self.line.media_changed(active=True, held=False)
        return self


def test_a_sip_line_is_a_line() -> None:
    line: Line = World().line
    assert (line.caller, line.dialled) == ("1380", "12345")


@pytest.mark.parametrize("first", ["confirmed", "media"])
def test_answered_when_both_ack_and_media_are_there(first: str) -> None:
    world = World()
    steps: list[Callable[[], None]] = [world.line.confirmed, lambda: world.line.media_changed(active=True, held=False)]
    for step in steps if first == "confirmed" else reversed(steps):
        assert world.listener.told == []
        step()
    assert world.listener.told == ["answered"]
    world.line.media_changed(active=True, held=False)
    assert world.listener.told == ["answered"]


def test_what_happened_before_the_listener_is_told_to_it() -> None:
    exchange, call = FakeExchange(), FakeCall()
    line = SipLine(exchange, cast(Call, call), Invitation("", "1"))
    line.disconnected(487)
    listener = Listener()
    line.listen_to(listener)
    assert listener.told == [Ending("caller", "cancel", 487)]


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        (200, Ending("caller", "bye", 200)),
        (408, Ending("line", "session_timer", 200)),
        (481, Ending("line", "session_timer", 200)),
        (503, Ending("line", "sip_error", 200)),
    ],
)
def test_how_an_answered_call_ended(code: int, ending: Ending) -> None:
    world = World().up()
    world.line.disconnected(code)
    assert world.listener.told[-1] == ending
    assert world.exchange.ended == [world.line]


@pytest.mark.parametrize(
    ("code", "ending"), [(487, Ending("caller", "cancel", 487)), (408, Ending("line", "sip_error", 408))]
)
def test_how_a_call_ended_that_was_never_up(code: int, ending: Ending) -> None:
    world = World()
    world.line.disconnected(code)
    assert world.listener.told == [ending]


def test_our_own_hang_up_is_ours_whatever_code_comes() -> None:
    world = World().up()
    world.line.hang_up()
    world.line.hang_up()
    assert world.call.commands == [("respond", 200), ("end", 0, 0)]
    world.line.disconnected(408)
    assert world.listener.told[-1] == Ending("gateway", "hung_up", 200)


def test_a_refusal_for_lack_of_room_says_when_to_come_again() -> None:
    world = World()
    world.line.reject(503)
    assert world.call.commands == [("end", 503, 10)]
    world.line.disconnected(503)
    assert world.listener.told == [Ending("gateway", "rejected", 503)]


def test_rtp_that_stops_ends_the_call() -> None:
    world = World().up()
    for second in range(1, 41):
        world.call.received = min(second, 5) * 50
        world.exchange.clock.advance(1)
        world.line.check(world.exchange.clock.seconds())
        if second < 35:
            assert ("end", 0, 0) not in world.call.commands, second
    assert world.call.commands[-1] == ("end", 0, 0)
    world.line.disconnected(200)
    assert world.listener.told[-1] == Ending("line", "media_timeout", 200)


def test_nothing_happens_on_a_line_that_has_ended() -> None:
    world = World().up()
    world.line.disconnected(200)
    told, commands = list(world.listener.told), list(world.call.commands)
    world.line.play([], lambda: told.append("finished"))
    world.line.stop_playing()
    world.line.transfer("sip:1@example.com", 1000, lambda outcome: told.append(outcome))
    world.line.hang_up()
    world.line.reject(486)
    world.line.check(1000.0)
    world.line.event_packet(EventPacket("1", 1, update=False, end=False, at=0.0))
    world.exchange.clock.advance(100)
    assert (world.listener.told, world.call.commands) == (told, commands)
    assert world.exchange.clock.getDelayedCalls() == []


def test_a_transfer_for_which_there_is_no_channel_fails_later_not_at_once() -> None:
    world = World().up()
    outcomes: list[str] = []
    world.line.transfer("sip:1@example.com", 1000, outcomes.append)
    assert outcomes == []
    world.exchange.clock.advance(0)
    assert outcomes == ["failed"]


def test_keys_and_their_sources() -> None:
    world = World().up()
    world.line.event_packet(EventPacket("1", 1000, update=False, end=False, at=10.0))
    world.line.event_packet(EventPacket("1", 1000, update=True, end=True, at=10.1))
    world.line.info_key("2", 11.0)
    assert world.listener.told[1:] == [("1", "rfc4733"), ("2", "sip_info")]
    assert world.line.quality().seen_key_sources == ("rfc4733", "sip_info")


@pytest.mark.parametrize(("taken", "outcome"), [(True, "sent"), (False, "failed")])
def test_a_text_goes_to_a_telephone_with_a_display(taken: bool, outcome: str) -> None:
    world = World(takes_messages=True).up()
    ended: list[str] = []
    world.line.show("受理号码6326100010", ended.append)
    assert world.call.commands[-1] == ("message", "受理号码6326100010")
    world.call.message_ended(taken)
    assert ended == [outcome]


@pytest.mark.parametrize(("takes", "text"), [(False, "短"), (True, "长" * 301)], ids=["no display", "too long"])
def test_a_text_that_cannot_be_shown_is_not_sent(takes: bool, text: str) -> None:
    world = World(takes_messages=takes).up()
    ended: list[str] = []
    world.line.show(text, ended.append)
    world.exchange.clock.advance(0)
    assert ended == ["failed"] and not any(command[0] == "message" for command in world.call.commands)


def test_who_was_called_has_answered_already() -> None:
    world = World(placed=True).up()
    assert world.call.commands == [] and world.listener.told == ["answered"]
    world.line.hang_up()
    assert world.call.commands == [("end", 0, 0)]
