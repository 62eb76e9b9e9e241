"""A circuit breaker: a backend that is down is not asked by every caller, who would wait for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

State = Literal["closed", "half_open", "open"]

#: So many questions in a row without an answer open the circuit.
FAILURES = 5
#: For how long at first, and at most, in seconds; it doubles while trials fail.
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0


class CircuitBreaker:
    """Closed while answers come; open for a while after failures; then one question goes through as a trial.

    Args:
        seconds: a clock.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._open_until: float | None = None
        self._on_trial = False

    @property
    def is_open(self) -> bool:
        """Whether a question would be refused."""
        return self._open_until is not None and (self._on_trial or self._seconds() < self._open_until)

    @property
    def state(self) -> State:
        """`closed`; `open`: no question is asked; `half_open`: one question tries, now or when it comes."""
        if self._open_until is None:
            return "closed"
        return "half_open" if self._on_trial or self._seconds() >= self._open_until else "open"

    def begin(self) -> bool:
        """Return whether a question may be asked. If so, tell how it ended: `succeeded`, `failed` or `gave_up`."""
        if self.is_open:
            return False
        self._on_trial = self._open_until is not None
        return True

    def succeeded(self) -> None:
        """The backend answered, be it with an error of ours."""
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._open_until = None
        self._on_trial = False

    def failed(self) -> None:
        """No answer came, or one that says that the backend is down."""
        self._failures += 1
        if self._on_trial:
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        if self._on_trial or (self._failures >= FAILURES and self._open_until is None):
            self._open_until = self._seconds() + self._pause_s
        self._on_trial = False

    def gave_up(self) -> None:
        """Nobody waited for the answer: it says nothing about the backend."""
        self._on_trial = False
