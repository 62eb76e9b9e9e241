"""Ports of the mixer that are used again and again and never given up.

The mixer touches a port once a frame for as long as it exists, also one that is connected to nothing, and removes it
some time after it was asked to: one that Python let go would be touched after its end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ivr.sip.library import Library

#: The mixer acts once a frame: a port that was taken off a call may still get frames of it for so long, in seconds.
SETTLES_IN_S = 0.1

Port = TypeVar("Port", bound=Any)


class Pool(Generic[Port]):
    """Ports of one kind.

    Args:
        make: makes a new one, registered with the mixer.
    """

    def __init__(self, library: Library, make: Callable[[], Port]) -> None:
        self._library = library
        self._make = make
        self._free: list[Port] = []
        self._all: list[Port] = []

    def take(self) -> Port:
        """A port that is on no call."""
        if self._free:
            return self._free.pop()
        port = self._make()
        self._all.append(port)
        return port

    def give_back(self, port: Port) -> None:
        """Take a port that was taken off its call."""
        self._library.later(SETTLES_IN_S, self._free.append, port)

    def leave_to_pjsip(self, kind: type[Any] = object) -> None:
        """Before PJSIP ends: it frees the ports itself, and Python must not do it again.

        Args:
            kind: of the ports that pjsua2 has made.
        """
        for port in self._all:
            made: Any = port
            if isinstance(made, kind):
                made.this.disown()
