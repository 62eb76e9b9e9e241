"""Whom the gateway may call, when, and how often: the only place from which a number is ever dialled."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time

log = logging.getLogger(__name__)

_HOUR_S = 3600.0
_SPAN = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")


def read_span(text: str) -> tuple[time, time]:
    """A span of the day such as `08:30-17:30`. `00:00-24:00` is the whole day; one that ends before it begins goes over
    midnight.

    Raises:
        ValueError: it is no such span.
    """
    found = _SPAN.match(text)
    if found is None:
        raise ValueError(f"{text!r} 不是 HH:MM-HH:MM / is not HH:MM-HH:MM")
    first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    for hour, minute in (first, last):
        if hour == 24 and minute:
            raise ValueError(f"{text!r} 超过 24:00 / goes beyond 24:00")
    return time(first[0] % 24, first[1]), time.max if last[0] == 24 else time(*last)


class Directory(Mapping[str, str]):
    """Target name to SIP URI, as far as a call is allowed now. Looking one up counts as calling it.

    Whatever a menu, a caller or a stolen password makes the gateway want, it calls nobody else and no oftener.

    Args:
        targets: all that there are.
        hours: target name to the span of the day in which it may be called; a target without one always.
        most_per_hour: calls in any hour, of all targets together.
        now: local time.
        seconds: a clock that is never set.
    """

    def __init__(
        self,
        targets: Mapping[str, str],
        hours: Mapping[str, str],
        most_per_hour: int,
        now: Callable[[], datetime],
        seconds: Callable[[], float],
    ) -> None:
        self._now = now
        self._seconds = seconds
        self._called: deque[float] = deque()
        self.use(targets, hours, most_per_hour)

    def use(self, targets: Mapping[str, str], hours: Mapping[str, str], most_per_hour: int) -> None:
        """Let this hold from now on. What was called already counts."""
        self._targets = dict(targets)
        self._hours = {name: read_span(span) for name, span in hours.items()}
        self._most_per_hour = most_per_hour

    def __getitem__(self, name: str) -> str:
        uri = self._targets[name]
        if name in self._hours and not _within(self._hours[name], self._now().time()):
            log.warning("transfer to %r refused: outside its hours", name)
            raise KeyError(name)
        moment = self._seconds()
        while self._called and self._called[0] <= moment - _HOUR_S:
            self._called.popleft()
        if len(self._called) >= self._most_per_hour:
            log.error("transfer to %r refused: %d in the last hour (transfer.most_per_hour)", name, len(self._called))
            raise KeyError(name)
        self._called.append(moment)
        return uri

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)


def _within(span: tuple[time, time], moment: time) -> bool:
    first, last = span
    return first <= moment < last if first <= last else moment >= first or moment < last
