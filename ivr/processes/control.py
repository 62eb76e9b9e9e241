"""The supervisor's socket: whoever may open it asks for the state of the processes and gives orders.

One JSON object on a line each way. A request has `do`; an answer has `ok`, and `error` when it is false. The socket is
for the owner of the data folder only.
"""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

log = logging.getLogger(__name__)

#: What is done for each `do`: takes the whole request, gives the rest of the answer. ValueError is an error to tell.
Handlers = Mapping[str, Callable[[dict[str, Any]], "dict[str, Any] | Deferred[dict[str, Any]]"]]

_LONGEST = 1 << 20


class ControlError(Exception):
    """The supervisor did not do it, or there is none; the message says why."""


class _Connection(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = _LONGEST

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        maybeDeferred(self._handle, line).addCallbacks(self._done, self._failed)

    def _handle(self, line: bytes) -> Any:
        request = json.loads(line)
        if not isinstance(request, dict) or request.get("do") not in self._handlers:
            raise ValueError(f"there is: {', '.join(sorted(self._handlers))}")
        return self._handlers[request["do"]](request)

    def _done(self, answer: dict[str, Any]) -> None:
        self._say({"ok": True, **answer})

    def _failed(self, failure: Failure) -> None:
        if not failure.check(ValueError):
            log.error("a request of the control socket failed: %s", failure.getTraceback())
        self._say({"ok": False, "error": str(failure.value)})

    def _say(self, answer: Mapping[str, Any]) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")


class _Connections(Factory):
    noisy = False

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    def buildProtocol(self, addr: object) -> _Connection:  # noqa: N802
        return _Connection(self._handlers)


def listen(reactor: Any, path: Path, handlers: Handlers) -> None:
    """Answer requests at this socket. One that another supervisor has left behind is replaced.

    Raises:
        ControlError: a supervisor answers there already.
    """
    if path.exists():
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.connect(str(path))
        except OSError:
            path.unlink()
        else:
            raise ControlError(f"网关已经在运行 / a gateway already runs in this data folder ({path})")
    reactor.listenUNIX(str(path), _Connections(handlers), mode=0o600)


def ask(path: Path, request: Mapping[str, Any], timeout_s: float = 10.0) -> dict[str, Any]:
    """Ask the supervisor and wait for its answer.

    Raises:
        ControlError: there is no supervisor, it did not answer, or it says no.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(str(path))
            with connection.makefile("rwb") as stream:
                stream.write(json.dumps(request).encode() + b"\n")
                stream.flush()
                line = stream.readline(_LONGEST)
    except OSError as error:
        raise ControlError(f"网关没有在运行？ / is the gateway running? {path}: {error}") from error
    if not line:
        raise ControlError(f"{path}: 没有回答 / no answer")
    answer: dict[str, Any] = json.loads(line)
    if not answer["ok"]:
        raise ControlError(str(answer["error"]))
    return answer
