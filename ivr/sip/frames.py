"""A cheap copy of the samples in a media frame.

`bytes(frame.buf)` walks SWIG's wrapper of `std::vector<unsigned char>` byte by byte: a third of a millisecond for 20 ms
of sound, on the thread that keeps the time of all calls. The vector is three pointers (begin, end, end of memory) in
every C++ library that Linux uses, so its bytes can be copied at once; `check` proves it before anything relies on it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

_POINTER = ctypes.sizeof(ctypes.c_void_p)


def copy_vector(vector: Any) -> bytes:
    """The bytes of a `pj.ByteVector`, copied in one go."""
    address = int(vector.this)
    begin = ctypes.c_void_p.from_address(address).value or 0
    end = ctypes.c_void_p.from_address(address + _POINTER).value or 0
    return ctypes.string_at(begin, end - begin) if begin else b""


def copier() -> Callable[[Any], bytes]:
    """The quickest function that copies a `pj.ByteVector` rightly in this build of pjsua2."""
    pattern = bytes(range(256)) + bytes(64)
    vector = pj.ByteVector(pattern)
    if len(vector) == len(pattern) and _holds(vector, pattern):
        return copy_vector
    return bytes


def _holds(vector: Any, pattern: bytes) -> bool:
    """True if the first two words at the vector's address bound exactly `len(pattern)` bytes and those are they.

    The bounds are looked at before they are followed: a wrong guess must not read foreign memory.
    """
    begin, end = (ctypes.c_void_p.from_address(int(vector.this) + offset).value or 0 for offset in (0, _POINTER))
    return begin > 0 and end - begin == len(pattern) and ctypes.string_at(begin, len(pattern)) == pattern
