"""One connection to the speech worker. Nothing here waits or raises: what is sent goes into bounded buffers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from wyoming.event import Event

from ivr.flow.events import HearingFailure
from speech.wire import Address, WireError, encoded, read_event

log = logging.getLogger(__name__)

#: How long a connection may take to be made, in seconds.
CONNECT_S = 0.2
#: Most bytes that may wait to be sent: a second and a half of both sides of a call.
MOST_UNSENT = 48_000


class Connection:
    """A connection from the moment on at which it is wanted; what is sent before it is made waits.

    Args:
        told: called with each event of the worker.
        lost: called once when it breaks or cannot be made, with why and a detail for the log; never after `close`.
    """

    def __init__(
        self, address: Address, told: Callable[[Event], None], lost: Callable[[HearingFailure, str], None]
    ) -> None:
        self._address = address
        self._told = told
        self._lost = lost
        self._waiting: list[bytes] = []
        self._writer: asyncio.StreamWriter | None = None
        self._closed = False
        self._task = asyncio.ensure_future(self._run())
        self._task.add_done_callback(_report)

    def send(self, event: Event) -> None:
        """Send an event, soon. When the worker takes too little of what is sent, the connection is lost: `full`."""
        if self._closed:
            return
        if self._writer is None:
            self._waiting.append(encoded(event))
            unsent = sum(map(len, self._waiting))
        else:
            self._writer.write(encoded(event))
            unsent = self._writer.transport.get_write_buffer_size()
        if unsent > MOST_UNSENT:
            self._break("full", f"{unsent} bytes wait to be sent")

    def close(self) -> None:
        """Let go of it; what is unsent is dropped."""
        if not self._closed:
            self._closed = True
            self._task.cancel()
            if self._writer is not None:
                self._writer.transport.abort()

    async def _run(self) -> None:
        try:
            reader, writer = await asyncio.wait_for(self._address.connect(), CONNECT_S)
            self._writer = writer
            waiting, self._waiting = self._waiting, []
            writer.writelines(waiting)
            while (event := await read_event(reader)) is not None:
                self._told(event)
        except asyncio.TimeoutError:
            self._break("away", "it does not take the connection")
        except WireError as error:
            self._break("garbled", str(error)[:200])
        except OSError as error:
            self._break("away", str(error))
        else:
            self._break("away", "it closed the connection")

    def _break(self, reason: HearingFailure, detail: str) -> None:
        if not self._closed:
            self.close()
            self._lost(reason, f"{self._address}: {detail}")


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("what the speech worker said could not be acted upon", exc_info=error)
