"""pjsua2's one endpoint, and the one thread that polls it.

PJSIP has no threads of its own here except the clock of its mixer. Our thread waits inside PJSIP, without the
interpreter lock, for packets and timers, or looks for them every 20 ms while there are calls, and runs the callbacks. A
callback collects facts and hands them to the reactor thread. What the reactor thread asks of a call is done by the
polling thread, between two waits: on any other thread it could meet the next call that got the same number. Sound is
connected from the reactor thread, which is registered with PJSIP. Why it is done so, with the measurements, stands in
docs/adr/0002-polling-pjsip.md.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import pjsua2 as pj
from twisted.internet.defer import Deferred, succeed

from ivr.call.ports import Clock
from ivr.farewell.kept import KeptDialogs
from ivr.sip.alive import CLOCK_LATE_S, POLL_LATE_S, MixerClock
from ivr.sip.callbacks import callback
from ivr.sip.frames import copier
from ivr.sip.native import Native
from ivr.sip.placement import BehindEdge
from ivr.sip.screen import Screen
from ivr.sip.settings import SipSettings
from ivr.sip.throttle import Endpoint

log = logging.getLogger(__name__)

#: Longest wait inside PJSIP with no call, in milliseconds: how late a timer set by another thread may be.
IDLE_WAIT_MS = 250
#: While there are calls PJSIP is polled once in so long, in seconds: as often as each call sends a packet. Packets of
#: several calls are read in one go, since each time that a thread wakes costs more than a packet does.
ROUND_S = 0.02
#: A round that brought so many events is followed by another one at once: there may be more than PJSIP takes in one.
MANY_EVENTS = 8
#: The mixer's clock stops when nothing has been connected to it for so long, in seconds.
MIXER_REST_S = 1
#: Everything is 8 kHz: G.711 in, G.711 out, no resampling.
CLOCK_RATE = 8000
FRAME_MS = 20

#: A build for more calls than this has a larger table of sockets than `ivr.sip.throttle` reckons with.
MOST_THROTTLED_CALLS = 16
#: Callbacks of an object that was taken out of use are over after so long, in seconds.
RETIRED_FOR_S = 0.25


class SipError(Exception):
    """The telephone side cannot start; the message says why."""


class Reactor(Clock, Protocol):
    """The part of Twisted's reactor that is needed here."""

    def callFromThread(self, callable: Callable[..., Any], *args: Any) -> None:  # noqa: N802
        """Call on the reactor thread, from any thread."""


