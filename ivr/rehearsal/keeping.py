"""What virtual callers leave behind, what is sent to them, and what is known of them: kept in lists, on no disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from twisted.internet.defer import Deferred, fail, succeed

from ivr.call.ports import Clock, LeaveError, Recalled, Receipt
from ivr.flow.events import SendOutcome

#: What may become of what a caller leaves: it is kept, or `reason` of `ivr.flow.events.LeaveFailed`.
Leaving = Literal["kept", "no_outbox", "disk", "refused", "timeout", "internal"]
KEPT: Leaving = "kept"
_FIRST_REFERENCE = 10_000_001
Tell = Callable[..., None]


def in_turn(outcomes: Iterable[Any], usual: Any) -> Callable[[], Any]:
    """Gives outcomes one after the other, the last one again and again; `usual` if there are none."""
    left = list(outcomes)
    return lambda: usual if not left else left.pop(0) if len(left) > 1 else left[0]


class VirtualOutbox:
    """Implements `ivr.call.ports.Outbox`.

    Args:
        outcomes: what becomes of what is left, in turn.
        tell: told `left` with what it is.
    """

    def __init__(self, outcomes: Iterable[Leaving], tell: Tell) -> None:
        self._next = in_turn(outcomes, KEPT)
        self._tell = tell
        self._references = iter(range(_FIRST_REFERENCE, _FIRST_REFERENCE + 1_000_000))

    def leave(self, kind: str, data: Mapping[str, Any], files: Sequence[Path], *, call_id: str) -> Deferred[Receipt]:
        outcome = self._next()
        self._tell("left_behind", kind=kind, data=dict(data), outcome=outcome)
        if outcome != KEPT:
            return fail(LeaveError(outcome))
        return succeed(Receipt(str(next(self._references))))


class VirtualRecordings:
    """Implements `ivr.call.ports.Recordings`: nothing is ever written, and nothing is put away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_file(self, call_id: str, token: int) -> Path:
        return self._folder / f"{call_id}-{token}.wav"

    def call_ended(self, call_id: str) -> Deferred[None]:
        return succeed(None)


class VirtualMessenger:
    """Implements `ivr.call.ports.Messenger`.

    Args:
        outcomes: what becomes of messages, in turn.
        tell: told `sent` with the message.
    """

    def __init__(self, outcomes: Iterable[SendOutcome], tell: Tell) -> None:
        self._next = in_turn(outcomes, "sent")
        self._tell = tell

    def send(self, channel: str, to: str, text: str, *, call_id: str) -> Deferred[SendOutcome]:
        return succeed(self._outcome(channel, to, text))

    def show(self, text: str) -> SendOutcome:
        """A text for the display of the caller's telephone; what becomes of it."""
        return self._outcome("sip", "", text)

    def _outcome(self, channel: str, to: str, text: str) -> SendOutcome:
        outcome: SendOutcome = self._next()
        self._tell("sent", channel=channel, to=to, text=text, outcome=outcome)
        return outcome


class VirtualMemory:
    """Implements `ivr.call.ports.CallerMemory` for the calls of one caller.

    Args:
        clock: says how long something was kept.
        profile: what the caller agreed to have remembered in earlier calls.
        tell: told `remembered`, `forgotten` and `parked`.
    """

    def __init__(self, clock: Clock, profile: Mapping[str, Any], tell: Tell) -> None:
        self._clock = clock
        self._profile = dict(profile)
        self._tell = tell
        self._parked = ""
        self._parked_until_s = 0.0

    def recall(self, caller: str) -> Recalled:
        parked, self._parked = self._parked, ""
        kept = parked and self._clock.seconds() <= self._parked_until_s
        return Recalled(dict(self._profile), json.loads(parked) if kept else None)

    def remember(self, caller: str, values: Mapping[str, Any], days: int) -> None:
        self._profile.update(values)
        self._tell("remembered", values=dict(values), days=days)

    def forget(self, caller: str) -> None:
        self._profile.clear()
        self._tell("forgotten")

    def park(self, caller: str, state: Mapping[str, Any], keep_ms: int) -> None:
        self._parked = json.dumps(state)
        self._parked_until_s = self._clock.seconds() + keep_ms / 1000
        self._tell("parked", tree=state["tree"], node=state["node"], keep_ms=keep_ms)
