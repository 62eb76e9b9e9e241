"""Many telephones in one process: sockets and a schedule, nothing else. Measures what arrives.

`tests/system/rawphone.py` is one telephone that can do everything; this is hundreds that can only call, send sound and
keys, and note when each packet came, by the kernel's clock.
"""

from __future__ import annotations

import heapq
import itertools
import re
import select
import socket
import struct
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

PACKET_S = 0.02
SAMPLES = 160
ALAW_SILENCE = b"\xd5" * SAMPLES
EVENT, ALAW = 101, 8
SO_TIMESTAMPNS = 35
#: Keys by their event code (RFC 4733 section 3.2).
EVENT_CODES = "0123456789*#"
#: Packets of a key: five while it is pressed, three with the end bit (RFC 4733 section 2.5.1.4).
PRESSED, RELEASED = 5, 3
_CONTACT = re.compile(r"^Contact:\s*<([^>]+)>", re.M | re.I)
_ROUTE = re.compile(r"^Record-Route:\s*(.+)$", re.M | re.I)
_TO = re.compile(r"^To:\s*(.+)$", re.M | re.I)
_MEDIA = re.compile(r"^m=audio (\d+)", re.M)


@dataclass
class LightCall:
    """One call.

    Attributes:
        status: final status of the INVITE; 0 while there is none.
        setup_s: from the INVITE to its final answer.
        gaps: seconds between arriving RTP packets.
        keys: when each of its keys was released, seconds.
        ended_by_other: a BYE came.
        torn_down_at: when the answer to its own BYE came; 0 before.
    """

    number: int
    rtp: socket.socket
    call_id: str
    invited_at: float = 0.0
    status: int = 0
    setup_s: float = 0.0
    begun_at: float = 0.0
    over_at: float = 0.0
    media: tuple[str, int] | None = None
    remote: str = ""
    routes: str = ""
    to: str = ""
    cseq: int = 1
    sequence: int = 0
    timestamp: int = 0
    last_at: float = 0.0
    gaps: array[float] = field(default_factory=lambda: array("f"))
    received: int = 0
    keys: list[float] = field(default_factory=list)
    ended_by_other: bool = False
    torn_down_at: float = 0.0
    gone: bool = False


