"""The telephone side of the gateway: takes calls, offers them as lines, registers with a trunk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pjsua2 as pj
from twisted.internet.defer import Deferred

from ivr.farewell.kept import KeptDialogs
from ivr.sip.call import Call
from ivr.sip.callbacks import callback
from ivr.sip.invitation import Invitation, read_invitation
from ivr.sip.library import RETIRED_FOR_S, Library, Reactor, SipError
from ivr.sip.line import SipLine
from ivr.sip.mixer import make_ringing
from ivr.sip.outgoing import OutgoingCall
from ivr.sip.placement import BehindEdge
from ivr.sip.pool import Pool
from ivr.sip.settings import SipSettings, TrunkSettings, is_answered
from ivr.sip.tap import Taps

log = logging.getLogger(__name__)

_BAD_REQUEST, _NOT_FOUND, _SERVER_ERROR, _UNAVAILABLE = 400, 404, 500, 503
#: How often lines are looked at for RTP that has stopped, in seconds.
_ROUND_S = 1.0
#: How long calls may take to end when the gateway stops, in seconds.
LAST_BYES_S = 2.0
_SHORT_S = 0.05
#: How often a packet keeps the way to the trunk open through address translation, in seconds.
KEEP_ALIVE_S = 15
_SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}


class SipEndpoint:
    """pjsua2, started once in a process.

    An INVITE to an unknown number is answered 404, while draining 503 with Retry-After, without a common codec 488 and
    with all channels taken 486. Every other one is offered.

    Args:
        settings: see `SipSettings`.
        reactor: Twisted's reactor; everything here is called and calls back on its thread.
        offered: called with each new line. It decides by `answer` or `reject`.
        behind: the edge that calls come from, if there is one.
        registers: keep the trunk registered; who only places calls leaves that to those who answer.
        dialogs: see `Library`.

    Attributes:
        library, taps, ringing, clock, settings: for lines; not for callers of this class.
    """

    def __init__(
        self,
        settings: SipSettings,
        reactor: Reactor,
        offered: Callable[[SipLine], None],
        behind: BehindEdge | None = None,
        *,
        registers: bool = True,
        dialogs: KeptDialogs | None = None,
    ) -> None:
        self.settings = settings
        self.clock = reactor
        self.library = Library(settings, reactor, behind, dialogs)
        self._behind = behind
        self._registers = registers and (behind is None or behind.registers)
        self._placing: set[OutgoingCall] = set()
        self._offered = offered
        self._numbers = settings.numbers
        self.taps = Taps(self.library)
        self.ringing: Pool[Any] = Pool(self.library, make_ringing)
        self._lines: set[SipLine] = set()
        self._draining = False
        self._in_round = False
        self._account: Account | None = None
        self._trunk: Account | None = None

    @property
    def calls_in_progress(self) -> int:
        """Lines that have not ended, and calls that ring; a transfer counts once, though it takes two channels."""
        return len(self._lines) + len(self._placing)

    @property
    def capacity(self) -> int:
        """How many channels there are, for callers and for the second calls of transfers."""
        return self.library.max_calls

    @property
    def registration(self) -> str:
        """State of the trunk: `none` without one, else `trying`, `registered`, `failed CODE REASON` or
        `by another worker`."""
        return self._trunk.registration if self._trunk is not None else "none"

    def start(self) -> None:
        """Listen.

        Raises:
            SipError: a port is in use, the trunk's password cannot be read, or PJSIP refuses the settings.
        """
        trunk = self.settings.trunk
        password = _password(trunk) if trunk is not None else ""
        self.library.start()
        self._account = Account(self.library, self._invited, "none")
        self._account.create(
            _account_config(self.settings, f"sip:xiangyin@{self.library.local_name}", self._behind), True
        )
        if trunk is not None:
            self._trunk = Account(self.library, self._invited, "trying" if self._registers else "by another worker")
            self._trunk.create(
                _trunk_config(self.settings, trunk, password, self._behind, registers=self._registers), False
            )

    def answer_numbers(self, numbers: tuple[str, ...]) -> None:
        """Answer these numbers from now on; calls in progress go on."""
        self._numbers = numbers

    def drain(self) -> None:
        """Take and place no more calls; those in progress go on."""
        self._draining = True
        for placing in list(self._placing):
            placing.give_up()

    def stop(self) -> Deferred[None]:
        """End all calls and PJSIP. Fires when all is gone."""
        self.drain()
        for line in list(self._lines):
            line.close("line", "shutdown")
        stopped: Deferred[None] = Deferred()
        self._stop_when_empty(stopped, self.clock.seconds() + LAST_BYES_S)
        return stopped

    def _stop_when_empty(self, stopped: Deferred[None], deadline: float) -> None:
        if (self._lines or self._placing) and self.clock.seconds() < deadline:
            self.clock.callLater(_SHORT_S, self._stop_when_empty, stopped, deadline)
            return
        for account in (self._trunk, self._account):
            if account is not None:
                account.shutdown()
                self.library.retire(account)
        self._trunk = self._account = None
        self.taps.leave_to_pjsip()
        self.ringing.leave_to_pjsip()
        self.clock.callLater(2 * RETIRED_FOR_S, lambda: self.library.stop().chainDeferred(stopped))

    def place(
        self,
        uri: str,
        called: Invitation,
        ring_for_ms: int,
        answered: Callable[[SipLine], None],
        refused: Callable[[int], None],
    ) -> None:
        """Call somebody, by the trunk if there is one. One of the two is told, once.

        Args:
            called: the number as the caller of the line to be, and why it is called as the number dialled.
            answered: gets the line when they have answered; it is to be listened to at once.
            refused: gets the final SIP status, 503 where the call could not even be tried.
        """
        call = None if self._draining else self.outbound_call(uri)
        if call is None:
            self.clock.callLater(0, refused, _UNAVAILABLE)
            return

        def up(line: SipLine) -> None:
            self._placing.discard(placing)
            self._take_up(line)
            answered(line)

        def down(code: int) -> None:
            self._placing.discard(placing)
            refused(code)

        placing = OutgoingCall(self, self.clock, call, called, ring_for_ms, up, down)
        self._placing.add(placing)
        self.library.busy = True
        self._begin_rounds()

    # For lines

    def outbound_call(self, uri: str) -> Call | None:
        """Call a URI, by the trunk if there is one; None if there is no channel left or the URI is nonsense."""
        call = Call(self.library, self._trunk or self._account)
        return call if call.dial(uri) else None

    def line_ended(self, line: SipLine) -> None:
        """Forget a line."""
        self._lines.discard(line)

    # Calls

    def _invited(self, call: Call, invitation: Invitation) -> None:
        line = SipLine(self, call, invitation)
        self._take_up(line)
        if not invitation.whole:
            line.reject(_BAD_REQUEST)
        elif self._draining:
            line.reject(_UNAVAILABLE)
        elif not is_answered(invitation.dialled, self._numbers):
            log.info("nobody here has the number %r", invitation.dialled)
            line.reject(_NOT_FOUND)
        else:
            self._offer(line)

    def _take_up(self, line: SipLine) -> None:
        self._lines.add(line)
        self.library.busy = True
        self._begin_rounds()

    def _offer(self, line: SipLine) -> None:
        try:
            self._offered(line)
        except Exception:
            # Whatever is wrong there, the channel must not stay taken.
            log.exception("an offered line was not taken")
            line.reject(_SERVER_ERROR)

    def _begin_rounds(self) -> None:
        if not self._in_round:
            self._in_round = True
            self.clock.callLater(_ROUND_S, self._round)

    def _round(self) -> None:
        """Look at every line, let go of what is no longer used; rest when there is nothing of either."""
        self._in_round = False
        if self.library.endpoint is None:
            return
        now = self.clock.seconds()
        for line in list(self._lines):
            line.check(now)
        if self._lines or self._placing:
            self._begin_rounds()
        else:
            self.library.busy = False


class Account(pj.Account):  # type: ignore[misc]
    """One of our addresses. Attributes: `registration`, as in `SipEndpoint`."""

    def __init__(self, library: Library, invited: Callable[[Call, Invitation], None], registration: str) -> None:
        super().__init__()
        self.registration = registration
        self._library = library
        self._invited = invited

    @callback
    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        # The object must exist before PJSIP goes on with the call.
        call = Call(self._library, self, prm.callId, prm.rdata.wholeMsg)
        if self._library.endpoint is not None:
            self._library.endpoint.call_came()
        # Here and now: the answer waits for the end of the next wait, which must be a short one.
        self._library.busy = True
        self._library.hand_over(self._invited, call, read_invitation(prm.rdata.wholeMsg))

    @callback
    def onRegState(self, prm: Any) -> None:  # noqa: N802
        registered = prm.code == 200 and prm.expiration > 0
        self.registration = "registered" if registered else f"failed {prm.code} {prm.reason}"
        log.log(logging.INFO if registered else logging.WARNING, "trunk: %s", self.registration)

    @callback
    def onIncomingSubscribe(self, prm: Any) -> None:  # noqa: N802
        """Nobody may watch our presence (RFC 3856)."""
        prm.code = 489


def _account_config(settings: SipSettings, uri: str, behind: BehindEdge | None) -> Any:
    config = pj.AccountConfig()
    config.idUri = uri
    if behind is not None:
        config.sipConfig.contactForced = behind.contact
        config.sipConfig.proxies.append(behind.route)
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.callConfig.timerMinSESec = 90
    config.callConfig.timerSessExpiresSec = settings.session_expires_s
    # No UPDATE that narrows two codecs to one: where it crosses a re-INVITE, PJSIP ends the process.
    config.mediaConfig.lockCodecEnabled = False
    config.mediaConfig.transportConfig.boundAddress = settings.bind_address
    config.mediaConfig.transportConfig.publicAddress = settings.public_address or ""
    config.mediaConfig.transportConfig.port = settings.rtp_port_first
    config.mediaConfig.transportConfig.portRange = settings.rtp_port_count
    config.mediaConfig.srtpUse = _SRTP[settings.srtp]
    # TLS ends at the edge, on this machine; between the two, signalling is plain.
    config.mediaConfig.srtpSecureSignaling = 0
    config.natConfig.udpKaIntervalSec = 0
    return config


def _trunk_config(
    settings: SipSettings, trunk: TrunkSettings, password: str, behind: BehindEdge | None, *, registers: bool
) -> Any:
    host = trunk.registrar.split(":", 1)[1]
    config = _account_config(settings, f"sip:{quote(trunk.user)}@{host}", behind)
    if registers:
        config.regConfig.registrarUri = trunk.registrar
    config.regConfig.timeoutSec = trunk.expires_s
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", trunk.realm, trunk.user, 0, password))
    config.natConfig.udpKaIntervalSec = KEEP_ALIVE_S
    return config


def _password(trunk: TrunkSettings) -> str:
    try:
        return trunk.secret()
    except OSError as error:
        raise SipError(f"the trunk's password cannot be read: {error}") from error
    except KeyError as error:
        raise SipError(f"the trunk's password is not in the environment: {error} is not set") from error
