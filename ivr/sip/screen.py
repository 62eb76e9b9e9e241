"""Keeps messages away from PJSIP that would end its process.

This build of PJSIP has its assertions switched on: what it takes for impossible ends the process and all its calls, and
a stranger's message can be so. A module of our own, called before any of PJSIP's own layers, looks at every message.
One that is unsound gets 400; where nothing can be answered (ACK, responses) it is dropped, as if it had been lost.
"""

from __future__ import annotations

import ctypes
import logging
import re
import time
from collections.abc import Callable
from typing import Any

from ivr.sip.native import Native

log = logging.getLogger(__name__)

#: Longest address or name in a description, in bytes: that of a host (RFC 1035 section 2.3.4), and of PJSIP's buffers.
_LONGEST_WORD = 253
#: Lines in which PJSIP looks for addresses.
_WITH_ADDRESSES = (b"c=", b"o=", b"m=", b"a=rtcp:", b"a=candidate:", b"a=remote-candidates:")
_BAD_REQUEST = 400
# PJSIP takes a bare CR or LF for the end of a line, too.
_LINE_END = re.compile(r"\r\n|\r|\n")
_FOLDED = re.compile(r"\n[ \t]+")
_WORD = re.compile(r"[ \t]")
#: What is no parameter of a header: a display name, and an address in brackets with its own parameters.
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|<[^>]*>')
_TAG = re.compile(r";\s*tag\s*=\s*[^\s;]", re.IGNORECASE)
#: Before the layer of transactions, which has 16; layers of transports have 8.
_PRIORITY = 4
_COMPLAIN_EVERY_S = 60.0


def problem_of_request(text: str) -> str:
    """What PJSIP cannot stand in the head of a request; empty if it may have it.

    - PJSIP finds the transaction of a request by the method in CSeq, and takes for impossible that another method
      stands in the first line, which RFC 3261 (section 8.1.1.5) forbids.
    - It answers an ACK without a tag in To that looks like a merged request (section 8.2.2.2), and then takes it for
      impossible that an ACK is answered. Every ACK has the tag of the response (sections 13.2.2.4 and 17.1.1.3).
    """
    head, _, _ = _LINE_END.sub("\n", text.lstrip("\r\n")).partition("\n\n")
    first, *lines = _FOLDED.sub(" ", head).split("\n")
    method = _WORD.split(first, maxsplit=1)[0]
    is_ack = method.upper().startswith("ACK")  # as PJSIP compares it
    for line in lines:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        if name == "cseq" and value.split()[1:] != [method]:
            return "another method in CSeq than in the first line"
        if is_ack and name in ("to", "t") and not _TAG.search(_QUOTED.sub("", value)):
            return "an ACK without the tag of a response"
    return ""


def problem_of_description(description: bytes) -> str:
    """What PJSIP cannot stand in a session description (RFC 8866); empty if it may have it."""
    for line in description.splitlines():
        if line.startswith(_WITH_ADDRESSES) and any(len(word) > _LONGEST_WORD for word in line.split()):
            return f"a word of more than {_LONGEST_WORD} bytes in a line that begins with {line[:2].decode()}"
    return ""


class _Text(ctypes.Structure):
    """`pj_str_t`."""

    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_ssize_t))

    def content(self) -> bytes:
        return ctypes.string_at(self.start, self.length) if self.start and self.length > 0 else b""


class _Received(ctypes.Structure):
    """The beginning of `pjsip_rx_data` of PJSIP 2.15, where datagrams have at most 4,000 bytes."""

    _fields_ = (
        ("tp_info", ctypes.c_byte * 304),
        ("timestamp", ctypes.c_long * 2),
        ("packet", ctypes.c_char * 4000),
        ("zero", ctypes.c_uint32),
        ("length", ctypes.c_ssize_t),
        ("source", ctypes.c_byte * 88),
        ("message", ctypes.c_void_p),
        ("message_length", ctypes.c_int),
    )

    def text(self) -> str | None:
        """The message as it came; None if the structure is not what we take it for."""
        start = ctypes.addressof(self) + _Received.packet.offset
        if not (
            self.message
            and start <= self.message <= start + _Received.packet.size
            and 0 < self.message_length <= start + _Received.packet.size - self.message
        ):
            return None
        return ctypes.string_at(self.message, self.message_length).decode("utf-8", "surrogateescape")


