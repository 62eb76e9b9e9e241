"""One SIP call as PJSIP sees it, inbound or outbound: callbacks turned into facts on the reactor thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pjsua2 as pj

from ivr.call.ports import LineQuality
from ivr.farewell.dialog import Dialog, of_callee, of_caller
from ivr.sip.callbacks import callback
from ivr.sip.invitation import read_body, read_headers
from ivr.sip.keys import key_of_info
from ivr.sip.library import Library
from ivr.sip.native import let_go

log = logging.getLogger(__name__)

#: Bits of `OnDtmfEventParam.flags`: the event was reported before; it has ended.
_UPDATE, _END = 1, 2

#: Bodies of INFO that PJSIP answers itself.
_INFO_OF_PJSIP = ("application/dtmf-relay", "application/media_control+xml", "application/trickle-ice-sdpfrag")
_OK, _MULTIPLE_CHOICES, _BAD_REQUEST, _UNSUPPORTED_MEDIA_TYPE, _UNAVAILABLE = 200, 300, 400, 415, 503


@dataclass(frozen=True)
class EventPacket:
    """An RFC 4733 packet that says something new; `at` is seconds of `time.monotonic`."""

    digit: str
    timestamp: int
    update: bool
    end: bool
    at: float


class CallOwner(Protocol):
    """Who is told, on the reactor thread, what happens to a call."""

    def confirmed(self) -> None:
        """The call is up: 200 and ACK were exchanged."""

    def media_changed(self, active: bool, held: bool) -> None:
        """Sound can flow both ways (`active`), or the other side has put us on hold."""

    def event_packet(self, packet: EventPacket) -> None: ...

    def info_key(self, digit: str, at: float) -> None:
        """A key by SIP INFO; `at` is seconds of `time.monotonic`."""

    def disconnected(self, code: int) -> None:
        """Last, once. `code` is the final SIP status, 200 for a BYE."""


class Call(pj.Call):  # type: ignore[misc]
    """A call. Callbacks come on the polling thread; everything else is called on the reactor thread.

    PJSIP knows calls by small numbers and gives that of an ended call to the next one. So commands are given on the
    polling thread, where no call can end in the midst of them, and what is read elsewhere counts only if the call has
    not ended by then. Commands do nothing when the call has ended meanwhile. A member of a pjsua2 structure is a bare
    pointer into it, so the structure is always kept in a variable while its members are read.

    Args:
        invite: the INVITE by which they have called us; empty when we call.
    """

    def __init__(self, library: Library, account: Any, call_id: int = pj.PJSUA_INVALID_ID, invite: str = "") -> None:
        super().__init__(account, call_id)
        self._invite = invite
        self._dialog: Dialog | None = None
        self._library = library
        self._owner: CallOwner | None = None
        self._over = False
        self._confirmed = False
        self._media_index = 0
        self._message_ended: Callable[[bool], None] | None = None
        self._past = LineQuality()  # of streams that are gone; a re-INVITE may begin a new one

    def tell(self, owner: CallOwner) -> None:
        """Name the owner, in the same turn of the reactor in which the call was made or handed over."""
        self._owner = owner

    def dial(self, uri: str) -> bool:
        """Call a URI. False if PJSIP takes no further call or cannot make sense of the URI."""
        if self._library.endpoint is not None:
            self._library.endpoint.call_came()
        try:
            self.makeCall(uri, pj.CallOpParam(True))
        except pj.Error as error:
            # Who is called is nobody's business but the call log's.
            log.warning("cannot call somebody at %s: %s", uri.rpartition("@")[2], error.reason)
            self._over = True
            self._retire()
            return False
        return True

    def respond(self, code: int) -> None:
        """Answer the INVITE with this status."""
        self._command(lambda: self.answer(_operation(code)))

    def end(self, code: int = 0, retry_after_s: int = 0) -> None:
        """BYE, CANCEL or a refusal with `code`, whichever the state of the call asks for."""
        self._command(lambda: self.hangup(_operation(code, retry_after_s)))

    def message(self, text: str, ended: Callable[[bool], None]) -> None:
        """Send a text within the call (RFC 3428 section 6). `ended` is told whether it was taken, unless the call ends
        first; one text at a time.
        """
        parameters = pj.SendInstantMessageParam()
        parameters.contentType = "text/plain"
        parameters.content = text
        self._message_ended = ended

        def not_sent() -> None:
            self._library.hand_over(self._deliver_message, _UNAVAILABLE)

        self._command(lambda: self.sendInstantMessage(parameters), not_sent)

    def audio(self) -> Any:
        """The call's port in the mixer, or None while there is no sound."""
        try:
            port = None if self._over else self.getAudioMedia(-1)
        except pj.Error:
            return None  # the stream went this moment
        return None if self._over else port

    def quality(self) -> LineQuality:
        """RTP figures of the call so far."""
        current = self._past if self._over else self._with_current()
        return self._past if self._over else current

    def _command(self, act: Callable[[], None], refused: Callable[[], None] = lambda: None) -> None:
        def give() -> None:
            if self._over:
                return
            try:
                act()
            except pj.Error as error:
                log.info("a call did not take a command: %s", error.reason)
                refused()

        self._library.command(give)

    def _with_current(self) -> LineQuality:
        try:
            codec = self.getStreamInfo(self._media_index).codecName
            statistics = self.getStreamStat(self._media_index)
        except pj.Error:
            return self._past  # there is no stream now
        rtcp = statistics.rtcp
        return replace(
            self._past,
            codec=codec,
            received=self._past.received + rtcp.rxStat.pkt,
            lost=self._past.lost + rtcp.rxStat.loss,
            jitter_ms=rtcp.rxStat.jitterUsec.mean / 1000,
            round_trip_ms=rtcp.rttUsec.mean / 1000,
        )

    def _report(self, say: Callable[[CallOwner], None]) -> None:
        self._library.hand_over(self._deliver, say)

    def _deliver(self, say: Callable[[CallOwner], None]) -> None:
        if self._owner is not None:
            say(self._owner)

    def _deliver_end(self, code: int) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.disconnected(code)
        if self._dialog is not None and self._library.dialogs is not None:
            self._library.dialogs.forget(id(self))
        self._retire()

    def _retire(self) -> None:
        self._owner = None
        self._library.retire(self, let_go)

    # PJSIP's callbacks

    @callback
    def onCallState(self, prm: Any) -> None:  # noqa: N802
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED and not self._confirmed:
            self._confirmed = True
            self._report(lambda owner: owner.confirmed())
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED and not self._over:
            self._over = True  # here and now: the number of this call may be the next caller's in a moment
            self._library.hand_over(self._deliver_end, int(info.lastStatusCode))

    @callback
    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        info = self.getInfo()
        audio = next((media for media in info.media if media.type == pj.PJMEDIA_TYPE_AUDIO), None)
        if audio is None:
            return
        self._media_index = audio.index
        active = audio.status == pj.PJSUA_CALL_MEDIA_ACTIVE
        held = audio.status in (pj.PJSUA_CALL_MEDIA_REMOTE_HOLD, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD)
        self._report(lambda owner: owner.media_changed(active, held))

    @callback
    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802
        if prm.streamIdx == self._media_index:
            self._past = self._with_current()

    @callback
    def onDtmfEvent(self, prm: Any) -> None:  # noqa: N802
        if prm.method != pj.PJSUA_DTMF_METHOD_RFC2833:
            return  # INFO is read in onCallTsxState, where its whole body is seen
        flags = prm.flags
        packet = EventPacket(prm.digit, prm.timestamp, bool(flags & _UPDATE), bool(flags & _END), time.monotonic())
        self._report(lambda owner: owner.event_packet(packet))

    @callback
    def onCallTsxState(self, prm: Any) -> None:  # noqa: N802
        event = prm.e.body.tsxState
        transaction = event.tsx
        if (
            transaction.method == "INFO"
            and transaction.role == pj.PJSIP_ROLE_UAS
            and transaction.state == pj.PJSIP_TSX_STATE_TRYING
            and event.type == pj.PJSIP_EVENT_RX_MSG
        ):
            self._on_info(event.src.rdata)
        elif self._library.dialogs is not None and (
            transaction.method == "INVITE" or (transaction.method == "UPDATE" and self._dialog is not None)
        ):
            self._on_invite(event)

    @callback
    def onInstantMessageStatus(self, prm: Any) -> None:  # noqa: N802
        self._library.hand_over(self._deliver_message, int(prm.code))

    def _deliver_message(self, code: int) -> None:
        ended, self._message_ended = self._message_ended, None
        if ended is not None and not self._over:
            ended(200 <= code < 300)

    @callback
    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """Refuse REFER (RFC 3515): a caller must not make the gateway call numbers of their choice."""
        prm.statusCode = 603

    @callback
    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """Refuse INVITE with Replaces (RFC 3891), by which a stranger could take over a call."""
        prm.statusCode = 603

    def _on_invite(self, event: Any) -> None:
        """Keep what ends the call from outside, once it is answered, and again when a re-INVITE may have changed it."""
        transaction, source = event.tsx, event.src
        called_us = transaction.role == pj.PJSIP_ROLE_UAS
        answered = _OK <= transaction.statusCode < _MULTIPLE_CHOICES
        if called_us and event.type == pj.PJSIP_EVENT_RX_MSG:
            self._invite = source.rdata.wholeMsg
        elif called_us and answered and event.type == pj.PJSIP_EVENT_TX_MSG:
            self._library.hand_over(self._keep_dialog, self._invite, source.tdata.wholeMsg)
        elif not called_us and answered and event.type == pj.PJSIP_EVENT_RX_MSG:
            self._library.hand_over(self._keep_dialog, "", source.rdata.wholeMsg)

    def _keep_dialog(self, invite: str, answer: str) -> None:
        new = of_callee(invite, answer) if invite else of_caller(answer)
        if new is None or self._over or self._library.dialogs is None:
            return
        # A re-INVITE or UPDATE may only change where the other side is (RFC 3261 section 12.2, RFC 3311 section 5).
        self._dialog = new if self._dialog is None else replace(self._dialog, target=new.target)
        self._library.dialogs.keep(id(self), self._dialog)

    def _on_info(self, received: Any) -> None:
        message = received.wholeMsg
        content_type = read_headers(message).get("content-type", "").split(";")[0].strip().lower()
        digit = key_of_info(content_type, read_body(message))
        if digit is not None:
            at = time.monotonic()
            self._report(lambda owner: owner.info_key(digit, at))
        if content_type not in _INFO_OF_PJSIP:
            self._library.native.respond(received, _info_status(content_type, digit))


def _info_status(content_type: str, digit: str | None) -> int:
    """The answer to an INFO that PJSIP knows nothing of. An empty one only asks whether we are alive (RFC 2976)."""
    if content_type == "application/dtmf":
        return _OK if digit is not None else _BAD_REQUEST
    return _UNSUPPORTED_MEDIA_TYPE if content_type else _OK


def _operation(code: int, retry_after_s: int = 0) -> Any:
    operation = pj.CallOpParam()
    operation.statusCode = code
    if retry_after_s:
        header = pj.SipHeader()
        header.hName = "Retry-After"
        header.hValue = str(retry_after_s)
        operation.txOption.headers.append(header)
    return operation
