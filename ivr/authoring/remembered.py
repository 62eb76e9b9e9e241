"""Results that take a while, remembered by what they were made of: pages ask again for what has not changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")
#: The results that were asked for last.
_KEPT = 16


class Remembered(Generic[Result]):
    """The latest results. May be used by several threads; two that ask at the same time may both do the work."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._results: OrderedDict[str, Result] = OrderedDict()

    def get(self, key: str, make: Callable[[], Result]) -> Result:
        """The result for a key, made anew if it is not remembered."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        made = make()
        with self._lock:
            self._results[key] = made
            while len(self._results) > _KEPT:
                self._results.popitem(last=False)
        return made
