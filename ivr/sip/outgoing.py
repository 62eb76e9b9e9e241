"""A call that the gateway places: from INVITE until somebody answers, and then a line like any other."""

from __future__ import annotations

from collections.abc import Callable

from ivr.call.ports import Clock, DelayedCall
from ivr.sip.call import Call, EventPacket
from ivr.sip.invitation import Invitation
from ivr.sip.line import Exchange, SipLine

#: Nobody came to the telephone while it rang (RFC 3261 section 21.4.25, which the other side says after our CANCEL).
RANG_OUT = 487


class OutgoingCall:
    """Owns the call until it is answered or refused.

    Args:
        call: a new outbound call, already dialled.
        called: the number that is called, which is the caller of the line to be; and why, as the number dialled.
        answered: told with the line, in the same turn of the reactor in which it is up.
        refused: told with the final SIP status; exactly one of the two is told, once.
    """

    def __init__(
        self,
        exchange: Exchange,
        clock: Clock,
        call: Call,
        called: Invitation,
        ring_for_ms: int,
        answered: Callable[[SipLine], None],
        refused: Callable[[int], None],
    ) -> None:
        self._exchange = exchange
        self._call = call
        self._called = called
        self._answered = answered
        self._refused = refused
        self._active = self._held = False
        self._rang_out = False
        self._limit: DelayedCall | None = clock.callLater(ring_for_ms / 1000, self._ring_out)
        call.tell(self)

    def give_up(self) -> None:
        """Ring no longer."""
        self._rang_out = True
        self._call.end()

    # What happens to the call

    def confirmed(self) -> None:
        self._cancel_limit()
        line = SipLine(self._exchange, self._call, self._called, placed=True)
        line.media_changed(self._active, self._held)
        self._answered(line)
        line.confirmed()

    def media_changed(self, active: bool, held: bool) -> None:
        self._active, self._held = active, held

    def event_packet(self, packet: EventPacket) -> None:
        """Nobody has answered: there is nothing that a key could mean."""

    def info_key(self, digit: str, at: float) -> None:
        """As above."""

    def disconnected(self, code: int) -> None:
        self._cancel_limit()
        self._refused(RANG_OUT if self._rang_out else code)

    def _ring_out(self) -> None:
        self._limit = None
        self.give_up()

    def _cancel_limit(self) -> None:
        limit, self._limit = self._limit, None
        if limit is not None:
            limit.cancel()
