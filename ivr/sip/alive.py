"""Whether telephony still moves: the thread that polls PJSIP, and the clock of its mixer while there are calls."""

from __future__ import annotations

from pathlib import Path

#: A round of polling lasts a quarter of a second at most, and a throttled one half a second more.
POLL_LATE_S = 2.0
#: The mixer's clock ticks fifty times a second.
CLOCK_LATE_S = 2.0
_TASKS = Path("/proc/self/task")


class MixerClock:
    """Watches PJSIP's clock thread from outside: one that works goes to sleep fifty times a second.

    The kernel counts that for us (`voluntary_ctxt_switches`, proc(5)), so watching costs the media nothing.

    Args:
        tasks: the folder of this process's threads.
    """

    def __init__(self, tasks: Path = _TASKS) -> None:
        self._tasks = tasks
        self._thread: Path | None = None
        self._switches = ""
        self._moved_at = 0.0

    def stuck_for(self, now: float) -> float:
        """Seconds without a tick; 0 when it ticks, or when there is no clock because nothing is mixed."""
        switches = self._count()
        if switches is None:
            self._thread = self._find()
            switches = self._count()
        if switches is None or switches != self._switches:
            self._switches = switches or ""
            self._moved_at = now
        return now - self._moved_at

    def _find(self) -> Path | None:
        try:
            tasks = list(self._tasks.iterdir())
        except OSError:
            return None  # no descriptor is left to look with, which says nothing about the clock
        for task in tasks:
            try:
                if (task / "comm").read_text() == "clock\n":
                    return task
            except OSError:
                continue  # that thread ended just then
        return None

    def _count(self) -> str | None:
        if self._thread is None:
            return None
        try:
            status = (self._thread / "status").read_text()
        except OSError:
            return None
        return next((line for line in status.splitlines() if line.startswith("voluntary")), None)
