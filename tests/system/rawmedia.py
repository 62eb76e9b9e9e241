"""The sound of a telephone of plain sockets: RTP and keys written out by hand, and what arrives, with its time.

The loop that sends and receives is here, too; `tests.system.rawphone` puts SIP on top.
"""

from __future__ import annotations

import heapq
import itertools
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.system.wire import EVENTS, SAMPLES, SILENCE, TELEPHONE_EVENT, Packet, decode, encode

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
class RawMedia:
    """One stream each way, and a socket for signalling of which only the other half knows more.

    Attributes:
        local: address to send from.
        arrivals: RTP received so far.
        sending: send silence when there is nothing else to send.
        sip_port: port for signalling; any free one if it is 0.
        event_type: payload type of keys.
        codec: payload type of the audio, once the call is answered.
        loss: share of our audio packets that get lost on the way, 0 to 1.
    """

    local: str = "127.0.0.1"
    arrivals: list[Packet] = field(default_factory=list)
    sending: bool = True
    codec: int = 8
    sip_port: int = 0
    event_type: int = TELEPHONE_EVENT
    loss: float = 0.0

    def __post_init__(self) -> None:
        self._signalling = self._socket(self.sip_port)
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
        self._media_target: tuple[str, int] | None = None
        self._in_call = False

    def _on_signal(self, data: bytes, at: float) -> None:
        """Something came to the signalling socket."""
        raise NotImplementedError

    def _so_far(self) -> str:
        """What was signalled, for whoever waited in vain."""
        raise NotImplementedError

    def close(self) -> None:
        for sock in (self._signalling, self._rtp, self._rtcp):
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

    # --- sending ---

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
        if self._random.random() < self.loss:
            self.lose(1)
            return
        self._send_rtp(self.codec, self._timestamp, chunk or SILENCE[self.codec])
        self._timestamp += SAMPLES

    def _on_rtp(self, data: bytes, at: float) -> None:
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        _, second, sequence, timestamp = struct.unpack("!BBHI", data[:8])
        self.arrivals.append(Packet(at, sequence, timestamp, second & 0x7F, second >= 0x80, data[12:]))

    # --- the loop ---

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
                raise NothingCameError(
                    f"nothing within {timeout} s; {self._so_far()}; {len(self.arrivals)} RTP packets"
                )
            waits = [deadline]
            if self._in_call:
                waits.append(self._next_media)
            if self._due:
                waits.append(self._due[0][0])
            readable, _, _ = select.select(
                [self._signalling, self._rtp], [], [], max(0.0, min(*waits, now + 0.05) - now)
            )
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
            (self._on_rtp if sock is self._rtp else self._on_signal)(data, at)

    def lose(self, packets: int) -> None:
        """Leave out so many packets, as if they had been lost on the way."""
        self._sequence += packets
        self._timestamp += packets * SAMPLES

    def hesitate(self, seconds: float) -> None:
        """Send nothing for a moment, then what was due in one go, as a bad line does."""
        threading.Event().wait(seconds)
        self._send_what_is_due()

    # --- what was heard ---

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
