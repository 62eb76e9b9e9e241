"""One call after the other: results are reported, the list is read, the first that may be called now is called."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from ivr.outbound.record import KEPT_FOR, Record, Unreported
from ivr.outbound.rules import Outcome, Wanted, decide, is_time
from ivr.outbound.settings import OutboundSettings

log = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)


class ListError(Exception):
    """The list could not be read, or a result not be reported, this time."""


class CallList(Protocol):
    """Whom to call; the backend's."""

    async def wanted(self) -> Sequence[Wanted]:
        """The calls to be placed, the most urgent first.

        Raises:
            ListError: it cannot be read now.
        """

    async def report(self, result: Unreported) -> None:
        """Tell how a call went. Telling it twice is harmless.

        Raises:
            ListError: it cannot be told now.
        """


class Telephone(Protocol):
    """Calls people."""

    def call(self, wanted: Wanted) -> Deferred[Outcome]:
        """Call somebody, talk with them, and fire with what came of it when the call is over. Never fails."""


class Rounds:
    """Places calls until it is stopped, one at a time: what comes in is answered by others, and has the trunk, too.

    Args:
        now: the moment, local.
        reactor: to wait with.
    """

    def __init__(
        self,
        settings: OutboundSettings,
        record: Record,
        call_list: CallList,
        telephone: Telephone,
        now: Callable[[], datetime],
        reactor: Any,
    ) -> None:
        self._settings = settings
        self._record = record
        self._list = call_list
        self._telephone = telephone
        self._now = now
        self._reactor = reactor
        self._stopped = False
        self._pause: Deferred[None] | None = None
        self._told: set[str] = set()

    async def run(self) -> None:
        """Go on until `stop`; a call in progress is finished first."""
        while not self._stopped:
            try:
                placed = await self.step()
            except ListError as error:
                log.warning("outbound: %s", error)
                placed = False
            except (sqlite3.Error, OSError) as error:
                log.error("outbound: nobody is called, the record cannot be used: %s", error)
                placed = False
            if not placed and not self._stopped:
                self._pause = deferLater(self._reactor, self._settings.look_every_s)
                try:
                    await self._pause
                except CancelledError:
                    return

    def stop(self) -> None:
        """Place no more calls."""
        self._stopped = True
        if self._pause is not None:
            self._pause.cancel()

    async def step(self) -> bool:
        """Report what is to be reported, and place one call if one may be placed now. Return whether it was.

        Raises:
            ListError: the backend cannot be asked.
            sqlite3.Error, OSError: the record cannot be used.
        """
        await self._report()
        now = self._now()
        self._record.forget_before(now - KEPT_FOR)
        if not is_time(now, self._settings):
            return False
        for wanted in await self._list.wanted():
            verdict = decide(
                wanted,
                now,
                self._record.tries(wanted.id),
                not_wanted=self._record.wants_none(wanted.number),
                in_last_hour=self._record.since(now - _HOUR),
                settings=self._settings,
            )
            if verdict == "place":
                await self._place(wanted, now)
                return True
            if verdict in ("wrong_number", "unknown_purpose") and wanted.id not in self._told:
                self._told.add(wanted.id)
                log.warning("outbound: %s on the list cannot be called: %s", wanted.id, verdict)
        return False

    async def _place(self, wanted: Wanted, now: datetime) -> None:
        number = self._record.begin(wanted.id, now)
        outcome = await self._telephone.call(wanted)
        self._record.end(number, outcome)
        log.info("outbound: %s ended with %s", wanted.id, outcome or "nothing")
        if outcome == "refused_further_calls":
            self._record.call_no_more(wanted.number, now)
        await self._report()

    async def _report(self) -> None:
        for result in self._record.unreported():
            await self._list.report(result)
            self._record.reported(result.number)