class LightCallers:
    """Calls of one process.

    Args:
        target: where SIP goes, host and port.
        dialled: the number.
        key_every_s: how often each call presses a key; 0 for never.
        scripts: keys that calls press one after the other and then from the beginning; each call has the next script.
    """

    def __init__(
        self, target: tuple[str, int], dialled: str, key_every_s: float, scripts: Sequence[str] = ("*",)
    ) -> None:
        self._target = target
        self._dialled = dialled
        self._key_every_s = key_every_s
        self._scripts = scripts
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._sip.bind(("127.0.0.1", 0))
        self._sip.setblocking(False)
        self._here = f"127.0.0.1:{self._sip.getsockname()[1]}"
        self._poll = select.epoll()
        self._poll.register(self._sip, select.EPOLLIN)
        self._due: list[tuple[float, int, LightCall, int]] = []
        self._count = itertools.count()
        self._by_id: dict[str, LightCall] = {}
        self._by_socket: dict[int, LightCall] = {}
        self.sent_late = 0
        self.keys = 0

    @property
    def port(self) -> int:
        """Where their SIP is, on 127.0.0.1."""
        return int(self._sip.getsockname()[1])

    @property
    def calls(self) -> Sequence[LightCall]:
        return list(self._by_id.values())

    def call(self) -> LightCall:
        """Place one more call."""
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        rtp.bind(("127.0.0.1", 0))
        rtp.setblocking(False)
        number = next(self._count)
        made = LightCall(number, rtp, f"load-{number}-{self._here}")
        self._by_id[made.call_id] = made
        self._by_socket[rtp.fileno()] = made
        self._poll.register(rtp, select.EPOLLIN)
        made.invited_at = time.time()
        port = rtp.getsockname()[1]
        body = (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n"
        )
        self._send(made, "INVITE", body)
        return made

    def hang_up(self, call: LightCall) -> None:
        """BYE."""
        if call.status == 200 and not call.gone:
            call.gone = True
            call.over_at = time.time()
            call.cseq += 1
            self._send(call, "BYE")

    def run(self, seconds: float) -> None:
        """Send and receive for so long."""
        until = time.time() + seconds
        while (now := time.time()) < until:
            while self._due and self._due[0][0] <= now:
                when, _, call, step = heapq.heappop(self._due)
                self._send_media(call, when, step, now)
            wait = min(until, self._due[0][0] if self._due else until) - time.time()
            for descriptor, _ in self._poll.poll(max(0.0, wait)):
                if descriptor == self._sip.fileno():
                    self._read_sip()
                elif descriptor in self._by_socket:
                    self._read_rtp(self._by_socket[descriptor])

    def close(self) -> None:
        self._poll.close()
        self._sip.close()
        for call in self._by_id.values():
            call.rtp.close()

    # SIP

    def _send(self, call: LightCall, method: str, body: str = "", cseq: int | None = None) -> None:
        uri = call.remote or f"sip:{self._dialled}@{self._target[0]}:{self._target[1]}"
        branch = f"z9hG4bK{call.number}x{call.cseq}{method}{len(self._here)}{self._here[-5:]}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};branch={branch};rport",
            *([f"Route: {call.routes}"] if call.routes else []),
            "Max-Forwards: 70",
            f"From: <sip:139{call.number:08}@127.0.0.1>;tag=t{call.number}",
            f"To: {call.to or f'<{uri}>'}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {cseq or call.cseq} {method}",
            f"Contact: <sip:load@{self._here}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._sip.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self._target)

    def _read_sip(self) -> None:
        while True:
            try:
                data, _ = self._sip.recvfrom(65535)
            except BlockingIOError:
                return
            text = data.decode("utf-8", "replace")
            found = re.search(r"^Call-ID:\s*(\S+)", text, re.M | re.I)
            call = self._by_id.get(found[1]) if found else None
            if call is not None:
                self._on_message(call, text)

    def _on_message(self, call: LightCall, text: str) -> None:
        if not text.startswith("SIP/2.0"):
            self._answer(call, text)
            return
        status = int(text[8:11])
        method = text.split("CSeq:", 1)[1].split("\r\n", 1)[0]
        if " BYE" in method and status == 200:
            call.torn_down_at = time.time()
            self._let_go(call)
        if status < 200 or " INVITE" not in method:
            return
        again = bool(call.status)
        if not again:
            call.status = status
            call.setup_s = time.time() - call.invited_at
            to = _TO.search(text)
            call.to = to[1].strip() if to else ""
        if status == 200:
            self._begin(call, text, again)
        else:
            self._let_go(call)
        self._send(call, "ACK", cseq=1)

    def _begin(self, call: LightCall, text: str, again: bool) -> None:
        contact, media = _CONTACT.search(text), _MEDIA.search(text)
        if again or not contact or not media:
            return
        call.remote = contact[1]
        call.routes = ", ".join(reversed(_ROUTE.findall(text))).replace("\r", "")
        call.media = ("127.0.0.1", int(media[1]))
        call.begun_at = time.time()
        heapq.heappush(self._due, (call.begun_at + PACKET_S, next(self._count), call, 0))

    def _answer(self, call: LightCall, text: str) -> None:
        if text.startswith("BYE "):
            call.ended_by_other = not call.gone
            call.over_at = call.over_at or time.time()
            call.gone = True
        if not text.startswith("ACK "):
            names = ("via:", "from:", "to:", "call-id:", "cseq:")
            kept = [line for line in text.split("\r\n")[1:] if line.lower().startswith(names)]
            answer = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
            self._sip.sendto(answer.encode(), self._target)

    # RTP

    def _send_media(self, call: LightCall, when: float, step: int, now: float) -> None:
        if call.gone or call.media is None:
            self._let_go(call)
            return
        self.sent_late += now - when > PACKET_S
        period = round(self._key_every_s / PACKET_S) if self._key_every_s else 0
        phase = (step + 37 * call.number) % period if period else -1
        if 0 <= phase < PRESSED and step > period // 2:
            duration = (phase + 1) * SAMPLES
            script = self._scripts[call.number % len(self._scripts)]
            key = EVENT_CODES.index(script[len(call.keys) % len(script)])
            self._rtp(call, EVENT, call.timestamp - phase * SAMPLES, struct.pack("!BBH", key, 10, duration))
            if phase == PRESSED - 1:
                self.keys += 1
                call.keys.append(now)
                for _ in range(RELEASED):
                    end = struct.pack("!BBH", key, 0x80 | 10, duration)
                    self._rtp(call, EVENT, call.timestamp - phase * SAMPLES, end)
        else:
            self._rtp(call, ALAW, call.timestamp, ALAW_SILENCE)
        call.timestamp += SAMPLES
        heapq.heappush(self._due, (when + PACKET_S, next(self._count), call, step + 1))

    def _rtp(self, call: LightCall, payload_type: int, timestamp: int, payload: bytes) -> None:
        call.sequence += 1
        header = struct.pack("!BBHII", 0x80, payload_type, call.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, call.number)
        call.rtp.sendto(header + payload, call.media or self._target)

    def _let_go(self, call: LightCall) -> None:
        """Of its socket: thousands of calls come and go in a long run."""
        if self._by_socket.pop(call.rtp.fileno(), None) is not None:
            self._poll.unregister(call.rtp)
            call.rtp.close()

    def _read_rtp(self, call: LightCall) -> None:
        while True:
            try:
                _, ancillary, _, _ = call.rtp.recvmsg(2048, 64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            seconds, nanoseconds = struct.unpack_from("qq", ancillary[0][2])
            at = seconds + nanoseconds / 1e9
            if call.gone:
                continue
            if call.last_at:
                call.gaps.append(at - call.last_at)
            call.last_at = at
            call.received += 1
