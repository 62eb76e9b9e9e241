"""How often somebody may fail to sign in: per browser address and per name, in memory, over a sliding time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

_MOST_KEYS = 10_000


class Throttle:
    """Counts failures by key. Accounts are locked in the database besides; this also stops guessing of many names.

    Args:
        most: failures of one key within the time.
        within_s: seconds.
        clock: seconds, monotonic.
    """

    def __init__(self, most: int, within_s: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._within_s = within_s
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}

    def is_shut(self, key: str) -> bool:
        """Whether the key has failed too often."""
        return len(self._recent(key)) >= self._most

    def failed(self, key: str) -> None:
        times = self._recent(key)
        times.append(self._clock())
        self._failures.pop(key, None)
        self._failures[key] = times
        if len(self._failures) > _MOST_KEYS:
            del self._failures[next(iter(self._failures))]

    def forget(self, key: str) -> None:
        self._failures.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        times = self._failures.get(key, deque(maxlen=self._most))
        oldest = self._clock() - self._within_s
        while times and times[0] <= oldest:
            times.popleft()
        return times