_OnMessage = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


class _Module(ctypes.Structure):
    """`pjsip_module` of PJSIP 2.15."""

    _fields_ = (
        ("previous", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("name", _Text),
        ("id", ctypes.c_int),
        ("priority", ctypes.c_int),
        ("load", ctypes.c_void_p),
        ("start", ctypes.c_void_p),
        ("stop", ctypes.c_void_p),
        ("unload", ctypes.c_void_p),
        ("on_rx_request", _OnMessage),
        ("on_rx_response", _OnMessage),
        ("on_tx_request", ctypes.c_void_p),
        ("on_tx_response", ctypes.c_void_p),
        ("on_tsx_state", ctypes.c_void_p),
    )


class Screen:
    """The module. It must be kept for as long as PJSIP runs.

    Args:
        now: seconds of a clock that only grows.

    Attributes:
        refused: how many messages were kept away.
    """

    def __init__(self, native: Native, now: Callable[[], float] = time.monotonic) -> None:
        self.refused = 0
        self._now = now
        self._blind = False
        self._complained_at = -_COMPLAIN_EVERY_S
        self._native = native
        self._name = ctypes.create_string_buffer(b"mod-xiangyin-screen")
        self._module = _Module(
            name=_Text(ctypes.addressof(self._name), len(self._name.value)),
            id=-1,
            priority=_PRIORITY,
            on_rx_request=_OnMessage(self._on_request),
            on_rx_response=_OnMessage(self._on_response),
        )

    def start(self) -> bool:
        """Begin. To be called when PJSIP is initialised; False if this build does not allow it."""
        functions = self._native.functions(
            {
                "pjsua_get_pjsip_endpt": (ctypes.c_void_p,),
                "pjsip_endpt_register_module": (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p),
                "pjsip_rdata_get_sdp_info": (ctypes.POINTER(_Text), ctypes.c_void_p),
                "pjsip_rx_data_get_info": (ctypes.c_char_p, ctypes.c_void_p),
                "pjsip_endpt_respond_stateless": (
                    ctypes.c_int,
                    *[ctypes.c_void_p] * 2,
                    ctypes.c_int,
                    *[ctypes.c_void_p] * 3,
                ),
            }
        )
        if functions is None:
            log.warning("this build of PJSIP cannot be screened from descriptions that end it")
            return False
        self._functions = functions
        self._endpoint = functions["pjsua_get_pjsip_endpt"]()
        status = functions["pjsip_endpt_register_module"](self._endpoint, ctypes.byref(self._module))
        if status != 0 or self._module.id < 0:
            log.warning("this build of PJSIP takes no module of ours: status %d", status)
            return False
        return True

    def _on_request(self, received: int) -> int:
        try:
            problem = self._problem_of_head(received) or self._problem_of_message(received)
            if problem:
                self._complain(problem)
                if b" ACK/" not in self._functions["pjsip_rx_data_get_info"](received):
                    self._functions["pjsip_endpt_respond_stateless"](
                        self._endpoint, received, _BAD_REQUEST, None, None, None
                    )
        except Exception:
            # There is nobody above but C.
            log.exception("a request could not be looked at")
            return 0
        return bool(problem)

    def _on_response(self, received: int) -> int:
        try:
            problem = self._problem_of_message(received)
            if problem:
                self._complain(problem)
        except Exception:
            # As for requests.
            log.exception("a response could not be looked at")
            return 0
        return bool(problem)

    def _problem_of_message(self, received: int) -> str:
        """The description is the very text that PJSIP would use, also from a body of many parts."""
        found: Any = self._functions["pjsip_rdata_get_sdp_info"](received)
        return problem_of_description(found.contents.content()) if found else ""

    def _problem_of_head(self, received: int) -> str:
        text = _Received.from_address(received).text()
        if text is not None:
            return problem_of_request(text)
        if not self._blind:
            self._blind = True
            log.warning("messages of this build of PJSIP are not laid out as expected: their heads are not screened")
        return ""

    def _complain(self, problem: str) -> None:
        self.refused += 1
        now = self._now()
        if now - self._complained_at >= _COMPLAIN_EVERY_S:
            self._complained_at = now
            log.warning("a message that PJSIP cannot stand: %s; %d so far", problem, self.refused)
