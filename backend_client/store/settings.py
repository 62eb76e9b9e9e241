"""Settings of the answer store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class StoreSettings:
    """What is fetched ahead of calls, and how old it may get.

    Attributes:
        languages: languages in which content is synchronised.
        every_s: seconds between two rounds of synchronisation.
        stale_after_h: content that was not brought up to date for so many hours is said with its age.
        keep_known_days: for how many days the last known answer about a case may stand in for the backend.
        wrong_tries: after so many wrong tries with somebody's numbers, in whatever calls, nothing is told about them.
        locked_min: for so many minutes after the last wrong try.

    Raises:
        ValueError: a value is not allowed. The message begins with the name of the setting.
    """

    #: Where settings come from a file, a misspelt key is an error.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    languages: tuple[str, ...] = ("zh", "en")
    every_s: int = 300
    stale_after_h: int = 24
    keep_known_days: int = 30
    wrong_tries: int = 5
    locked_min: int = 30

    def __post_init__(self) -> None:
        if not self.languages:
            raise ValueError("languages: at least one")
        for name, least, most in (
            ("every_s", 10, 86_400),
            ("stale_after_h", 1, 8760),
            ("keep_known_days", 0, 365),
            ("wrong_tries", 1, 100),
            ("locked_min", 1, 10_080),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name}: {value!r} is not from {least} to {most}")
