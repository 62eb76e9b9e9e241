"""What all pages work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from ivr.console.health import State
from ivr.console.live import LiveCalls
from ivr.console.settings import ConsoleSettings
from ivr.console.throttle import Throttle
from ivr.publishing.desk import Desk
from ivr.storage.office import Office
from menus.model import MenuSet


class NumberKeeper(Protocol):
    """Recognises and opens callers' numbers (`ivr.privacy.CallerKey`)."""

    def hash(self, number: str) -> str: ...

    def seal(self, number: str) -> str: ...

    def unseal(self, sealed: str) -> str: ...


class SoundKeeper(Protocol):
    """Opens recordings, sealed and plain ones (`ivr.privacy.SealedFiles`)."""

    def open(self, file: Path) -> BinaryIO:
        """The sound, for reading from any place.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is sealed, and our keys do not open it; also raised in reading.
        """


@dataclass
class Services:
    """Everything that a page may ask.

    Attributes:
        settings: of the console.
        numbers: opens what is sealed.
        now: the time, aware of its zone.
        menus: the menus as they are in the files now; None when they have errors.
        desk: publishes menus.
        health: looks at the machine; may take a second.
        recordings: folder of the recordings of calls.
        sounds: opens them.
        address_failures: failed sign-ins by the address of the browser.
        name_failures: failed sign-ins by names that do not exist.
    """

    settings: ConsoleSettings
    office: Office
    numbers: NumberKeeper
    now: Callable[[], datetime]
    menus: Callable[[], MenuSet | None]
    desk: Desk
    recordings: Path
    sounds: SoundKeeper
    live: LiveCalls
    health: Callable[[], State]
    address_failures: Throttle
    name_failures: Throttle

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.settings.idle_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.settings.session_hours)
