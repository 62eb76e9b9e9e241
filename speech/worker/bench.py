"""The bench of a recogniser: one piece of work at a time, the most urgent first.

One utterance on all threads is decided sooner than two that share them, and no thread of ours waits for another.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from speech.worker.refusal import RefusedError

log = logging.getLogger(__name__)
Result = TypeVar("Result")

#: Urgency of a decision that a caller waits for, of one made ahead in a pause, and of a recording to be written down.
NOW, AHEAD, SOME_TIME = 0, 1, 2


@dataclass(order=True)
class _Work:
    urgency: int
    number: int
    do: Callable[[], Any] = field(compare=False)
    done: asyncio.Future[Any] = field(compare=False)


class Bench:
    """Runs work in one thread.

    Args:
        most_waiting: pieces of work that may wait; more are refused.
    """

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._waiting: list[_Work] = []
        self._numbers = itertools.count()
        self._thread = ThreadPoolExecutor(1, "recogniser")
        self._running = False

    @property
    def waiting(self) -> int:
        """Pieces of work that wait and are still wanted."""
        return sum(not work.done.done() for work in self._waiting)

    def submit(self, urgency: int, do: Callable[[], Result]) -> asyncio.Future[Result]:
        """A future of what `do` gives. Cancelling it drops work that has not begun.

        Raises:
            RefusedError: too much is waiting.
        """
        if self.waiting >= self._most_waiting:
            raise RefusedError("busy", f"{self._most_waiting} utterances are waiting to be recognised")
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, _Work(urgency, next(self._numbers), do, done))
        self._next()
        return done

    def hurry(self, done: asyncio.Future[Any]) -> None:
        """Make work that was submitted ahead as urgent as can be."""
        for work in self._waiting:
            if work.done is done:
                work.urgency = NOW
        heapq.heapify(self._waiting)

    def close(self) -> None:
        """No more work is begun."""
        for work in self._waiting:
            work.done.cancel()
        self._waiting.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> None:
        while self._waiting and not self._running:
            work = heapq.heappop(self._waiting)
            if work.done.done():
                continue
            self._running = True
            running = asyncio.get_running_loop().run_in_executor(self._thread, work.do)
            running.add_done_callback(lambda ended, work=work: self._ended(work, ended))  # type: ignore[misc]

    def _ended(self, work: _Work, ended: asyncio.Future[Any]) -> None:
        self._running = False
        if ended.cancelled():
            work.done.cancel()
        elif (error := ended.exception()) is not None:
            if work.done.done():
                log.error("work that nobody waits for failed", exc_info=error)
            else:
                work.done.set_exception(error)
        elif not work.done.done():
            work.done.set_result(ended.result())
        self._next()
