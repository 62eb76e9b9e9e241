"""PJSIP for the test phone: one endpoint, one call, polled by the one thread that uses it."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import pjsua2 as pj

from ivr.sip.callbacks import callback
from ivr.sip.native import Native
from ivr.sip.phone_report import PhoneQuality
from ivr.sip.phone_sound import FRAME_MS, RATE, Handset

Codec = Literal["PCMA", "PCMU"]
CODECS: tuple[Codec, ...] = ("PCMA", "PCMU")

#: RTP is tried from an even port in this range upwards.
_RTP_PORTS = range(40000, 60000, 2)
#: IPv4 and names only, no TLS: what the gateway speaks.
_URI = re.compile(r"^sip:(?:[^@\s<>]+@)?([\w.-]+)(?::\d{1,5})?(?:[;?][^\s<>]*)?$", re.IGNORECASE | re.ASCII)


class PhoneError(Exception):
    """The phone cannot begin; the message says why."""


@dataclass(frozen=True)
class Telephone:
    """What a phone is.

    Attributes:
        codecs: those it takes, the favourite first.
        events: whether it knows RFC 4733.
        tcp: whether it speaks SIP over TCP; else over UDP.
        address: local address for SIP and RTP.
        port: local SIP port, 0 for any.
        user: the number it calls from, or answers as.
    """

    codecs: tuple[Codec, ...] = ("PCMA",)
    events: bool = True
    tcp: bool = False
    address: str = "127.0.0.1"
    port: int = 0
    user: str = "1000"


class PhoneCall(pj.Call):  # type: ignore[misc]
    """The call, with what has happened to it so far. Its callbacks come on the polling thread.

    Attributes:
        confirmed: the call was answered and both sides know.
        over: the call has ended.
        code, reason: final SIP status once it is over.
        quality: RTP as received, once the sound path is gone.
        caller: who calls, as the From header has it; empty for a call that the phone places.
    """

    def __init__(self, account: Any, handset: Handset, *, events: bool, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self._handset = handset
        self._events = events
        self.confirmed = False
        self.over = False
        self.code = 0
        self.reason = ""
        self.quality = PhoneQuality()
        self.caller = ""

    def dial(self, uri: str) -> None:
        """Send the INVITE. Raises PhoneError if PJSIP can make no sense of the address."""
        try:
            self.makeCall(uri, pj.CallOpParam(True))
        except pj.Error as error:
            raise PhoneError(f"{uri}: {error.reason}") from error

    def press(self, digit: str, method: int, duration_ms: int) -> None:
        """Send a key by PJSIP's `PJSUA_DTMF_METHOD_...`. It is lost if the call ends at this moment."""
        how = pj.CallSendDtmfParam()
        how.method, how.digits, how.duration = method, digit, duration_ms
        try:
            self.sendDtmf(how)
        except pj.Error as error:
            if not self.over:
                raise PhoneError(f"cannot send key {digit}: {error.reason}") from error

    def _connect_sound(self) -> None:
        """Let the handset hear and be heard. To be done again when a re-INVITE has made a new sound path."""
        try:
            audio = self.getAudioMedia(-1)
        except pj.Error:
            return  # there is no sound path yet
        audio.startTransmit(self._handset)
        self._handset.startTransmit(audio)

    @callback
    def onCallState(self, prm: Any) -> None:  # noqa: N802
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED and not self.confirmed:
            self.confirmed = True
            self._handset.begin()
            self._connect_sound()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over, self.code, self.reason = True, int(info.lastStatusCode), info.lastReason

    @callback
    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        if self.confirmed:
            self._connect_sound()

    @callback
    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802
        info, statistics = self.getStreamInfo(prm.streamIdx), self.getStreamStat(prm.streamIdx)
        received = statistics.rtcp.rxStat
        before = self.quality
        self.quality = PhoneQuality(
            codec=info.codecName,
            received=before.received + received.pkt,
            lost=before.lost + received.loss,
            jitter_ms=received.jitterUsec.mean / 1000,
        )

    @callback
    def onCallSdpCreated(self, prm: Any) -> None:  # noqa: N802
        if not self._events:
            prm.sdp.wholeSdp = without_events(prm.sdp.wholeSdp)


