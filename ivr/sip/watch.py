"""Noticing that a call has gone dead: RTP that has stopped (RFC 3550 leaves the time to the application)."""

from __future__ import annotations


class MediaWatch:
    """Counts the time without RTP.

    Args:
        timeout_s: how long RTP may be missing, in seconds.
        now: the moment from which it counts.
    """

    def __init__(self, timeout_s: float, now: float) -> None:
        self._timeout_s = timeout_s
        self._received = -1
        self._alive_at = now

    def lost(self, received: int, held: bool, now: float) -> bool:
        """True if RTP has been missing for too long.

        Args:
            received: packets received so far.
            held: the other side is on hold and need not send; that time does not count.
        """
        if held or received != self._received:
            self._received = received
            self._alive_at = now
        return now - self._alive_at >= self._timeout_s
