"""Speech input as calls see it: the languages that the speech worker understands just now, and an ear for each call."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from wyoming.event import Event
from wyoming.info import Describe, Info

from ivr.hearing.answers import GarbledError, languages_of
from ivr.hearing.ear import SpeechEar
from speech.wire import Address, WireError, encoded, read_event

log = logging.getLogger(__name__)

#: How often the worker is looked at while it understands nothing, and while it does, in seconds.
LOOK_AGAIN_S, LOOK_S = 3.0, 30.0
#: Longest wait for what it says of itself, in seconds.
_PATIENCE_S = 5.0


class SpeechHearing:
    """Implements `ivr.call.ports.Hearing`. Lives in the asyncio reactor.

    A call is told at its beginning whether it may speak. A worker that goes away later is noticed by the call's ear;
    calls that come then go by keys until it is back.

    Args:
        address: `unix:PATH` or `tcp:HOST:PORT`. Raises ValueError for another.
        patience_s: longest wait for a decision after the end of speech, in seconds.

    Attributes:
        languages: see `ivr.call.ports.Hearing`.
    """

    def __init__(self, address: str, patience_s: float) -> None:
        self._address = Address.parse(address)
        self._patience_s = patience_s
        self._looking: asyncio.Task[None] | None = None
        self._look_now = asyncio.Event()
        self.languages: tuple[str, ...] = ()

    def start(self) -> None:
        """Look at the worker from now on."""
        self._looking = asyncio.ensure_future(self._look())

    def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()

    def ear(self, call_id: str) -> SpeechEar:
        return SpeechEar(self._address, self._patience_s, self._gone, call_id)

    def _gone(self) -> None:
        self._know(())
        self._look_now.set()

    async def _look(self) -> None:
        while True:
            try:
                self._know(languages_of(await described(self._address)))
            except (OSError, WireError, GarbledError, asyncio.TimeoutError) as error:
                log.debug("the speech worker does not say what it understands: %s", error)
                self._know(())
            await self._pause()

    async def _pause(self) -> None:
        """Wait until it is time to look again: soon when the worker understands nothing or has just gone."""
        self._look_now.clear()
        if self.languages:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), LOOK_S)
        else:
            await asyncio.sleep(LOOK_AGAIN_S)

    def _know(self, languages: tuple[str, ...]) -> None:
        if languages and languages != self.languages:
            log.info("speech is understood in: %s", ", ".join(languages))
        elif self.languages and not languages:
            log.warning("speech is not understood any more; callers go by keys")
        self.languages = languages


async def described(address: Address) -> Event:
    """What a worker says of itself: its `info`.

    Raises:
        OSError, WireError, asyncio.TimeoutError: it is not there or does not answer.
    """
    return await asyncio.wait_for(_described(address), _PATIENCE_S)


async def _described(address: Address) -> Event:
    reader, writer = await address.connect()
    try:
        writer.write(encoded(Describe().event()))
        while (event := await read_event(reader)) is not None:
            if Info.is_type(event.type):
                return event
        raise WireError("closed before it said anything")
    finally:
        writer.close()
