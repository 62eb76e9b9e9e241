"""Sound of the mixer kept in memory without a line of Python on its thread.

PJSIP's writer of WAV files is a port that copies each frame into a buffer, and writes the buffer to its file when it is
full. Given `/dev/null` and a buffer of four seconds, that buffer is a ring: Python reads from it when it likes. A port
whose frames come to Python (`ivr.sip.tap.FrameTap`) costs the mixer's thread an interpreter state, the interpreter lock
and some 50 µs for each frame of each port, whether or not anybody listens.

Where the buffer is stands in no header. It is found by what a trial frame leaves behind, and not used if that fails.
"""

from __future__ import annotations

import ctypes
import logging

from ivr.sip.native import Native

log = logging.getLogger(__name__)

_RATE, _CHANNELS, _BITS, _FRAME_SAMPLES = 8000, 1, 16, 160
FRAME_BYTES = _FRAME_SAMPLES * _BITS // 8
#: Four seconds. A worker that does not turn for so long is replaced.
_RING_FRAMES = 200
_RING_BYTES = _RING_FRAMES * FRAME_BYTES
#: `PJMEDIA_FILE_WRITE_PCM`, `PJMEDIA_FRAME_TYPE_AUDIO`.
_PCM, _AUDIO = 0, 1
#: Where the buffer's place is looked for: within so many words of the port, all of them in its pool's first block.
_WORDS = 128
_POOL_BYTES = _RING_BYTES + 16384
_POINTER = ctypes.c_void_p
_FUNCTIONS = {
    "pjsua_pool_create": (_POINTER, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t),
    "pjmedia_wav_writer_port_create": (
        ctypes.c_int,
        *(_POINTER, ctypes.c_char_p),
        *(5 * (ctypes.c_uint,)),
        *(ctypes.c_ssize_t, ctypes.POINTER(_POINTER)),
    ),
    "pjmedia_wav_writer_port_get_pos": (ctypes.c_ssize_t, _POINTER),
    "pjmedia_port_put_frame": (ctypes.c_int, _POINTER, _POINTER),
    "pjsua_conf_add_port": (ctypes.c_int, _POINTER, _POINTER, ctypes.POINTER(ctypes.c_int)),
    "pjsua_conf_connect": (ctypes.c_int, ctypes.c_int, ctypes.c_int),
    "pjsua_conf_disconnect": (ctypes.c_int, ctypes.c_int, ctypes.c_int),
}


class _Frame(ctypes.Structure):
    """`pjmedia_frame`."""

    _fields_ = (
        ("kind", ctypes.c_int),
        ("samples", _POINTER),
        ("size", ctypes.c_size_t),
        ("timestamp", ctypes.c_uint64),
        ("bits", ctypes.c_uint32),
    )


class RingError(Exception):
    """This build of PJSIP has no such port, or it is not as we take it to be."""


class Ring:
    """A port of the mixer that keeps the last four seconds of what it hears. It is never given up.

    Raises:
        RingError: it cannot be made.
    """

    def __init__(self, native: Native) -> None:
        functions = native.functions(_FUNCTIONS)
        if functions is None:
            raise RingError("functions are missing")
        self._functions = functions
        pool = functions["pjsua_pool_create"](b"ring", _POOL_BYTES, 4096)
        port = _POINTER()
        _check(
            functions["pjmedia_wav_writer_port_create"](
                *(pool, b"/dev/null", _RATE, _CHANNELS, _FRAME_SAMPLES, _BITS, _PCM),
                *(_RING_BYTES, ctypes.byref(port)),
            )
        )
        assert port.value is not None
        self._port = port.value
        self._buffer = self._find_buffer()
        slot = ctypes.c_int()
        _check(functions["pjsua_conf_add_port"](pool, self._port, ctypes.byref(slot)))
        self._slot = slot.value
        self._read = self.written

    @property
    def written(self) -> int:
        """Bytes that it has heard since it was made."""
        return int(self._functions["pjmedia_wav_writer_port_get_pos"](self._port))

    def connect(self, source: int) -> None:
        """Hear a slot of the mixer, too."""
        status = self._functions["pjsua_conf_connect"](source, self._slot)
        if status != 0:
            log.info("slot %d cannot be heard: status %d", source, status)

    def disconnect(self, source: int) -> None:
        """Undo `connect`."""
        status = self._functions["pjsua_conf_disconnect"](source, self._slot)
        if status != 0:
            log.info("slot %d cannot be left: status %d", source, status)

    def skip(self) -> None:
        """Pass over what is there."""
        self._read = self.written

    def take(self) -> bytes:
        """What it has heard since this was asked last, whole frames; the last four seconds if it is more."""
        written = self.written
        # The oldest frame may be written over while it is read.
        begin = max(self._read, written - _RING_BYTES + FRAME_BYTES)
        self._read = written
        first, last = begin % _RING_BYTES, written % _RING_BYTES
        if begin == written:
            return b""
        if first < last:
            return ctypes.string_at(self._buffer + first, last - first)
        return ctypes.string_at(self._buffer + first, _RING_BYTES - first) + ctypes.string_at(self._buffer, last)

    def _find_buffer(self) -> int:
        """Address of the buffer: after a word that is its size, and before one that moves with each frame.

        Raises:
            RingError: there is none.
        """
        words = (ctypes.c_size_t * _WORDS).from_address(self._port)
        before = list(words)
        found = [
            index + 1
            for index in range(_WORDS - 2)
            if before[index] == _RING_BYTES and before[index + 1] == before[index + 2] != 0
        ]
        trial = ctypes.create_string_buffer(bytes(range(256)) + bytes(range(FRAME_BYTES - 256)), FRAME_BYTES)
        frame = _Frame(_AUDIO, ctypes.addressof(trial), FRAME_BYTES, 0, 0)
        _check(self._functions["pjmedia_port_put_frame"](self._port, ctypes.byref(frame)))
        for index in found:
            address = before[index]
            moved = words[index] == address and words[index + 1] == address + FRAME_BYTES
            if moved and self.written == FRAME_BYTES and ctypes.string_at(address, FRAME_BYTES) == trial.raw:
                return int(address)
        raise RingError("its buffer is not where it should be")


def _check(status: int) -> None:
    if status != 0:
        raise RingError(f"status {status}")
