"""A line without SIP: what is played takes its time, and the person who is called does what was arranged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ivr.call.playback import duration_ms
from ivr.call.ports import Clock, DelayedCall, Ending, LineListener, LineQuality, Recorded
from ivr.flow.events import RecordingCause, SendOutcome, TransferOutcome
from ivr.rehearsal.sound import silent

#: How long it takes until a transfer ends like this, in seconds; nobody answers until the ringing is given up.
_TRANSFER_TAKES_S: dict[TransferOutcome, float] = {"ended": 60.0, "busy": 3.0, "failed": 1.0}


class NoSound:
    """Implements `ivr.call.ports.Tap`: words are given to the ear itself, so there is nothing to take."""

    def stop(self) -> None:
        """Nothing was taken."""


class VirtualRecording:
    """What the caller says into a recording: so many milliseconds of speech, then silence."""

    def __init__(self, clock: Clock, most_ms: int, silence_ms: int, finished: Callable[[Recorded], None]) -> None:
        self._clock = clock
        self._silence_ms = silence_ms
        self._finished = finished
        self._begun_at = clock.seconds()
        self.spoken = False
        self._longest = clock.callLater(most_ms / 1000, self.end, "longest")
        self._silence = clock.callLater(silence_ms / 1000, self.end, "silence")

    def speak(self, ms: int) -> None:
        self.spoken = True
        self._silence.cancel()
        self._silence = self._clock.callLater((ms + self._silence_ms) / 1000, self.end, "silence")

    def end(self, cause: RecordingCause) -> None:
        for timer, name in ((self._longest, "longest"), (self._silence, "silence")):
            if name != cause:
                timer.cancel()
        ms = round((self._clock.seconds() - self._begun_at) * 1000)
        self._finished(Recorded(ms, cause if self.spoken else "nothing"))


class VirtualLine:
    """Implements `ivr.call.ports.Line`.

    Args:
        sounds: told of each file when it begins to sound, and whether it is the first of a prompt.
        outcome_of: what becomes of a call to this URI.
        shows: what becomes of a text for the display; None for a telephone without one.
    """

    def __init__(
        self,
        clock: Clock,
        caller: str,
        dialled: str,
        sounds: Callable[[Path, bool], None],
        outcome_of: Callable[[str], TransferOutcome],
        shows: Callable[[str], SendOutcome] | None = None,
    ) -> None:
        self.caller = caller
        self.dialled = dialled
        self.user_agent = "rehearsal"
        self.sip_call_id = ""
        self.takes_messages = shows is not None
        self._shows = shows
        self._clock = clock
        self._sounds = sounds
        self._outcome_of = outcome_of
        self._listener: LineListener | None = None
        self._answered = False
        self._playing: list[DelayedCall] = []
        self._recording: VirtualRecording | None = None
        self._transfer: DelayedCall | None = None
        self._over = False

    @property
    def is_sounding(self) -> bool:
        return bool(self._playing)

    @property
    def is_recording(self) -> bool:
        return self._recording is not None

    @property
    def waits_for_speech(self) -> bool:
        """Whether a recording runs into which nothing was said yet."""
        return self._recording is not None and not self._recording.spoken

    def listen_to(self, listener: LineListener) -> None:
        self._listener = listener
        if self._answered:
            listener.answered()

    def answer(self) -> None:
        self._answered = True

    def reject(self, sip_code: int) -> None:
        self._end(Ending("gateway", "rejected", sip_code))

    def play(self, files: Sequence[Path], finished: Callable[[], None]) -> None:
        self.stop_playing()
        at_s = 0.0
        for index, file in enumerate(files):
            self._later(at_s, partial(self._sounds, file, index == 0))
            at_s += duration_ms(file) / 1000
        self._later(at_s, partial(self._finish, finished))

    def stop_playing(self) -> None:
        for call in self._playing:
            call.cancel()
        self._playing = []

    def tap(self, heard: Callable[[bytes], None]) -> NoSound:
        return NoSound()

    def record(self, file: Path, most_ms: int, silence_ms: int, finished: Callable[[Recorded], None]) -> None:
        """It ends as a real one does: after silence, a key, the longest time or the hang-up. The file is silent."""
        self._recording = VirtualRecording(self._clock, most_ms, silence_ms, self._recorded(file, finished))

    def stop_recording(self) -> None:
        if self._recording is not None:
            self._recording.end("stopped")

    def _recorded(self, file: Path, finished: Callable[[Recorded], None]) -> Callable[[Recorded], None]:
        def done(recorded: Recorded) -> None:
            self._recording = None
            silent(file, recorded.duration_ms)
            finished(recorded)

        return done

    def transfer(self, uri: str, ring_for_ms: int, ended: Callable[[TransferOutcome], None]) -> None:
        outcome = self._outcome_of(uri)
        takes_s = _TRANSFER_TAKES_S.get(outcome, ring_for_ms / 1000)

        def done() -> None:
            self._transfer = None
            ended(outcome)

        self._transfer = self._clock.callLater(takes_s, done)

    def show(self, text: str, ended: Callable[[SendOutcome], None]) -> None:
        outcome: SendOutcome = self._shows(text) if self._shows else "failed"
        self._clock.callLater(0, ended, outcome)

    def hang_up(self) -> None:
        self._end(Ending("gateway", "hung_up", 200))

    def quality(self) -> LineQuality:
        return LineQuality()

    # What the caller does

    def press(self, key: str) -> None:
        if self._listener is not None and not self._over:
            self._listener.digit(key, "simulator")

    def speak(self, ms: int) -> None:
        """Speak for so long into the recording that runs."""
        if self._recording is not None:
            self._recording.speak(ms)

    def caller_hangs_up(self) -> None:
        self._end(Ending("caller", "bye", 200))

    def breaks(self) -> None:
        """The other side is gone without a word."""
        self._end(Ending("line", "media_timeout", 200))

    def _end(self, ending: Ending) -> None:
        if self._over:
            return
        self._over = True
        self.stop_playing()
        if self._recording is not None:
            self._recording.end("hangup")
        if self._transfer is not None:
            self._transfer.cancel()
        if self._listener is not None:
            self._listener.ended(ending)

    def _finish(self, finished: Callable[[], None]) -> None:
        self._playing = []
        finished()

    def _later(self, seconds: float, what: Callable[[], Any]) -> None:
        def done() -> None:
            if call in self._playing:
                self._playing.remove(call)
            what()

        call = self._clock.callLater(seconds, done)
        self._playing.append(call)
