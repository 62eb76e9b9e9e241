"""A call that the gateway places, until somebody answers or nobody does; the call itself only records commands."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ivr.sip.call import Call
from ivr.sip.invitation import Invitation
from ivr.sip.line import SipLine
from ivr.sip.outgoing import OutgoingCall
from tests.ivr.sip.test_line import FakeCall, FakeExchange, Listener


class World:
    """A call that rings."""

    def __init__(self) -> None:
        self.call, self.exchange, self.listener = FakeCall(), FakeExchange(), Listener()
        self.told: list[Any] = []
        called = Invitation("13800138001", "rating")
        self.placing = OutgoingCall(
            self.exchange, self.exchange.clock, cast(Call, self.call), called, 30_000, self.answered, self.told.append
        )

    def answered(self, line: SipLine) -> None:
        self.told.append((line.caller, line.dialled))
        self.line = line
        line.answer()
        line.listen_to(self.listener)


def test_who_answers_is_on_a_line() -> None:
    world = World()
    world.placing.media_changed(active=True, held=False)
    world.placing.confirmed()
    assert world.told == [("13800138001", "rating")]
    assert world.listener.told == ["answered"] and world.call.commands == []
    assert world.exchange.clock.getDelayedCalls() == [], "it rings no longer"
    assert world.call.owner is world.line
    world.line.disconnected(200)
    assert world.exchange.ended == [world.line] and len(world.told) == 1


@pytest.mark.parametrize("code", [486, 480, 404, 503])
def test_a_refusal_is_told_once(code: int) -> None:
    world = World()
    world.placing.disconnected(code)
    assert world.told == [code] and world.exchange.clock.getDelayedCalls() == []


def test_it_does_not_ring_for_ever() -> None:
    world = World()
    world.exchange.clock.advance(29.9)
    assert world.call.commands == []
    world.exchange.clock.advance(0.2)
    assert world.call.commands == [("end", 0, 0)]
    world.placing.disconnected(487)
    assert world.told == [487]


def test_a_gateway_that_stops_rings_no_longer() -> None:
    world = World()
    world.placing.give_up()
    world.placing.disconnected(503)
    assert world.told == [487]