class Library:
    """PJSIP, started and polled.

    Args:
        reactor: where facts are handed to.
        behind: the edge that calls come from, if there is one.
        dialogs: where calls keep what ends them from outside; None where nobody would.

    Attributes:
        endpoint: pjsua2's `Endpoint`; None when not running.
        max_calls: how many calls this build takes at once.
        local_name: our SIP address as others see it, `HOST:PORT`, once started.
        busy: set while there are calls: commands and packets are then noticed sooner.
        screen: keeps away what would end PJSIP.
        dialogs: as given.
        native, copy_frame: see `ivr.sip.native` and `ivr.sip.frames`.
    """

    def __init__(
        self,
        settings: SipSettings,
        reactor: Reactor,
        behind: BehindEdge | None = None,
        dialogs: KeptDialogs | None = None,
    ) -> None:
        self._settings = settings
        self.dialogs = dialogs
        self._behind = behind
        self._reactor = reactor
        self._stopping = threading.Event()
        self._stopped: Deferred[None] = Deferred()
        self._commands: deque[Callable[[], None]] = deque()
        # Locked until a command comes: waiting for a lock costs less than waiting for a queue.
        self._none_came = threading.Lock()
        self._none_came.acquire()
        self._retired: list[tuple[Any, Callable[[Any], None] | None]] = []
        self.native = Native()
        self.screen = Screen(self.native)
        self.copy_frame = copier()
        self.endpoint: Endpoint | None = None
        self.max_calls = 0
        self.local_name = ""
        self.busy = False
        self._polled_at = time.monotonic()
        self._mixer_clock = MixerClock()

    def start(self) -> None:
        """Start PJSIP on the calling thread, which must be the reactor's, and begin to poll.

        Raises:
            SipError: the settings or the machine do not allow it, such as a port in use.
        """
        self.native.be_quiet()
        endpoint = Endpoint(self.native)
        endpoint.libCreate()
        try:
            endpoint.libInit(_configuration(self._settings))
            self.screen.start()
            for transport in self._settings.transports if self._behind is None else ("udp",):
                self._listen(endpoint, transport)
            endpoint.libStart()
            endpoint.audDevManager().setNullDev()
            self.native.let_mixer_rest()
            _choose_codecs(endpoint)
        except pj.Error as error:
            endpoint.libDestroy()
            raise SipError(error.info()) from error
        self.endpoint = endpoint
        self.max_calls = self.native.max_calls() or min(4, self._settings.max_calls)
        threading.Thread(target=self._poll, args=[endpoint], name="pjsip", daemon=True).start()

    def stop(self) -> Deferred[None]:
        """End PJSIP; fires on the reactor thread when it is gone. Every call must have ended before."""
        self._stopping.set()
        return self._stopped if self.endpoint is not None else succeed(None)

    def hand_over(self, function: Callable[..., object], *arguments: object) -> None:
        """Call on the reactor thread, from any thread, in order."""
        self._reactor.callFromThread(function, *arguments)

    def command(self, act: Callable[[], None]) -> None:
        """Do something to a call on the polling thread, in order; at once while there are calls."""
        self._commands.append(act)
        # Only the reactor thread lets go of it, so it is locked or it is not.
        if self._none_came.locked():
            self._none_came.release()

    def later(self, seconds: float, function: Callable[..., object], *arguments: object) -> None:
        """Call on the reactor thread after a while."""
        self._reactor.callLater(seconds, function, *arguments)

    def silence_slot(self) -> int:
        """Slot of the mixer that is heard as silence: the sound device that there is not."""
        assert self.endpoint is not None
        return int(self.endpoint.audDevManager().getCaptureDevMedia().getPortId())

    def retire(self, thing: Any, before_end: Callable[[Any], None] | None = None) -> None:
        """Keep a pjsua2 object that has just been taken out of use until no callback of it can be running.

        Args:
            before_end: called with the object right before it is let go.
        """
        entry = (thing, before_end)
        self._retired.append(entry)
        self._reactor.callLater(RETIRED_FOR_S, self._let_go, entry)

    @property
    def retired(self) -> int:
        """How many objects wait to be let go."""
        return len(self._retired)

    def trouble(self) -> str:
        """What has stopped moving; empty when all is well. To be asked about once a second."""
        now = time.monotonic()
        polled, ticked = now - self._polled_at, self._mixer_clock.stuck_for(now)
        if polled > POLL_LATE_S:
            return f"PJSIP has not been polled for {polled:.1f} s"
        return f"the mixer's clock has not ticked for {ticked:.1f} s" if ticked > CLOCK_LATE_S else ""

    def _let_go(self, entry: tuple[Any, Callable[[Any], None] | None]) -> None:
        self._retired.remove(entry)
        thing, before_end = entry
        if before_end is not None:
            before_end(thing)

    def _listen(self, endpoint: Any, transport: str) -> None:
        config = pj.TransportConfig()
        if self._behind is None:
            config.port = self._settings.port
            config.boundAddress = self._settings.bind_address
            config.publicAddress = self._settings.public_address or ""
        else:
            config.port = self._behind.port
            config.boundAddress = self._behind.address
        kind = pj.PJSIP_TRANSPORT_UDP if transport == "udp" else pj.PJSIP_TRANSPORT_TCP
        try:
            self.local_name = endpoint.transportGetInfo(endpoint.transportCreate(kind, config)).localName
        except pj.Error as error:
            where = f"{config.boundAddress}:{config.port}/{transport}"
            endpoint.libDestroy()
            raise SipError(f"cannot listen on {where}: {error.reason}") from error

    def _poll(self, endpoint: Endpoint) -> None:
        endpoint.libRegisterThread("polling")
        begun = time.monotonic()  # workers that begin at different times do not wake at the same ones
        while not self._stopping.is_set():
            self._polled_at = time.monotonic()
            many = endpoint.libHandleEvents(0 if self.busy else IDLE_WAIT_MS) >= MANY_EVENTS
            self._obey(ROUND_S - (time.monotonic() - begun) % ROUND_S if self.busy and not many else 0.0)
            while self.max_calls <= MOST_THROTTLED_CALLS and (wait := endpoint.throttle.wait(time.monotonic())) > 0:
                self._obey(wait)
        self._obey(0.0)
        try:
            endpoint.libDestroy()
        except pj.Error as error:
            log.error("PJSIP did not end well: %s", error.info())
        self.hand_over(self._gone)

    def _obey(self, wait_s: float) -> None:
        """Give the commands that have come, or the first that comes within this time."""
        self._none_came.acquire(timeout=max(wait_s, 0.0))
        while self._commands:
            _given(self._commands.popleft())

    def _gone(self) -> None:
        self.endpoint = None
        self._stopped.callback(None)


@callback
def _given(act: Callable[[], None]) -> None:
    """Give one command; what is wrong with it must not end the polling."""
    act()


def _configuration(settings: SipSettings) -> Any:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.maxCalls = settings.max_calls
    config.uaConfig.natTypeInSdp = 0
    config.uaConfig.userAgent = settings.user_agent
    for address in settings.nameservers_in_use():
        config.uaConfig.nameserver.append(address)
    config.medConfig.hasIoqueue = False  # RTP is read by the polling thread too
    config.medConfig.threadCnt = 0
    config.medConfig.clockRate = CLOCK_RATE
    config.medConfig.sndClockRate = CLOCK_RATE
    config.medConfig.audioFramePtime = FRAME_MS
    config.medConfig.ptime = FRAME_MS
    config.medConfig.channelCount = 1
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    config.medConfig.sndAutoCloseTime = MIXER_REST_S
    config.logConfig.level = settings.log_level
    config.logConfig.consoleLevel = 0
    if settings.log_file is not None:
        config.logConfig.filename = str(settings.log_file)
    return config


def _choose_codecs(endpoint: Any) -> None:
    """G.711 and nothing else; A-law first, as the networks of China and Europe have it."""
    priorities = {"PCMA/8000/1": 255, "PCMU/8000/1": 254}
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, priorities.get(codec.codecId, 0))
