"""A link that can be slow or cut: a TCP relay on 127.0.0.1, for benchmarks and tests."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

#: How often a slow link lets bytes through, in seconds.
_TICK_S = 0.02


@dataclass
class Link:
    """Relays connections to a port of this machine, on a thread of its own.

    Attributes:
        target: port that is relayed to.
        bytes_per_second: how fast both directions together are; 0 for as fast as possible.
        is_up: while it is not, connections are closed at once, and those that exist are cut.
        port: where it listens, once started.
        carried: bytes that went through.
    """

    target: int
    bytes_per_second: float = 0.0
    is_up: bool = True
    port: int = 0
    carried: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _credit: float = 0.0
    _thread: threading.Thread | None = None
    _earning: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen. Return when it does."""
        listening = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        listening.wait(10)

    def stop(self) -> None:
        """Cut everything, and end the thread."""
        self._loop.call_soon_threadsafe(self._cancel_all)
        if self._thread is not None:
            self._thread.join(10)

    def cut(self) -> None:
        """Break all connections, and let no new one through until `mend`."""
        self.is_up = False
        self._loop.call_soon_threadsafe(self._close_all)

    def mend(self) -> None:
        self.is_up = True

    def _run(self, listening: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._earning = self._loop.create_task(self._earn())
        listening.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(self._loop), return_exceptions=True))
        self._loop.close()

    def _cancel_all(self) -> None:
        self.is_up = False
        self._close_all()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.stop()

    def _close_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _earn(self) -> None:
        """What may go through is earned tick by tick, and not saved for longer than two of them."""
        while True:
            await asyncio.sleep(_TICK_S)
            self._credit = min(self._credit + self.bytes_per_second * _TICK_S, 2 * self.bytes_per_second * _TICK_S)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_up:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there_writer}
        await asyncio.gather(self._pump(reader, there_writer), self._pump(there_reader, writer))
        self._writers -= {writer, there_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(4096):
                while self.bytes_per_second and self._credit <= 0:
                    await asyncio.sleep(_TICK_S)
                if self.bytes_per_second:
                    self._credit -= len(data)
                self.carried += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()
