"""The bench of the recognisers: the most urgent work first, on as many places as there are threads.

Each utterance may use all threads, but most of its steps are too small to share: alone on two it is decided a tenth
sooner than on one, while two at once are both decided in two thirds of the time. Where there is more than one place,
what nobody waits for leaves one.
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
    """Runs work in threads.

    Args:
        most_waiting: pieces of work that may wait; more are refused.
        places: pieces of work that are done at once.
    """

    def __init__(self, most_waiting: int, places: int = 1) -> None:
        self._most_waiting = most_waiting
        self._waiting: list[_Work] = []
        self._numbers = itertools.count()
        self._threads = ThreadPoolExecutor(places, "recogniser")
        self._free = places
        self._free_for_some_time = max(1, places - 1)

    @property
    def waiting(self) -> int:
        """Pieces of work that wait and are still wanted."""
        return sum(not work.done.done() for work in self._waiting)

    @property
    def can_spare_a_place(self) -> bool:
        """Whether one would still be free if another piece of work began."""
        return self._free > 1

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
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> None:
        while self._free and (work := self._taken()) is not None:
            self._count(work, -1)
            running = asyncio.get_running_loop().run_in_executor(self._threads, work.do)
            running.add_done_callback(lambda ended, work=work: self._ended(work, ended))  # type: ignore[misc]

    def _taken(self) -> _Work | None:
        """The most urgent work that is wanted and has a place; what is not wanted any more is dropped on the way."""
        while self._waiting:
            if self._waiting[0].urgency == SOME_TIME and not self._free_for_some_time:
                return None
            work = heapq.heappop(self._waiting)
            if not work.done.done():
                return work
        return None

    def _count(self, work: _Work, places: int) -> None:
        self._free += places
        if work.urgency == SOME_TIME:
            self._free_for_some_time += places

    def _ended(self, work: _Work, ended: asyncio.Future[Any]) -> None:
        self._count(work, 1)
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
