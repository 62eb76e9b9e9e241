"""The driver: joins one engine to one line.

Events go into the engine one at a time; what comes out is written to the journal and then carried out. Anything that
happens while commands are carried out waits its turn.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure

from ivr.call.absent import NoMemory, NoMessenger, NoOutbox
from ivr.call.discretion import Discretion
from ivr.call.hearing import CallHearing, Deaf
from ivr.call.keeping import Keeping
from ivr.call.playback import Playback
from ivr.call.ports import (
    Backend,
    CallerMemory,
    Clip,
    Clock,
    DelayedCall,
    Ending,
    Hearing,
    Journal,
    Line,
    Messenger,
    Outbox,
    Record,
    Voice,
)
from ivr.flow import commands, events
from ivr.flow.commands import Command
from ivr.flow.engine import Engine
from ivr.flow.events import Event, KeySource
from ivr.flow.state import CallState
from menus import compose
from menus.parts import Part, Value
from menus.template import fill

log = logging.getLogger(__name__)

#: How long after its budget a query that has not answered is given up, in seconds. The client keeps the budget itself.
_GRACE_S = 0.25
#: How many prompts are prepared behind the one that plays.
_PROMPTS_AHEAD = 3

#: What the log says of a prompt that an event has cut.
_CUT_BY: dict[type, str] = {
    events.DigitPressed: "key",
    events.Heard: "speech",
    events.CallerHungUp: "hangup",
    events.LineLost: "hangup",
    events.OperatorHangUp: "hangup",
}


@dataclass(frozen=True)
class Surroundings:
    """What every call of a gateway shares.

    Attributes:
        transfer_targets: target name to SIP URI. Nothing else can be dialled.
        mask_number: how a caller's number is shown.
        hearing: speech input; without it all calls go by keys.
        recordings: folder for what callers say; None where nothing can be recorded.
        outbox, messenger, memory: see the ports.
    """

    voice: Voice
    backend: Backend
    journal: Journal
    clock: Clock
    transfer_targets: Mapping[str, str]
    mask_number: Callable[[str], str]
    hearing: Hearing = field(default_factory=Deaf)
    recordings: Path | None = None
    outbox: Outbox = field(default_factory=NoOutbox)
    messenger: Messenger = field(default_factory=NoMessenger)
    memory: CallerMemory = field(default_factory=NoMemory)


@dataclass
class _Saying:
    """A prompt under way."""

    token: int
    step: int
    purpose: str
    playback: Playback


class Session:
    """One call from its offer to its end.

    Args:
        offer: the first event.
        facts: what the log shall know about the offer.
        closed: called once when the line has ended and all is written.
    """

    def __init__(
        self,
        line: Line,
        engine: Engine,
        surroundings: Surroundings,
        offer: events.CallOffered,
        facts: dict[str, Any],
        closed: Callable[[Session], None],
    ) -> None:
        self.call_id = offer.call_id
        self.state = CallState()
        self.line = line
        self._engine = engine
        self._around = surroundings
        self._clock = surroundings.clock
        self._discretion = Discretion(engine.menus, surroundings.mask_number)
        self._offer = offer
        self._offer_facts = facts
        self._closed = closed
        self._begun_at = self._clock.seconds()
        self._step_begun_at = self._begun_at
        self._waiting: deque[Event] = deque()
        self._busy = False
        self._over = False
        self._cut_by = "replaced"
        self._saying: _Saying | None = None
        self._timers: dict[int, DelayedCall] = {}
        self._queries: dict[int, Deferred[Any]] = {}
        self._hearing = CallHearing(line, surroundings.hearing.ear, lambda: self.state.step, self.handle, self.fact)
        self._keeping = Keeping(
            self,
            self._clock,
            surroundings.outbox,
            surroundings.messenger,
            surroundings.memory,
            surroundings.recordings,
            lambda: self.state.step,
        )
        self._carry_out: dict[type, Callable[[Any], None]] = {
            **self._keeping.carry_out,
            commands.Answer: lambda command: self.line.answer(),
            commands.Reject: lambda command: self.line.reject(command.sip_code),
            commands.Play: self._play,
            commands.PlayRecording: self._play_recording,
            commands.StopPlaying: self._stop_playing,
            commands.StartTimer: self._start_timer,
            commands.CancelTimer: self._cancel_timer,
            commands.QueryBackend: self._query,
            commands.Transfer: self._transfer,
            commands.HangUp: lambda command: self.line.hang_up(),
            commands.Note: _nothing,
            commands.PausePlaying: self._pause_playing,
            commands.ResumePlaying: self._resume_playing,
            commands.Listen: self._hearing.listen,
            commands.StopListening: self._hearing.stop_listening,
        }

    def start(self) -> None:
        self.fact("offered", **self._offer_facts)
        self.handle(self._offer)
        self.line.listen_to(self)

    def handle(self, event: Event) -> None:
        """Give an event to the engine, now or after those that are being handled."""
        self._waiting.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting:
                self._handle(self._waiting.popleft())
        finally:
            self._busy = False

    def _handle(self, event: Event) -> None:
        before = self.state
        self.state, answer = self._engine.handle(before, event)
        if self.state.step != before.step:
            self._step_begun_at = self._clock.seconds()
        records = [self._discretion.event(before, event), *map(self._discretion.command, answer)]
        self._around.journal.append(self.call_id, records)
        self._cut_by = _CUT_BY.get(type(event), "replaced")
        for command in answer:
            self._carry_out[type(command)](command)

    def fact(self, name: str, **data: Any) -> None:
        """Write what was measured."""
        self._around.journal.append(self.call_id, [Record("fact", name, data)])

    # What the line says

    def answered(self) -> None:
        self.handle(events.CallAnswered())

    def digit(self, digit: str, source: KeySource) -> None:
        self.handle(events.DigitPressed(digit, source))

    def ended(self, ending: Ending) -> None:
        if ending.by == "caller":
            self.handle(events.CallerHungUp())
        else:
            self.handle(events.LineLost(ending.reason))
        self._close(ending)

    def snapshot(self) -> dict[str, Any]:
        """Where the call is at this moment, as `ivr.call.live` publishes it."""
        quality = self.line.quality()
        return {
            "call_id": self.call_id,
            "caller_masked": self._offer_facts.get("caller_masked", ""),
            "dialled": self._offer.dialled,
            "tree": self.state.tree,
            "node": self.state.node,
            "language": self.state.language,
            "lasts_ms": self._ms_since(self._begun_at),
            "node_ms": self._ms_since(self._step_begun_at),
            "codec": quality.codec,
            "loss": round(quality.loss, 4),
            "jitter_ms": round(quality.jitter_ms, 1),
            "round_trip_ms": round(quality.round_trip_ms, 1),
        }

    def hang_up_by_operator(self) -> None:
        self.handle(events.OperatorHangUp())

    def _close(self, ending: Ending) -> None:
        self._over = True
        self._hearing.close()
        self._report_saying("hangup")
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for query in list(self._queries.values()):
            query.cancel()
        self._keeping.settled().addCallback(lambda _: self._write_end(ending))

    def _write_end(self, ending: Ending) -> None:
        """The last facts, when all that the caller left is settled."""
        quality = self.line.quality()
        self.fact(
            "line",
            codec=quality.codec,
            received=quality.received,
            lost=quality.lost,
            loss=round(quality.loss, 5),
            jitter_ms=round(quality.jitter_ms, 2),
            round_trip_ms=round(quality.round_trip_ms, 2),
            key_sources=list(quality.seen_key_sources),
        )
        self.fact(
            "closed",
            ended_by=self.state.ended_by or ending.by,
            reason=self.state.end_reason or ending.reason,
            sip_code=ending.sip_code,
            duration_ms=self._ms_since(self._begun_at),
        )
        self._closed(self)

    # Speaking

    def _play(self, command: commands.Play) -> None:
        clips = self._clips(command.parts, command.language, command.pace)
        self._say(command.token, command.purpose, clips, lambda: self._filler_files(command.language))
        self._prepare_what_follows(command.token)

    def _play_recording(self, command: commands.PlayRecording) -> None:
        self._say(command.token, "recording", [Clip(succeed(Path(command.path)), "")], tuple)

    def _say(self, token: int, purpose: str, clips: Sequence[Clip], filler: Callable[[], Sequence[Path]]) -> None:
        self._report_saying("replaced")
        playback = Playback(self.line, clips, self._clock, filler, lambda: self._said(token))
        self._saying = _Saying(token, self.state.step, purpose, playback)
        playback.start()

    def _clips(self, parts: Sequence[Part], language: str, pace: str) -> Sequence[Clip]:
        """What the voice makes of the parts; nothing if it fails, because a caller who misses a sentence gets on."""
        try:
            return self._around.voice.clips(parts, language, pace)
        except Exception:
            log.exception("call %s: a prompt could not be said", self.call_id)
            return []

    def _prepare_what_follows(self, token: int) -> None:
        """Have the voice make what will be said if the caller just listens, while the present prompt plays.

        The engine is pure, so it can be asked what it would do without doing it.
        """
        state = self.state
        for _ in range(_PROMPTS_AHEAD):
            state, answer = self._engine.handle(state, events.PlaybackFinished(token))
            plays = [command for command in answer if isinstance(command, commands.Play)]
            if not plays:
                return
            token = plays[-1].token
            if not any(isinstance(part, Value) and part.sensitive for part in plays[-1].parts):
                self._clips(plays[-1].parts, plays[-1].language, plays[-1].pace)

    def _said(self, token: int) -> None:
        self._report_saying("finished")
        self.handle(events.PlaybackFinished(token))

    def _stop_playing(self, command: commands.StopPlaying) -> None:
        if self._saying and self._saying.token == command.token:
            self._report_saying(self._cut_by)

    def _pause_playing(self, command: commands.PausePlaying) -> None:
        if self._saying and self._saying.token == command.token:
            self._saying.playback.pause()

    def _resume_playing(self, command: commands.ResumePlaying) -> None:
        if self._saying and self._saying.token == command.token:
            self._saying.playback.resume()

    def _report_saying(self, ended: str) -> None:
        """Write how far the prompt under way was heard, and cut what is left of it."""
        saying, self._saying = self._saying, None
        if saying is None:
            return
        playback = saying.playback
        playback.stop()
        self.fact(
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
        return [file for file in files if isinstance(file, Path)]

    # Waiting

    def _start_timer(self, command: commands.StartTimer) -> None:
        self._timers[command.token] = self._clock.callLater(command.ms / 1000, self._timer_fired, command.token)

    def _timer_fired(self, token: int) -> None:
        del self._timers[token]
        self.handle(events.TimerFired(token))

    def _cancel_timer(self, command: commands.CancelTimer) -> None:
        timer = self._timers.pop(command.token, None)
        if timer is not None:
            timer.cancel()

    # Backend

    def _query(self, command: commands.QueryBackend) -> None:
        begun_at, step = self._clock.seconds(), self.state.step
        answer = self._around.backend.query(
            command.operation,
            command.arguments,
            language=command.language,
            budget_ms=command.budget_ms,
            call_id=self.call_id,
        )
        self._queries[command.token] = answer
        answer.addTimeout(command.budget_ms / 1000 + _GRACE_S, cast(Any, self._clock))

        def answered(result: Any) -> None:
            self._queries.pop(command.token, None)
            if self._over:
                return
            event, status = _query_event(command, result)
            self.fact(
                "backend",
                token=command.token,
                step=step,
                operation=command.operation,
                ms=self._ms_since(begun_at),
                status=status,
            )
            self.handle(event)

        answer.addBoth(answered)

    # Transfer

    def _transfer(self, command: commands.Transfer) -> None:
        begun_at, step = self._clock.seconds(), self.state.step

        def ended(outcome: events.TransferOutcome) -> None:
            self.fact(
                "transfer",
                token=command.token,
                step=step,
                target=command.target,
                outcome=outcome,
                ms=self._ms_since(begun_at),
            )
            self.handle(events.TransferEnded(command.token, outcome))

        uri = self._around.transfer_targets.get(command.target)
        if uri is None:
            log.warning("call %s: %r cannot be called now, or is no transfer target", self.call_id, command.target)
            ended("failed")
        else:
            self.line.transfer(uri, command.ring_for_ms, ended)

    def _ms_since(self, moment: float) -> int:
        return round((self._clock.seconds() - moment) * 1000)


def _nothing(command: Command) -> None:
    """The journal has the command already, and nothing else is to be done."""


def _query_event(command: commands.QueryBackend, result: Any) -> tuple[Event, str]:
    """The event for what a query gave, and its status for the log."""
    if not isinstance(result, Failure):
        return events.BackendReplied(command.token, result), "ok" if result is not None else "not_found"
    if isinstance(result.value, (DeferredTimeout, CancelledError)):
        return events.BackendFailed(command.token, "timeout"), "timeout"
    reason = getattr(result.value, "reason", None)
    if not isinstance(reason, str):
        log.error("query %s failed unexpectedly: %s", command.operation, result.getTraceback())
        reason = "internal"
    return events.BackendFailed(command.token, reason), reason
