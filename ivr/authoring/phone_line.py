"""The line of the phone on the page: who plays the sound is told what to play, and the author is the person called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ivr.call.playback import duration_ms
from ivr.flow.events import SendOutcome, TransferOutcome
from ivr.rehearsal.line import VirtualLine

Tell = Callable[..., None]


class PhoneLine(VirtualLine):
    """A line by a real clock. Files take their time here, while the page plays them.

    Args:
        tell: told `play` with the sounds, `stop`, and `ringing` with the target.
    """

    def __init__(
        self,
        tell: Tell,
        clock: Any,
        caller: str,
        dialled: str,
        sounds: Callable[[Path, bool], None],
        outcome_of: Callable[[str], TransferOutcome],
        shows: Callable[[str], SendOutcome] | None = None,
    ) -> None:
        super().__init__(clock, caller, dialled, sounds, outcome_of, shows)
        self._tell = tell
        self._talk_ended: Callable[[TransferOutcome], None] | None = None

    def play(self, files: Sequence[Path], finished: Callable[[], None]) -> None:
        super().play(files, finished)
        self._tell("play", files=[(file, duration_ms(file)) for file in files])

    def stop_playing(self) -> None:
        if self.is_sounding:
            self._tell("stop")
        super().stop_playing()

    def transfer(self, uri: str, ring_for_ms: int, ended: Callable[[TransferOutcome], None]) -> None:
        """It rings until the author says what becomes of it, or nobody answers."""
        self._outcome_of(uri)
        self._talk_ended = ended
        self._transfer = self._clock.callLater(ring_for_ms / 1000, self._rung_out)
        self._tell("ringing", target=uri.removeprefix("sip:").partition("@")[0])

    def settle(self, outcome: TransferOutcome) -> bool:
        """The call to a person ends like this; whether there is one."""
        if self._transfer is None:
            return False
        self._transfer.cancel()
        self._end_talk(outcome)
        return True

    def _rung_out(self) -> None:
        self._end_talk("no_answer")

    def _end_talk(self, outcome: TransferOutcome) -> None:
        self._transfer = None
        ended, self._talk_ended = self._talk_ended, None
        self._tell("settled")
        if ended is not None:
            ended(outcome)
