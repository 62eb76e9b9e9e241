"""A telephone of plain sockets: SIP and RTP written out by hand, for exact timing and for nothing of PJSIP in between.

Every arrival carries the kernel's receive time and every departure the time just before the system call, both in
seconds of `CLOCK_REALTIME`, so that the difference of two of them is what a caller's socket saw. One phone is one call
at a time and is used from one thread:

    with RawPhone() as phone:
        phone.dial("127.0.0.1", 5060, "12345")
        phone.listen(1.0)
        key = phone.press("1")
        sound = phone.sound_after(key.last_packet)
        phone.hang_up()
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from types import TracebackType

from tests.system.dialog import Dialog
from tests.system.rawmedia import NothingCameError, Press, RawMedia
from tests.system.wire import CODECS, TELEPHONE_EVENT, Message

__all__ = ["NothingCameError", "Press", "RawPhone"]


@dataclass
class RawPhone(RawMedia):
    """A caller of one call.

    Attributes:
        codecs: payload types offered, in order.
        messages: SIP received so far.
        ended_by_other: a BYE came.
        answered_at: when 200 to INVITE arrived, seconds.
        contact_host: written into the Contact header in place of our address.
        display: say that MESSAGE is taken (RFC 3428).
    """

    codecs: tuple[int, ...] = (8, 0, TELEPHONE_EVENT)
    user: str = "13800000000"
    messages: list[Message] = field(default_factory=list)
    ended_by_other: bool = False
    answered_at: float = 0.0
    contact_host: str = ""
    display: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._target: tuple[str, int] = ("", 0)
        self._dialog: Dialog | None = None
        self._offered = True

    def __enter__(self) -> RawPhone:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._in_call and not self.ended_by_other:
            self._send(self._talk.request("BYE"))
        self.close()

    # --- SIP -------------------------------------------------------------------------------------------------------

    @property
    def _talk(self) -> Dialog:
        assert self._dialog is not None, "not called yet"
        return self._dialog

    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        return self._talk.call_id

    def sdp(self, direction: str = "sendrecv") -> str:
        """The session description that this phone offers (RFC 8866)."""
        port = self._rtp.getsockname()[1]
        names = {**CODECS, self.event_type: CODECS[TELEPHONE_EVENT]}
        maps = "".join(f"a=rtpmap:{codec} {names[codec]}/8000\r\n" for codec in self.codecs)
        events = f"a=fmtp:{self.event_type} 0-16\r\n" if self.event_type in self.codecs else ""
        return (
            f"v=0\r\no=- 1 {self._talk.cseq + 1} IN IP4 {self.local}\r\ns=-\r\nc=IN IP4 {self.local}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {' '.join(map(str, self.codecs))}\r\n{maps}{events}a=ptime:20\r\na={direction}\r\n"
        )

    def invite(self, host: str, port: int, number: str, *, offer: bool = True, headers: str = "") -> None:
        """Send INVITE and come back at once."""
        self._target = (host, port)
        here = f"{self.local}:{self._signalling.getsockname()[1]}"
        self._dialog = Dialog(self.user, here, f"sip:{number}@{host}:{port}", self.contact_host)
        if self.display:
            self._dialog.allows += ", MESSAGE"
        self._offered = offer
        self._send(self._dialog.request("INVITE", self.sdp() if offer else "", headers=headers))

    def dial(self, host: str, port: int, number: str, *, offer: bool = True, timeout: float = 5.0) -> None:
        """Call and return when the other side has answered and got our ACK."""
        self.invite(host, port, number, offer=offer)
        status = self.final_status("INVITE", timeout)
        if status != 200:
            raise NothingCameError(f"INVITE was answered {status}")

    def final_status(self, method: str, timeout: float = 5.0) -> int:
        """Wait for the final response to the latest request of this method."""
        cseq = self._talk.cseq
        found: list[int] = []

        def come() -> bool:
            found.extend(
                message.status
                for message in self.messages
                if message.status >= 200 and message.get("cseq") == f"{cseq} {method}"
            )
            return bool(found)

        self.run(come, timeout)
        return found[0]

    def reinvite(self, direction: str, timeout: float = 5.0) -> int:
        """Hold (`sendonly`, `inactive`) or resume (`sendrecv`); the final status."""
        self._offered = True
        self._send(self._talk.request("INVITE", self.sdp(direction)))
        return self.final_status("INVITE", timeout)

    def info(self, content_type: str, body: str, timeout: float = 5.0) -> int:
        """Send INFO (RFC 6086) and wait; the final status."""
        self._send(self._talk.request("INFO", body, content_type))
        return self.final_status("INFO", timeout)

    def request(self, method: str, headers: str, timeout: float = 5.0) -> int:
        """Send any other request of the dialog; the final status."""
        self._send(self._talk.request(method, headers=headers))
        return self.final_status(method, timeout)

    def cancel(self, timeout: float = 5.0) -> int:
        """CANCEL the INVITE; the final status of the INVITE."""
        self.cancel_now()
        return self.final_status("INVITE", timeout)

    def cancel_now(self) -> None:
        """Send CANCEL and come back at once."""
        self._send(self._talk.cancel())

    def hang_up(self, timeout: float = 5.0) -> int:
        """BYE; the final status."""
        self._send(self._talk.request("BYE"))
        self._in_call = False
        return self.final_status("BYE", timeout)

    def _send(self, text: str) -> None:
        self._signalling.sendto(text.encode(), self._target)

    def _on_signal(self, data: bytes, at: float) -> None:
        if not data.strip():
            return
        message = Message.parse(data)
        if self._dialog is None and message.method == "INVITE" and not message.status:
            self._take_call(message)
        if self._dialog is None or message.get("call-id") != self._talk.call_id:
            return  # repeated for a phone that had this port before
        self.messages.append(message)
        if not message.status:
            self._on_request(message)
        elif message.method == "INVITE" and message.status >= 200:
            self._on_final(message, at)

    def _so_far(self) -> str:
        return f"SIP so far: {[message.first_line for message in self.messages]}"

    def await_call(self, timeout: float = 30.0) -> Message:
        """Wait until somebody calls, answer at once, and return their INVITE."""
        self.run(lambda: self._in_call, timeout)
        return self.messages[0]

    def _take_call(self, invite: Message) -> None:
        place = re.search(r"UDP ([^:;\s]+):(\d+)", invite.get("via"))
        assert place
        self._target = (place[1], int(place[2]))
        self._dialog = Dialog.of_invite(self.user, f"{self.local}:{self._signalling.getsockname()[1]}", invite)
        self._offered = True
        # The payload type of events is the caller's (RFC 3264 section 6.1).
        offered = re.search(r"a=rtpmap:(\d+) telephone-event/8000", invite.body)
        self.event_type = int(offered[1]) if offered else TELEPHONE_EVENT
        self._use(invite.body)
        self.codecs = (self.codec, self.event_type)
        self._in_call = True
        self._next_media = time.time()

    def _on_request(self, request: Message) -> None:
        if request.method == "BYE":
            self.ended_by_other = True
        if request.method != "ACK":
            described = request.method in ("INVITE", "UPDATE") and request.body
            self._send(self._talk.answer(request, "200 OK", self.sdp() if described else ""))

    def _on_final(self, response: Message, at: float) -> None:
        if response.status >= 300:
            self._send(self._talk.acknowledge(response))
            return
        if not self.answered_at:
            self.answered_at = at
        if response.body:
            self._use(response.body)
        self._send(self._talk.acknowledge(response, "" if self._offered else self.sdp()))
        if not self._in_call:
            self._in_call = True
            self._next_media = time.time()

    def _use(self, description: str) -> None:
        """Send where the other side's description says, with the first codec of it that we know."""
        host = re.search(r"^c=IN IP4 (\S+)", description, re.M)
        media = re.search(r"^m=audio (\d+) \S+ ([\d ]+)", description, re.M)
        assert host and media, description
        self._media_target = (host[1], int(media[1]))
        self.codec = next(codec for codec in map(int, media[2].split()) if codec in self.codecs)
        if not self._offered:
            self.codecs = (self.codec, TELEPHONE_EVENT)
