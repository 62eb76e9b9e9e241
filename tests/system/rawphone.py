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

import heapq
import itertools
import random
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from tests.system.dialog import Dialog
from tests.system.wire import (
    CODECS,
    EVENTS,
    SAMPLES,
    SILENCE,
    TELEPHONE_EVENT,
    Message,
    Packet,
    decode,
    encode,
)

SO_TIMESTAMPNS = 35
PACKET_S = 0.02


class NothingCameError(AssertionError):
    """What was waited for did not happen in time."""


@dataclass(frozen=True)
class Press:
    """When a key was sent: its first packet, its last audible packet (the first one with the end bit), in seconds."""

    first_packet: float
    last_packet: float


@dataclass
class RawPhone:
    """A caller of one call.

    Attributes:
        codecs: payload types offered, in order.
        local: address to send from.
        arrivals: RTP received so far.
        messages: SIP received so far.
        ended_by_other: a BYE came.
        answered_at: when 200 to INVITE arrived, seconds.
        sending: send silence when there is nothing else to send.
        contact_host: written into the Contact header in place of our address.
        sip_port: port for SIP; any free one if it is 0.
        event_type: payload type of keys.
        display: say that MESSAGE is taken (RFC 3428).
        codec: payload type of the audio, once the call is answered.
    """

    codecs: tuple[int, ...] = (8, 0, TELEPHONE_EVENT)
    local: str = "127.0.0.1"
    user: str = "13800000000"
    arrivals: list[Packet] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    ended_by_other: bool = False
    answered_at: float = 0.0
    sending: bool = True
    codec: int = 8
    contact_host: str = ""
    sip_port: int = 0
    event_type: int = TELEPHONE_EVENT
    display: bool = False

    def __post_init__(self) -> None:
        self._sip = self._socket(self.sip_port)
        self._rtp, self._rtcp = self._media_sockets()
        self._random = random.Random()
        self._sequence = self._random.randrange(0x8000)
        self._timestamp = self._random.randrange(0x80000000)
        self._ssrc = self._random.randrange(0x100000000)
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = itertools.count()
        self._audio = b""
        self._event_until = 0.0
        self._next_media = 0.0
        self._target: tuple[str, int] = ("", 0)
        self._media_target: tuple[str, int] | None = None
        self._dialog: Dialog | None = None
        self._offered = True
        self._in_call = False

    def __enter__(self) -> RawPhone:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._in_call and not self.ended_by_other:
            self._send(self._talk.request("BYE"))
        for sock in (self._sip, self._rtp, self._rtcp):
            sock.close()

    def _socket(self, port: int = 0) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            sock.bind((self.local, port))
        except OSError:
            sock.close()
            raise
        sock.setblocking(False)
        return sock

    def _media_sockets(self) -> tuple[socket.socket, socket.socket]:
        """A pair of ports for RTP and RTCP (RFC 3550 section 11). RTCP is not read, but nobody else shall get it."""
        while True:
            rtp = self._socket()
            port = rtp.getsockname()[1]
            if port % 2 == 0:
                try:
                    return rtp, self._socket(port + 1)
                except OSError:
                    pass
            rtp.close()

    # --- SIP -------------------------------------------------------------------------------------------------------

    @property
    def _talk(self) -> Dialog:
        assert self._dialog is not None, "not called yet"
        return self._dialog

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
        here = f"{self.local}:{self._sip.getsockname()[1]}"
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
        self._sip.sendto(text.encode(), self._target)

    def _on_message(self, data: bytes, at: float) -> None:
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

    def await_call(self, timeout: float = 30.0) -> Message:
        """Wait until somebody calls, answer at once, and return their INVITE."""
        self.run(lambda: self._in_call, timeout)
        return self.messages[0]

    def _take_call(self, invite: Message) -> None:
        place = re.search(r"UDP ([^:;\s]+):(\d+)", invite.get("via"))
        assert place
        self._target = (place[1], int(place[2]))
        self._dialog = Dialog.of_invite(self.user, f"{self.local}:{self._sip.getsockname()[1]}", invite)
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

    # --- RTP -------------------------------------------------------------------------------------------------------

    def press(self, digit: str, *, tone_ms: int = 100, end_packets: int = 3) -> Press:
        """Send a key as an RFC 4733 event (one packet each 20 ms) and return when its last packet has gone out."""
        packets = max(1, tone_ms // 20)
        times: list[float] = []
        timestamp = self._timestamp
        start = self._next_media

        def event(duration: int, end: bool, first: bool, step: int) -> Callable[[float], None]:
            def send(at: float) -> None:
                payload = struct.pack("!BBH", EVENTS.index(digit), (0x80 if end else 0) | 10, duration)
                self._send_rtp(self.event_type, timestamp, payload, marker=first)
                times.append(at)
                self._timestamp += step

            return send

        for index in range(packets):
            self._at(start + index * PACKET_S, event((index + 1) * SAMPLES, False, index == 0, SAMPLES))
        for _ in range(end_packets):
            self._at(start + packets * PACKET_S, event(packets * SAMPLES, True, False, 0))
        self._event_until = start + packets * PACKET_S
        self.run(lambda: len(times) == packets + end_packets, 2.0 + tone_ms / 1000)
        return Press(times[0], times[packets] if end_packets else times[-1])

    def send_event_packet(
        self, digit: str, duration: int, *, end: bool, timestamp: int, sequence: int | None = None
    ) -> None:
        """Send one hand-made event packet now; `timestamp` and `duration` are RTP clock ticks."""
        payload = struct.pack("!BBH", EVENTS.index(digit), (0x80 if end else 0) | 10, duration)
        self._send_rtp(self.event_type, timestamp, payload, sequence=sequence)

    def play(self, samples: NDArray[np.int16]) -> Press:
        """Send audio (8 kHz) in place of silence and return when it has gone out."""
        whole = np.concatenate([samples, np.zeros(-len(samples) % SAMPLES, np.int16)])
        self._audio = encode(whole, self.codec)
        first = self._next_media
        self.run(lambda: not self._audio, 2.0 + len(samples) / 8000)
        return Press(first, first + len(samples) / 8000)

    def _at(self, when: float, action: Callable[[float], None]) -> None:
        heapq.heappush(self._due, (when, next(self._count), action))

    def _send_rtp(
        self, payload_type: int, timestamp: int, payload: bytes, *, marker: bool = False, sequence: int | None = None
    ) -> None:
        if self._media_target is None:
            return
        number = self._sequence if sequence is None else sequence
        if sequence is None:
            self._sequence += 1
        header = struct.pack(
            "!BBHII",
            0x80,
            payload_type | (0x80 if marker else 0),
            number & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            self._ssrc,
        )
        self._rtp.sendto(header + payload, self._media_target)

    def _send_audio(self) -> None:
        chunk, self._audio = self._audio[:SAMPLES], self._audio[SAMPLES:]
        self._send_rtp(self.codec, self._timestamp, chunk or SILENCE[self.codec])
        self._timestamp += SAMPLES

    def _on_rtp(self, data: bytes, at: float) -> None:
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        _, second, sequence, timestamp = struct.unpack("!BBHI", data[:8])
        self.arrivals.append(Packet(at, sequence, timestamp, second & 0x7F, second >= 0x80, data[12:]))

    # --- the loop --------------------------------------------------------------------------------------------------

    def listen(self, seconds: float) -> None:
        """Go on sending and receiving for so long."""
        until = time.time() + seconds
        self.run(lambda: time.time() >= until, seconds + 1)

    def run(self, until: Callable[[], bool], timeout: float) -> None:
        """Send and receive until the condition holds.

        Raises:
            NothingCameError: it did not come to hold.
        """
        deadline = time.time() + timeout
        while True:
            self._send_what_is_due()
            if until():
                return
            now = time.time()
            if now >= deadline:
                heard = [message.first_line for message in self.messages]
                raise NothingCameError(
                    f"nothing within {timeout} s; SIP so far: {heard}; {len(self.arrivals)} RTP packets"
                )
            waits = [deadline]
            if self._in_call:
                waits.append(self._next_media)
            if self._due:
                waits.append(self._due[0][0])
            readable, _, _ = select.select([self._sip, self._rtp], [], [], max(0.0, min(*waits, now + 0.05) - now))
            for sock in readable:
                self._receive(sock)

    def _send_what_is_due(self) -> None:
        while self._due and self._due[0][0] <= time.time():
            _, _, action = heapq.heappop(self._due)
            action(time.time())
        while self._in_call and self._next_media <= time.time():
            if self.sending and self._next_media >= self._event_until:
                self._send_audio()
            self._next_media += PACKET_S

    def _receive(self, sock: socket.socket) -> None:
        while True:
            try:
                data, ancillary, _, _ = sock.recvmsg(4096, 64)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
            at = seconds + nanoseconds / 1e9
            (self._on_message if sock is self._sip else self._on_rtp)(data, at)

    def lose(self, packets: int) -> None:
        """Leave out so many packets, as if they had been lost on the way."""
        self._sequence += packets
        self._timestamp += packets * SAMPLES

    def hesitate(self, seconds: float) -> None:
        """Send nothing for a moment, then what was due in one go, as a bad line does."""
        threading.Event().wait(seconds)
        self._send_what_is_due()

    # --- what was heard --------------------------------------------------------------------------------------------

    def heard(self, since: float = 0.0, until: float = float("inf")) -> NDArray[np.int16]:
        """The audio payloads that arrived in this time, in sequence, as samples."""
        payload = b"".join(p.payload for p in self.arrivals if since <= p.at <= until and p.payload_type == self.codec)
        return decode(payload, self.codec)

    def sound_after(self, at: float, *, level: int = 500, timeout: float = 5.0) -> Packet:
        """The first packet that arrived after `at` and is louder than `level` somewhere, waited for."""
        found: list[Packet] = []

        def come() -> bool:
            found.extend(self.loud_packets(at, level))
            return bool(found)

        self.run(come, timeout)
        return found[0]

    def loud_packets(self, since: float, level: int = 500) -> list[Packet]:
        """The audio packets since `since` that are louder than `level` somewhere."""
        return [
            packet
            for packet in self.arrivals
            if packet.at > since
            and packet.payload_type == self.codec
            and packet.payload
            and int(np.abs(decode(packet.payload, self.codec).astype(np.int32)).max()) > level
        ]
