"""What a session does for nodes that take something from the caller: recordings, what is left, messages, memory."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from twisted.internet.defer import CancelledError, Deferred, DeferredList, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure

from ivr.call.ports import CallerMemory, Clock, LeaveError, Line, Messenger, Outbox, Receipt, Recorded, Recordings
from ivr.flow import commands, events
from ivr.flow.events import Event

log = logging.getLogger(__name__)

#: How long the outbox may take to be sure, in seconds; it writes to a disk of this machine.
_LEAVE_BUDGET_S = 5.0
#: How long after its budget a message without an outcome is given up, in seconds.
_GRACE_S = 0.25


class Call(Protocol):
    """What is needed of the session."""

    call_id: str
    line: Line

    def handle(self, event: Event) -> None:
        """Give an event to the engine."""

    def fact(self, name: str, **data: Any) -> None:
        """Write what was measured."""


class Keeping:
    """Carries out the commands of one call by which something is kept.

    Args:
        recordings: where recordings are written; None where there can be none.
        seal: seals what was left, for those who work on it.
        step: gives the number of the present step, for the log.
    """

    def __init__(
        self,
        call: Call,
        clock: Clock,
        outbox: Outbox,
        messenger: Messenger,
        memory: CallerMemory,
        recordings: Recordings | None,
        seal: Callable[[str], str],
        step: Callable[[], int],
    ) -> None:
        self._call = call
        self._clock = clock
        self._outbox = outbox
        self._messenger = messenger
        self._memory = memory
        self._recordings = recordings
        self._seal = seal
        self._step = step
        self._under_way: list[Deferred[None]] = []

    @property
    def carry_out(self) -> dict[type, Callable[[Any], None]]:
        """Command to what carries it out."""
        return {
            commands.Record: self._record,
            commands.StopRecording: lambda command: self._call.line.stop_recording(),
            commands.DiscardRecording: self._discard,
            commands.Leave: self._leave,
            commands.Send: self._send,
            commands.RememberCaller: self._remember,
            commands.ForgetCaller: lambda command: self._memory.forget(self._call.line.caller),
            commands.Park: self._park,
        }

    def settled(self) -> Deferred[Any]:
        """Fire when nothing that was to be kept is under way any more, and recordings are put away."""
        kept: Deferred[Any] = DeferredList(self._under_way)
        if self._recordings is None:
            return kept
        recordings = self._recordings
        return kept.addCallback(lambda _: recordings.call_ended(self._call.call_id))

    # Recordings

    def _record(self, command: commands.Record) -> None:
        begun_at, step = self._clock.seconds(), self._step()
        file = self._new_file(command.token)

        def finished(recorded: Recorded) -> None:
            self._call.fact(
                "recorded",
                token=command.token,
                step=step,
                duration_ms=recorded.duration_ms,
                cause=recorded.cause,
                ms=self._ms_since(begun_at),
            )
            path = str(file) if file is not None and recorded.cause != "failed" else ""
            event = events.RecordingFinished(command.token, path, recorded.duration_ms, recorded.cause)
            self._call.handle(event)

        if file is None:
            finished(Recorded(0, "failed"))
        else:
            self._call.line.record(file, command.most_ms, command.silence_ms, finished)

    def _new_file(self, token: int) -> Path | None:
        if self._recordings is None:
            log.error("call %s: no folder for recordings", self._call.call_id)
            return None
        try:
            return self._recordings.new_file(self._call.call_id, token)
        except OSError as error:
            log.error("call %s: nothing can be recorded: %s", self._call.call_id, error)
            return None

    def _discard(self, command: commands.DiscardRecording) -> None:
        try:
            Path(command.path).unlink(missing_ok=True)
        except OSError as error:
            log.error("call %s: a recording could not be deleted: %s", self._call.call_id, error)

    # What is left

    def _leave(self, command: commands.Leave) -> None:
        begun_at, step = self._clock.seconds(), self._step()
        files = [Path(file) for file in command.files]
        answer = self._outbox.leave(command.kind, command.data, files, call_id=self._call.call_id)
        answer.addTimeout(_LEAVE_BUDGET_S, cast(Any, self._clock))

        def answered(result: Receipt | Failure) -> None:
            event, status = _left(command, result)
            kept = not isinstance(result, Failure)
            self._call.fact(
                "left",
                token=command.token,
                step=step,
                kind=command.kind,
                ms=self._ms_since(begun_at),
                status=status,
                ticket="" if isinstance(result, Failure) else result.reference,
                sealed=self._seal(json.dumps(command.data, ensure_ascii=False)) if kept else "",
                recordings=[file.name for file in files],
            )
            self._call.handle(event)

        self._wait_for(answer.addBoth(answered))

    # Messages

    def _send(self, command: commands.Send) -> None:
        begun_at, step = self._clock.seconds(), self._step()
        answer = self._on_its_way(command)
        answer.addTimeout(command.budget_ms / 1000 + _GRACE_S, cast(Any, self._clock))

        def answered(result: Any) -> None:
            if isinstance(result, Failure):
                if not isinstance(result.value, (DeferredTimeout, CancelledError)):
                    log.error("call %s: a message failed unexpectedly: %s", self._call.call_id, result.getTraceback())
                outcome: events.SendOutcome = "failed"
            else:
                outcome = result
            self._call.fact(
                "sent",
                token=command.token,
                step=step,
                channel=command.channel,
                ms=self._ms_since(begun_at),
                outcome=outcome,
            )
            self._call.handle(events.SendEnded(command.token, outcome))

        self._wait_for(answer.addBoth(answered))

    def _on_its_way(self, command: commands.Send) -> Deferred[events.SendOutcome]:
        """The outcome of sending: by the display of the telephone, by text message, or by whichever there is."""
        line, channel = self._call.line, command.channel

        def by_text() -> Deferred[events.SendOutcome]:
            return self._messenger.send("sms", command.to, command.text, call_id=self._call.call_id)

        if channel == "sms":
            return by_text()
        may_text = channel == "any" and bool(command.to)
        if not line.takes_messages:
            return by_text() if may_text else succeed("failed")
        shown: Deferred[events.SendOutcome] = Deferred()
        line.show(command.text, shown.callback)
        if may_text:
            shown.addCallback(lambda outcome: outcome if outcome == "sent" else by_text())
        return shown

    # The next call

    def _remember(self, command: commands.RememberCaller) -> None:
        self._memory.remember(self._call.line.caller, command.values, command.days)

    def _park(self, command: commands.Park) -> None:
        self._memory.park(self._call.line.caller, command.state, command.keep_ms)

    def _wait_for(self, answer: Deferred[None]) -> None:
        self._under_way = [one for one in self._under_way if not one.called]
        self._under_way.append(answer)

    def _ms_since(self, moment: float) -> int:
        return round((self._clock.seconds() - moment) * 1000)


def _left(command: commands.Leave, result: Receipt | Failure) -> tuple[Event, str]:
    """The event for what the outbox said, and its status for the log."""
    if not isinstance(result, Failure):
        return events.Left(command.token, {"reference": result.reference}), "kept"
    reason = "internal"
    if isinstance(result.value, (DeferredTimeout, CancelledError)):
        reason = "timeout"
    elif isinstance(result.value, LeaveError):
        reason = result.value.reason
    else:
        log.error("leaving a %s failed unexpectedly: %s", command.kind, result.getTraceback())
    return events.LeaveFailed(command.token, reason), reason
