"""The few things of PJSIP's C interface that pjsua2 does not wrap, reached in the wheel's own shared library.

Each has a check that it is what we take it for, and a way to live without it.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pjsua2._pjsua2 as binary

log = logging.getLogger(__name__)

_INVALID_ID = -1
#: Where `pj::Call` keeps its number: after the pointer to its methods and the reference to its account.
_CALL_ID_OFFSET = 2 * ctypes.sizeof(ctypes.c_void_p)


class Native:
    """PJSIP's C functions in the library that pjsua2 was loaded from."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(binary.__file__)

    def be_quiet(self) -> None:
        """Keep PJSIP from writing to standard output before it has been told where to log."""
        function = self._function("pj_log_set_level", None, ctypes.c_int)
        if function:
            function(0)

    def max_calls(self) -> int | None:
        """How many calls this build of PJSIP takes at once; None if it does not say."""
        function = self._function("pjsua_call_get_max_count", ctypes.c_uint)
        return int(function()) if function else None

    def calls(self) -> int | None:
        """How many call slots are taken now; None if PJSIP does not say."""
        function = self._function("pjsua_call_get_count", ctypes.c_uint)
        return int(function()) if function else None

    def let_mixer_rest(self) -> None:
        """Stop the mixer's clock soon, unless something is connected to it. PJSIP looks only when something is parted,
        so a worker that has had no call would tick for nothing.
        """
        function = self._function("pjsua_check_snd_dev_idle", None)
        if function:
            function()

    def close_transport(self, handle: Any) -> None:
        """Close a connection. `handle` is that of `onTransportState`."""
        function = self._function("pjsip_transport_shutdown2", ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
        if function:
            function(int(handle), 1)

    def respond(self, received: Any, status: int) -> bool:
        """Answer a request of a dialog that PJSIP itself would refuse. Only inside `onCallTsxState`.

        Args:
            received: `SipRxData` of the request.
            status: SIP status code.

        Returns:
            False if PJSIP did not take it; it then answers 500 itself.
        """
        dialog_of = self._function("pjsip_rdata_get_dlg", ctypes.c_void_p, ctypes.c_void_p)
        dialog_respond = self._function(
            "pjsip_dlg_respond",
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_void_p,
        )
        if dialog_of is None or dialog_respond is None:
            return False
        message = int(received.pjRxData)
        dialog = dialog_of(message)
        return bool(dialog) and dialog_respond(dialog, message, status, None, None, None) == 0

    def functions(self, wanted: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
        """Functions by name; None if this build lacks one of them.

        Args:
            wanted: name to the types of its result and of its arguments.
        """
        found = {name: self._function(name, *types) for name, types in wanted.items()}
        return None if None in found.values() else found

    def _function(self, name: str, result: Any, *arguments: Any) -> Any:
        try:
            function = getattr(self._library, name)
        except AttributeError:
            return None
        function.restype = result
        function.argtypes = list(arguments)
        return function


def let_go(call: Any) -> None:
    """Make the end of a `pj.Call` object harmless, once its call has ended.

    Its destructor hangs up whatever call has its number, and by then that may be the next caller's. So the number
    inside the object is set to none. Where the object is not built as expected it is left to PJSIP for good instead:
    some hundred bytes, and no call lost.
    """
    call_id = call.getId()
    number = ctypes.c_int.from_address(int(call.this) + _CALL_ID_OFFSET)
    if number.value == call_id:
        number.value = _INVALID_ID
    if call.getId() != _INVALID_ID:
        log.warning("pj::Call is not laid out as expected; leaving call %d in memory", call_id)
        call.this.disown()
