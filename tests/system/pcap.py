"""Writes keys as a packet capture, for SIPp to replay: Debian's package of SIPp comes without its own."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.system.wire import EVENTS, SAMPLES, TELEPHONE_EVENT

_ETHERNET = 1
_PACKET_US = 20_000


def write_keys(path: Path, keys: str, *, packets: int = 5, ends: int = 3) -> None:
    """Write RFC 4733 events: each key lasts `packets` times 20 ms and ends with `ends` packets, 100 ms between keys."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _ETHERNET)]
    sequence, at_us, timestamp = 1, 0, 160_000
    for key in keys:
        event = EVENTS.index(key)
        sent = [(False, index + 1) for index in range(packets)] + [(True, packets)] * ends
        for index, (end, length) in enumerate(sent):
            payload = struct.pack("!BBH", event, (0x80 if end else 0) | 10, length * SAMPLES)
            first = 0x80 if index == 0 else 0
            rtp = struct.pack("!BBHII", 0x80, TELEPHONE_EVENT | first, sequence, timestamp, 0x5EED) + payload
            out.append(_record(at_us, rtp))
            sequence += 1
            at_us += _PACKET_US
        at_us += 5 * _PACKET_US
        timestamp += (at_us // _PACKET_US) * SAMPLES
    path.write_bytes(b"".join(out))


def _record(at_us: int, payload: bytes) -> bytes:
    udp = struct.pack("!HHHH", 4000, 4000, 8 + len(payload), 0) + payload
    address = bytes([127, 0, 0, 1])
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, address, address) + udp
    frame = bytes(12) + b"\x08\x00" + ip
    return struct.pack("<IIII", at_us // 1_000_000, at_us % 1_000_000, len(frame), len(frame)) + frame
