"""G.711 A-law and mu-law, by table (ITU-T G.711; the integer form is that of the ITU-T G.191 software tools)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from audio.pcm import Samples

Octets = npt.NDArray[np.uint8]

#: A sine whose peaks just reach the largest 16-bit sample has this level (ITU-T G.711, table 1: A-law 3.14 dBm0).
FULL_SCALE_SINE_DBM0 = 3.14


def encode_alaw(samples: Samples) -> Octets:
    """A-law octets uint8 [n] of int16 [n], even bits inverted as they go on the wire."""
    octets: Octets = _ALAW_OF_PCM[samples.view(np.uint16)]
    return octets


def decode_alaw(octets: Octets) -> Samples:
    """Int16 [n] of A-law octets uint8 [n]."""
    return _PCM_OF_ALAW[octets]


def encode_ulaw(samples: Samples) -> Octets:
    """Mu-law octets uint8 [n] of int16 [n], all bits inverted as they go on the wire."""
    octets: Octets = _ULAW_OF_PCM[samples.view(np.uint16)]
    return octets


def decode_ulaw(octets: Octets) -> Samples:
    """Int16 [n] of mu-law octets uint8 [n]."""
    return _PCM_OF_ULAW[octets]


def _every_sample() -> npt.NDArray[np.int64]:
    """All 16-bit samples in the order of their unsigned bit patterns: 0..32767, -32768..-1."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int64)


def _magnitude(samples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """One's complement magnitude: -1 is as large as 0, as the coders have it."""
    return np.where(samples < 0, -samples - 1, samples)


def _make_alaw_encoder() -> Octets:
    samples = _every_sample()
    twelve_bits = _magnitude(samples) >> 4
    segment = np.maximum(np.floor(np.log2(np.maximum(twelve_bits, 1))).astype(np.int64) - 4, 0)
    linear_part = twelve_bits < 32
    code = np.where(linear_part, twelve_bits, ((segment + 1) << 4) + ((twelve_bits >> segment) & 0x0F))
    octets: Octets = ((code | np.where(samples >= 0, 0x80, 0)) ^ 0x55).astype(np.uint8)
    return octets


def _make_alaw_decoder() -> Samples:
    code = np.arange(256, dtype=np.int64) ^ 0x55
    segment, step = (code & 0x7F) >> 4, code & 0x0F
    value = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, value, -value).astype(np.int16)


def _make_ulaw_encoder() -> Octets:
    samples = _every_sample()
    biased = np.minimum((_magnitude(samples) >> 2) + 33, 0x1FFF)
    segment = np.floor(np.log2(biased)).astype(np.int64) - 5
    code = (segment << 4) | ((biased >> (segment + 1)) & 0x0F)
    octets: Octets = (~(code | np.where(samples < 0, 0x80, 0)) & 0xFF).astype(np.uint8)
    return octets


def _make_ulaw_decoder() -> Samples:
    code = ~np.arange(256, dtype=np.int64) & 0xFF
    value = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -value, value).astype(np.int16)


_ALAW_OF_PCM = _make_alaw_encoder()
_PCM_OF_ALAW = _make_alaw_decoder()
_ULAW_OF_PCM = _make_ulaw_encoder()
_PCM_OF_ULAW = _make_ulaw_decoder()
