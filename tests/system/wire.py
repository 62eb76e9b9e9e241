"""What goes over the wire of a telephone, read and written by hand: SIP messages, RTP packets, G.711, key tones.

It shares nothing with `ivr.sip` or `audio`, so that tests do not ask the code under test what is right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLES = 160
TELEPHONE_EVENT = 101
CODECS = {8: "PCMA", 0: "PCMU", 18: "G729", TELEPHONE_EVENT: "telephone-event"}
SILENCE = {8: b"\xd5" * SAMPLES, 0: b"\xff" * SAMPLES}
EVENTS = "0123456789*#ABCD"
TONES = {
    digit: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, digit in zip((1209, 1336, 1477, 1633), row, strict=True)
}


@dataclass(frozen=True)
class Packet:
    """One RTP packet (RFC 3550) as it arrived; `at` is seconds."""

    at: float
    sequence: int
    timestamp: int
    payload_type: int
    marker: bool
    payload: bytes


@dataclass
class Message:
    """A SIP message (RFC 3261 section 7). Header names are lower case; compact forms are not used by PJSIP."""

    first_line: str
    headers: list[tuple[str, str]]
    body: str

    @staticmethod
    def parse(data: bytes) -> Message:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        return Message(first, headers, body)

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def status(self) -> int:
        """Status code of a response; 0 for a request."""
        return int(self.first_line.split()[1]) if self.first_line.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return self.get("cseq").split()[1]


def decode_alaw(payload: bytes) -> NDArray[np.int16]:
    """ITU-T G.711 A-law to 16-bit samples."""
    code = np.frombuffer(payload, np.uint8) ^ 0x55
    exponent = ((code & 0x70) >> 4).astype(np.int32)
    mantissa = ((code & 0x0F).astype(np.int32) << 4) + 8
    magnitude = np.where(exponent > 0, (mantissa + 0x100) << np.maximum(exponent - 1, 0), mantissa)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def decode_mulaw(payload: bytes) -> NDArray[np.int16]:
    """ITU-T G.711 µ-law to 16-bit samples."""
    code = ~np.frombuffer(payload, np.uint8) & 0xFF
    exponent = ((code & 0x70) >> 4).astype(np.int32)
    magnitude = ((((code & 0x0F).astype(np.int32) << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


ALAW = decode_alaw(bytes(range(256))).astype(np.int32)
MULAW = decode_mulaw(bytes(range(256))).astype(np.int32)


def encode(samples: NDArray[np.int16], payload_type: int) -> bytes:
    """16-bit samples to G.711 by nearest code word: slow and right."""
    table = ALAW if payload_type == 8 else MULAW
    order = np.argsort(table, kind="stable")
    middles = (table[order][1:] + table[order][:-1]) / 2
    return bytes(order[np.searchsorted(middles, samples)].astype(np.uint8))


def tone(digit: str, seconds: float, level: float = 0.2) -> NDArray[np.int16]:
    """The two tones of a key (ITU-T Q.23), each at `level` of full scale."""
    time_axis = np.arange(round(seconds * 8000)) / 8000
    low, high = (np.sin(2 * np.pi * frequency * time_axis) for frequency in TONES[digit])
    wave: NDArray[np.float64] = (low + high) * level * 32767
    return wave.astype(np.int16)


def decode(payload: bytes, payload_type: int) -> NDArray[np.int16]:
    """G.711 of either law to 16-bit samples."""
    return decode_alaw(payload) if payload_type == 8 else decode_mulaw(payload)
