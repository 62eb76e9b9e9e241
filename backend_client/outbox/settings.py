"""Settings of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OutboxSettings:
    """What callers leave.

    Attributes:
        gateway: number of this gateway among those of the county, 0 to 9: it is part of every ticket.
        keep_days: for how many days what was delivered is still known; then only that it was.

    Raises:
        ValueError: a value is not allowed. The message begins with the name of the setting.
    """

    #: Where settings come from a file, a misspelt key is an error.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    gateway: int = 0
    keep_days: int = 7

    def __post_init__(self) -> None:
        for name, least, most in (("gateway", 0, 9), ("keep_days", 0, 365)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name}: {value!r} is not from {least} to {most}")
