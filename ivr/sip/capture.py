"""The packets of one call, written as a pcap file that Wireshark opens.

Packets are read beside the telephone, from the kernel (packet(7)), which needs the right `CAP_NET_RAW`; what the call
itself does is not touched.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ivr.sip.invitation import read_body, read_headers, user_of

_ETH_P_IP = 0x0800
_UDP, _TCP = 17, 6
#: pcap: packets begin with their IP header (LINKTYPE_RAW).
_LINKTYPE_RAW = 101
_LONGEST = 65535
_MEDIA = re.compile(r"^m=audio (\d+)", re.M)
_ADDRESS = re.compile(r"^c=IN IP4 (\S+)", re.M)
#: How long after the end of a call its last packets are waited for, in seconds.
_LINGER_S = 1.0


class CallFilter:
    """Decides packet by packet what belongs to the call: its SIP by Call-ID, its RTP and RTCP by the SDP in it.

    Args:
        caller: number of the caller whose next call is meant; None for anybody.
        sip_call_id: the Call-ID, where it is known.

    Attributes:
        sip_call_id: of the call, once it is known.
        over: the call has ended.
    """

    def __init__(self, caller: str | None = None, sip_call_id: str = "") -> None:
        self.sip_call_id = sip_call_id
        self.over = False
        self._caller = caller
        self._media: set[tuple[str, int]] = set()

    def wants(self, packet: bytes) -> bool:
        """Whether to keep this IPv4 packet."""
        header = (packet[0] & 0x0F) * 4
        protocol = packet[9]
        if protocol not in (_UDP, _TCP) or len(packet) < header + 8:
            return False
        source_port, target_port = struct.unpack_from("!HH", packet, header)
        source, target = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
        if (source, source_port) in self._media or (target, target_port) in self._media:
            return True
        start = header + (8 if protocol == _UDP else (packet[header + 12] >> 4) * 4)
        payload = packet[start:]
        return self._is_ours(payload.decode("utf-8", "replace")) if b"SIP/2.0" in payload[:2000] else False

    def _is_ours(self, message: str) -> bool:
        headers = read_headers(message)
        call_id = headers.get("call-id", "")
        begins = message.startswith("INVITE ") and "tag=" not in headers.get("to", "")
        if not self.sip_call_id and begins and self._caller in (None, user_of(headers.get("from", ""))):
            self.sip_call_id = call_id
        if not call_id or call_id != self.sip_call_id:
            return False
        body = read_body(message)
        media, address = _MEDIA.search(body), _ADDRESS.search(body)
        if media and address:
            port = int(media[1])
            self._media |= {(address[1], port), (address[1], port + 1)}
        refused = message.startswith("SIP/2.0 ") and message[8] in "456" and headers.get("cseq", "").endswith("INVITE")
        if message.startswith("BYE ") or refused:
            self.over = True
        return True


def write_header(out: BinaryIO) -> None:
    """The head of a pcap file."""
    out.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _LONGEST, _LINKTYPE_RAW))


def write_packet(out: BinaryIO, at: float, packet: bytes) -> None:
    """One packet, at a time in seconds since the epoch."""
    seconds, fraction = divmod(at, 1)
    out.write(struct.pack("=IIII", int(seconds), int(fraction * 1e6), len(packet), len(packet)) + packet)


def capture(file: Path, wanted: CallFilter, seconds: float, begun: Callable[[], None]) -> int:
    """Write the packets of a call until it is over, or for so long.

    Args:
        begun: called when packets are being watched.

    Returns:
        How many packets were kept.

    Raises:
        PermissionError: this process may not see packets.
        OSError: the file cannot be written.
    """
    kept = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP)) as packets:
        packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        packets.settimeout(0.2)
        with file.open("xb") as out:
            file.chmod(0o600)
            write_header(out)
            begun()
            deadline = time.monotonic() + seconds
            lingering = False
            while time.monotonic() < deadline:
                if wanted.over and not lingering:
                    lingering, deadline = True, min(deadline, time.monotonic() + _LINGER_S)
                try:
                    packet, (_, _, kind, *_) = packets.recvfrom(_LONGEST)
                except TimeoutError:
                    continue
                if _counts_once(packet, kind) and wanted.wants(packet):
                    write_packet(out, time.time(), packet)
                    kept += 1
    return kept


def _counts_once(packet: bytes, kind: int) -> bool:
    """On loopback each packet is seen twice, going out and coming in; 127.0.0.0/8 counts when it comes in."""
    return len(packet) >= 20 and (kind != socket.PACKET_OUTGOING or packet[12] != 127)
