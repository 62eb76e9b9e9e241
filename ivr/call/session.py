"""The driver: joins one engine to one line.

Events go into the engine one at a time; what comes out is written to the journal and then carried out. Anything that
happens while commands are carried out waits its turn.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure

from ivr.call.absent import NoMemory, NoMessenger, NoOutbox
from ivr.call.discretion import Discretion
from ivr.call.hearing import CallHearing, Deaf
from ivr.call.keeping import Keeping
from ivr.call.ports import (
    Backend,
    CallerMemory,
    Clock,
    DelayedCall,
    Ending,
    Hearing,
    Journal,
    Line,
    Messenger,
    Outbox,
    Record,
    Recordings,
    Voice,
)
from ivr.call.speaking import Speaking
from ivr.flow import commands, events
from ivr.flow.commands import Command
from ivr.flow.engine import Engine
from ivr.flow.events import Event, KeySource
from ivr.flow.state import CallState

log = logging.getLogger(__name__)

#: How long after its budget a query that has not answered is given up, in seconds. The client keeps the budget itself.
_GRACE_S = 0.25

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
        seal: seals what only some may read; nothing is kept of it otherwise.
        hearing: speech input; without it all calls go by keys.
        recordings: where what callers say is written; None where nothing can be recorded.
        outbox, messenger, memory: see the ports.
    """

    voice: Voice
    backend: Backend
    journal: Journal
    clock: Clock
    transfer_targets: Mapping[str, str]
    mask_number: Callable[[str], str]
    seal: Callable[[str], str] = lambda text: ""
    hearing: Hearing = field(default_factory=Deaf)
    recordings: Recordings | None = None
    outbox: Outbox = field(default_factory=NoOutbox)
    messenger: Messenger = field(default_factory=NoMessenger)
    memory: CallerMemory = field(default_factory=NoMemory)


class Session:
    """One call from its offer to its end.

    Args:
        offer: the first event.
        facts: what the log shall know about the offer.
        closed: called once when the line has ended and all is written.

    Attributes:
        cut_by: what the log says of a prompt that the present event cuts.
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
        self.cut_by = "replaced"
        self._timers: dict[int, DelayedCall] = {}
        self._queries: dict[int, Deferred[Any]] = {}
        self._speaking = Speaking(self, engine, surroundings.voice, self._clock)
        self._hearing = CallHearing(
            line, partial(surroundings.hearing.ear, offer.call_id), lambda: self.state.step, self.handle, self.fact
        )
        self._keeping = Keeping(
            self,
            self._clock,
            surroundings.outbox,
            surroundings.messenger,
            surroundings.memory,
            surroundings.recordings,
            surroundings.seal,
            lambda: self.state.step,
        )
        self._carry_out: dict[type, Callable[[Any], None]] = {
            **self._speaking.carry_out,
            **self._keeping.carry_out,
            commands.Answer: lambda command: self.line.answer(),
            commands.Reject: lambda command: self.line.reject(command.sip_code),
            commands.StartTimer: self._start_timer,
            commands.CancelTimer: self._cancel_timer,
            commands.QueryBackend: self._query,
            commands.Transfer: self._transfer,
            commands.HangUp: lambda command: self.line.hang_up(),
            commands.Note: _nothing,
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
        self.cut_by = _CUT_BY.get(type(event), "replaced")
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
        self._speaking.cut("hangup")
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
        log.info("call %s: ended by the %s: %s", self.call_id, self.state.ended_by or ending.by, self.state.end_reason)
        self._closed(self)

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
