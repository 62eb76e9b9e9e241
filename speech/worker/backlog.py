"""Sound that waits to be looked at."""

from __future__ import annotations

import asyncio

from audio.pcm import Samples
from speech.recognisers.base import RATE
from speech.worker.refusal import RefusedError

#: Most that may wait, in samples: five seconds. More means that this machine is too slow.
MOST_SAMPLES = 5 * RATE

Piece = tuple[Samples, "Samples | None"]


class Backlog:
    """Pieces of sound in order, each with what was sent at the same time."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._samples = 0
        self._arrived = asyncio.Event()

    def put(self, caller: Samples, sent: Samples | None) -> None:
        """Raises RefusedError, `busy`, when too much waits."""
        if self._samples + len(caller) > MOST_SAMPLES:
            raise RefusedError("busy", "sound comes faster than it can be looked at")
        self._pieces.append((caller, sent))
        self._samples += len(caller)
        self._arrived.set()

    async def get(self) -> list[Piece]:
        """Everything that waits; waits for sound if there is none."""
        while not self._pieces:
            self._arrived.clear()
            await self._arrived.wait()
        pieces, self._pieces, self._samples = self._pieces, [], 0
        return pieces
