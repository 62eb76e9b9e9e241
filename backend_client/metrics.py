"""What a client counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class ClientMetrics:
    """Counters of one client, since it was made.

    Attributes:
        answers: (operation, outcome) to how many questions; the outcome is `ok`, `absent`, a reason of `errors.py` or
            `given_up`.
        seconds: operation to how long its questions took in all.
        tries: operation to how many requests were sent.
        wrong_answers: operation to how many answers were about something or somebody else.
        refused_while_open: questions that the circuit breaker did not let through.
    """

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    wrong_answers: Counter[str] = field(default_factory=Counter)
    refused_while_open: int = 0

    def answered(self, operation: str, outcome: str, seconds: float) -> None:
        self.answers[operation, outcome] += 1
        # A Counter of floats: typeshed knows whole numbers only.
        self.seconds[operation] += seconds  # type: ignore[assignment]