class PhoneAccount(pj.Account):  # type: ignore[misc]
    """Whom the phone calls as. `called` is called with the call's number when there is an incoming call."""

    def __init__(self, called: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self._called = called

    @callback
    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        if self._called is not None:
            self._called(prm.callId)


class PhoneEndpoint:
    """PJSIP while it runs.

    Attributes:
        uri: where the phone can be called.
    """

    def __init__(self, telephone: Telephone) -> None:
        Native().be_quiet()
        self.telephone = telephone
        self._endpoint = pj.Endpoint()
        self._endpoint.libCreate()
        self._kept: list[Any] = []
        try:
            self._endpoint.libInit(_configuration())
            self.uri = self._listen()
            self._endpoint.libStart()
            self._endpoint.audDevManager().setNullDev()
            self._choose_codecs()
        except pj.Error as error:
            self._endpoint.libDestroy()
            raise PhoneError(error.reason) from error
        except PhoneError:
            self._endpoint.libDestroy()
            raise

    def poll(self) -> None:
        """Wait a moment at most and run what has happened."""
        self._endpoint.libHandleEvents(FRAME_MS // 2)

    def account(self, called: Callable[[int], None] | None = None) -> PhoneAccount:
        """Make the account that calls are made by and come in for. Raises PhoneError for a user that is no user."""
        config = pj.AccountConfig()
        config.idUri = f"sip:{self.telephone.user}@{self.telephone.address}"
        config.mediaConfig.transportConfig.boundAddress = self.telephone.address
        config.mediaConfig.transportConfig.port = random.choice(_RTP_PORTS)
        account = PhoneAccount(called)
        try:
            account.create(config)
        except pj.Error as error:
            raise PhoneError(f"{config.idUri}: {error.reason}") from error
        self.keep(account)
        return account

    def keep(self, thing: Any) -> Any:
        """Keep a pjsua2 object until PJSIP has ended."""
        self._kept.append(thing)
        return thing

    def close(self) -> None:
        """End PJSIP. It frees what is registered with it, so Python must not do it again."""
        for thing in self._kept:
            thing.this.disown()
        self._endpoint.libDestroy()

    def _choose_codecs(self) -> None:
        priorities = {f"{codec}/8000/1": 255 - place for place, codec in enumerate(self.telephone.codecs)}
        for codec in self._endpoint.codecEnum2():
            self._endpoint.codecSetPriority(codec.codecId, priorities.get(codec.codecId, 0))

    def _listen(self) -> str:
        config = pj.TransportConfig()
        config.boundAddress = self.telephone.address
        config.port = self.telephone.port
        kind = pj.PJSIP_TRANSPORT_TCP if self.telephone.tcp else pj.PJSIP_TRANSPORT_UDP
        try:
            transport = self._endpoint.transportCreate(kind, config)
        except pj.Error as error:
            raise PhoneError(f"{config.boundAddress}:{config.port}: {error.reason}") from error
        where = self._endpoint.transportGetInfo(transport).localName
        return f"sip:{self.telephone.user}@{where}" + (";transport=tcp" if self.telephone.tcp else "")


@contextmanager
def running(telephone: Telephone) -> Iterator[PhoneEndpoint]:
    """PJSIP for as long as the block. Once in a process.

    Raises:
        PhoneError: it cannot start, such as when the port is in use.
    """
    endpoint = PhoneEndpoint(telephone)
    try:
        yield endpoint
    finally:
        endpoint.close()


def host_of(uri: str) -> str:
    """The host of a SIP URI. Raises PhoneError if it has none."""
    match = _URI.match(uri)
    if match is None:
        raise PhoneError(f"{uri!r} is no SIP address; it should look like sip:12345@127.0.0.1:5060")
    return match[1]


def local_address_towards(host: str) -> str:
    """The address of this machine that packets to a host leave from. Raises PhoneError if the host is unknown."""
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.connect((host, 5060))  # sends nothing
            return str(probe.getsockname()[0])
    except OSError as error:
        raise PhoneError(f"{host}: {error.strerror or error}") from error


def without_events(sdp: str) -> str:
    """A session description (RFC 4566) without telephone-event (RFC 4733)."""
    types = re.findall(r"^a=rtpmap:(\d+) telephone-event/\d+", sdp, re.M | re.IGNORECASE)
    lines = []
    for line in sdp.splitlines():
        attribute = re.match(r"a=(?:rtpmap|fmtp):(\d+) ", line)
        if attribute and attribute[1] in types:
            continue
        if line.startswith("m=audio "):
            kept = [word for number, word in enumerate(line.split(" ")) if number < 3 or word not in types]
            line = " ".join(kept)
        lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def _configuration() -> Any:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.maxCalls = 1
    config.uaConfig.natTypeInSdp = 0
    config.uaConfig.userAgent = "Xiangyin test phone"
    config.medConfig.hasIoqueue = False  # RTP is read by the polling thread too
    config.medConfig.threadCnt = 0
    config.medConfig.clockRate = RATE
    config.medConfig.sndClockRate = RATE
    config.medConfig.audioFramePtime = FRAME_MS
    config.medConfig.ptime = FRAME_MS
    config.medConfig.channelCount = 1
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    config.medConfig.sndAutoCloseTime = -1
    config.logConfig.level = 0
    config.logConfig.consoleLevel = 0
    return config
