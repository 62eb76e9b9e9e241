"""Speaking in one call: plays what the engine says, writes how far it was heard, has the voice prepare what follows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import succeed

from ivr.call.playback import Playback
from ivr.call.ports import Clip, Clock, Line, Voice
from ivr.flow import commands, events
from ivr.flow.engine import Engine
from ivr.flow.events import Event
from ivr.flow.state import CallState
from menus import compose
from menus.parts import Part, Value
from menus.template import fill

log = logging.getLogger(__name__)

#: How many prompts are prepared behind the one that plays.
_PROMPTS_AHEAD = 3


class SpokenCall(Protocol):
    """What speaking needs of its call; `ivr.call.session.Session` is one.

    Attributes:
        cut_by: what the log says of a prompt that the present event cuts.
    """

    call_id: str
    line: Line
    state: CallState
    cut_by: str

    def handle(self, event: Event) -> None: ...

    def fact(self, name: str, **data: Any) -> None: ...


@dataclass
class _Saying:
    """A prompt under way."""

    token: int
    step: int
    purpose: str
    playback: Playback


class Speaking:
    """What is said in one call, one prompt after the other."""

    def __init__(self, call: SpokenCall, engine: Engine, voice: Voice, clock: Clock) -> None:
        self._call = call
        self._engine = engine
        self._voice = voice
        self._clock = clock
        self._saying: _Saying | None = None

    @property
    def carry_out(self) -> dict[type, Callable[[Any], None]]:
        """Command to what carries it out."""
        return {
            commands.Play: self.play,
            commands.PlayRecording: self.play_recording,
            commands.StopPlaying: self.stop,
            commands.PausePlaying: self.pause,
            commands.ResumePlaying: self.resume,
        }

    def play(self, command: commands.Play) -> None:
        clips = self._clips(command.parts, command.language, command.pace, command.voice)
        self._say(command.token, command.purpose, clips, lambda: self._filler_files(command.language))
        self._prepare_what_follows(command.token)

    def play_recording(self, command: commands.PlayRecording) -> None:
        self._say(command.token, "recording", [Clip(succeed(Path(command.path)), "")], tuple)

    def _say(self, token: int, purpose: str, clips: Sequence[Clip], filler: Callable[[], Sequence[Path]]) -> None:
        self.cut("replaced")
        playback = Playback(self._call.line, clips, self._clock, filler, lambda: self._said(token))
        self._saying = _Saying(token, self._call.state.step, purpose, playback)
        playback.start()

    def _clips(self, parts: Sequence[Part], language: str, pace: str, voice: str = "") -> Sequence[Clip]:
        """What the voice makes of the parts; nothing if it fails, because a caller who misses a sentence gets on."""
        try:
            return self._voice.clips(parts, language, pace, voice)
        except Exception:
            log.exception("call %s: a prompt could not be said", self._call.call_id)
            return []

    def _prepare_what_follows(self, token: int) -> None:
        """Have the voice make what will be said if the caller just listens, while the present prompt plays.

        The engine is pure, so it can be asked what it would do without doing it.
        """
        state = self._call.state
        for _ in range(_PROMPTS_AHEAD):
            state, answer = self._engine.handle(state, events.PlaybackFinished(token))
            plays = [command for command in answer if isinstance(command, commands.Play)]
            if not plays:
                return
            token = plays[-1].token
            if not any(isinstance(part, Value) and part.sensitive for part in plays[-1].parts):
                for clip in self._clips(plays[-1].parts, plays[-1].language, plays[-1].pace, plays[-1].voice):
                    clip.drop()  # nobody waits for it yet

    def _said(self, token: int) -> None:
        self.cut("finished")
        self._call.handle(events.PlaybackFinished(token))

    def stop(self, command: commands.StopPlaying) -> None:
        if self._saying and self._saying.token == command.token:
            self.cut(self._call.cut_by)

    def pause(self, command: commands.PausePlaying) -> None:
        if self._saying and self._saying.token == command.token:
            self._saying.playback.pause()

    def resume(self, command: commands.ResumePlaying) -> None:
        if self._saying and self._saying.token == command.token:
            self._saying.playback.resume()

    def cut(self, ended: str) -> None:
        """Write how far the prompt under way was heard, and cut what is left of it."""
        saying, self._saying = self._saying, None
        if saying is None:
            return
        playback = saying.playback
        playback.stop()
        self._call.fact(
            "played",
            token=saying.token,
            step=saying.step,
            purpose=saying.purpose,
            text=playback.text,
            played_ms=playback.played_ms,
            total_ms=playback.total_ms,
            ended=ended,
            first_audio_ms=playback.first_audio_ms,
            late_clauses=playback.late_clauses,
        )

    def _filler_files(self, language: str) -> Sequence[Path]:
        """The files of the filler sentence as far as they are there at once."""
        tree = self._engine.menus.trees[self._engine.root]
        parts = fill(compose.sentence(tree, self._engine.menus.wording, "filler", language), lambda path: None)
        clips = self._clips(parts, language, "normal")
        files = [clip.file.result for clip in clips if clip.file.called]
        for clip in clips:
            clip.drop()
        return [file for file in files if isinstance(file, Path)]
