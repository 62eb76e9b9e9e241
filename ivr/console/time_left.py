"""How urgent something is, as a colour and in words: nobody has to tell colours apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ivr.console.render import lasting
from ivr.console.web import Visit


@dataclass(frozen=True)
class Urgency:
    """How much time is left.

    Attributes:
        tone: `bad` when it is late, `warn` when it must be done today, else `good`.
    """

    tone: str
    words: str


def urgency(visit: Visit, due: datetime, now: datetime) -> Urgency:
    """How urgent it is to do something."""
    left = due - now
    if left.total_seconds() < 0:
        span = lasting(visit, -left)
        return Urgency("bad", visit.say(f"超期 {span}", f"{span} late"))
    today = due.astimezone().date() == now.astimezone().date()
    span = lasting(visit, left)
    return Urgency("warn" if today else "good", visit.say(f"还剩 {span}", f"{span} left"))
