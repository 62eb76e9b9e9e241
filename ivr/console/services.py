"""What all pages work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from ivr.console.authoring.services import Authoring
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


@dataclass(frozen=True)
class Undelivered:
    """Something that a caller left and that the backend has not got.

    Attributes:
        kind: as the outbox has it, such as `appeal`.
        refused: the backend will not take it as it is: a person must look at it.
        tries: how often it was tried.
        problem: what went wrong the last time; empty if it was not tried yet.
    """

    ticket: str
    kind: str
    call_id: str
    left_at: datetime
    refused: bool
    tries: int
    next_try_at: datetime
    problem: str


class Typist(Protocol):
    """Writes down what callers said."""

    def write_down(self, file: Path, language: str) -> str:
        """The words of a recording, as well as a machine hears them; may take a minute.

        Raises:
            OSError: it cannot be read, or nobody can write it down just now.
            ValueError: no key opens it, or it is no sound.
        """


class OutboxView(Protocol):
    """What waits on this machine to be delivered."""

    def undelivered(self) -> list[Undelivered]:
        """What was refused, and what waits, the oldest first; some hundreds at most.

        Raises:
            OSError: it cannot be read.
        """

    def text_messages(self) -> int:
        """How many text messages wait to be sent.

        Raises:
            OSError: it cannot be read.
        """

    def retry(self, ticket: str) -> bool:
        """Have something tried again at once; False if there is nothing undelivered with this ticket.

        Raises:
            OSError: it cannot be written.
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
        authoring: what authors work with.
        health: looks at the machine; may take a second.
        outbox: of this machine.
        typist: the speech worker.
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
    authoring: Authoring
    recordings: Path
    sounds: SoundKeeper
    live: LiveCalls
    health: Callable[[], State]
    outbox: OutboxView
    typist: Typist
    address_failures: Throttle
    name_failures: Throttle

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.settings.idle_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.settings.session_hours)
