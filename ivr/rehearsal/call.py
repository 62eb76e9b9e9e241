"""A call without SIP: the session and the engine of real calls, and around them everything as it was arranged. It goes
by a real clock, as on the console's phone, or by one that moves when told to, as in rehearsals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.task import Clock

from ivr.call.ports import Backend, Clip
from ivr.call.session import Session, Surroundings
from ivr.flow.engine import Engine
from ivr.flow.events import CallOffered, SendOutcome, TransferOutcome
from ivr.rehearsal.backend import Answers, FakeAnswer, FakeBackend, WatchedBackend
from ivr.rehearsal.ear import VirtualEar
from ivr.rehearsal.keeping import Leaving, VirtualMemory, VirtualMessenger, VirtualOutbox, VirtualRecordings, in_turn
from ivr.rehearsal.line import VirtualLine
from ivr.rehearsal.sound import VirtualVoice, estimated_ms
from ivr.rehearsal.timeline import Moment, Timeline
from menus.model import MenuSet, Transfer
from menus.parts import Part

#: From hearing to pressing, and from key to key, in seconds.
REACTION_S = 0.8
BETWEEN_KEYS_S = 0.3
#: Timers that run while the gateway waits for the caller, and for nothing else.
WAITING_FOR_CALLER = {"first_input", "between_keys"}
#: No call is longer; more is a mistake of ours.
LONGEST_S = 4 * 3600.0

MONDAY_MORNING = "2026-11-23T10:00:00+08:00"


@dataclass(frozen=True)
class Circumstances:
    """How a call comes about.

    Attributes:
        local_time: ISO 8601 with offset.
        speech: whether callers are understood when they speak; else the call goes by keys alone.
        transfers: target to the outcomes of calling it, in turn; the last one again and again. `ended` without any.
        outbox: what becomes of what the caller leaves, in turn (`Leaving`); kept without any.
        messages: what becomes of messages, in turn; sent without any.
        profile: what the caller has had remembered in earlier calls.
        about: why the gateway calls, if it is the gateway that does.
        display: the caller's telephone shows texts; what becomes of those is in `messages`, too.
    """

    caller: str = "13900001234"
    dialled: str = "12345"
    local_time: str = MONDAY_MORNING
    speech: bool = False
    transfers: Mapping[str, Iterable[TransferOutcome]] = field(default_factory=dict)
    outbox: Sequence[Leaving] = ()
    messages: Sequence[SendOutcome] = ()
    profile: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    display: bool = False


#: Makes a line of what `VirtualLine` is made of.
MakeLine = Callable[..., VirtualLine]


class RehearsedVoice(Protocol):
    """A voice that can tell the words of its files; `ivr.rehearsal.sound.VirtualVoice` is one.

    Attributes:
        folder: for what the caller says into recordings.
    """

    folder: Path

    def clips(self, parts: Sequence[Part], language: str, pace: str, voice: str = "") -> list[Clip]:
        """See `ivr.call.ports.Voice`."""

    def text_of(self, file: Path) -> str:
        """The words in a file; empty for a pause."""


class ArrangedCall:
    """One call from its beginning, in which everything but the menus and the driver is arranged.

    Args:
        engine: the menus, and where the call begins.
        answers: what the backend answers.
        clock: everything happens by it. The call begins at once.
        told: called with everything that happens.
        live: a backend in place of fake answers. It is given the clock.
        line: makes the line.

    Attributes:
        timeline: what happened so far.
    """

    def __init__(
        self,
        engine: Engine,
        voice: RehearsedVoice,
        answers: Answers,
        clock: Any,
        circumstances: Circumstances = Circumstances(),
        told: Callable[[Moment], None] = lambda moment: None,
        live: Callable[[Any], Backend] | None = None,
        line: MakeLine = VirtualLine,
    ) -> None:
        self.timeline = Timeline(clock, told)
        self._engine = engine
        self._time = clock
        self._begun_at = clock.seconds()
        self._circumstances = circumstances
        self._voice = voice
        self._make_line = line
        self._outcomes = {target: in_turn(given, "ended") for target, given in circumstances.transfers.items()}
        self._ear = VirtualEar(understands=circumstances.speech)
        asked = self._asked
        self._live = WatchedBackend(live(clock), asked) if live else None
        backend: Backend = self._live or FakeBackend(clock, answers, asked)
        self._memory = VirtualMemory(clock, circumstances.profile, self.timeline.add)
        self._messenger = VirtualMessenger(circumstances.messages, self.timeline.add)
        self._around = Surroundings(
            voice=voice,
            backend=backend,
            journal=self.timeline,
            clock=clock,
            transfer_targets=_targets(engine.menus),
            mask_number=lambda number: number,
            hearing=self._ear,
            recordings=VirtualRecordings(voice.folder),
            outbox=VirtualOutbox(circumstances.outbox, self.timeline.add),
            messenger=self._messenger,
            memory=self._memory,
        )
        self.line, self.session = self._ring()

    # What can be seen

    @property
    def moments(self) -> list[Moment]:
        return self.timeline.moments

    @property
    def now_ms(self) -> int:
        return self.timeline.now_ms

    @property
    def live_answers(self) -> list[tuple[str, FakeAnswer]]:
        """What a live backend has answered so far: operation and answer."""
        return self._live.given if self._live else []

    @property
    def has_speech(self) -> bool:
        """Whether the caller may speak."""
        return bool(self._ear.languages)

    @property
    def is_over(self) -> bool:
        return self.session.state.phase == "ended"

    @property
    def is_waiting(self) -> bool:
        """Whether the gateway waits for the caller, and for nothing else."""
        return self.line.waits_for_speech or (
            not self.line.is_sounding and bool(self.timeline.timers & WAITING_FOR_CALLER)
        )

    @property
    def patience_lost(self) -> int:
        """How often the gateway has waited for the caller in vain."""
        return sum(moment.what == "fired" and moment.facts["name"] in WAITING_FOR_CALLER for moment in self.moments)

    # What the caller does

    def press(self, keys: str) -> None:
        """Press keys, at this moment."""
        self.timeline.add("pressed", keys=keys)
        for key in keys:
            self.line.press(key)

    def say(self, text: str, *, unsure: bool = False) -> bool:
        """Say something, clearly or so that the recogniser is not sure; whether anything listens."""
        self.timeline.add("said", text=text)
        if self.line.is_recording:
            self.line.speak(estimated_ms(text, self.session.state.language, "normal"))
            return True
        listens = self._ear.listens
        self._ear.say(text, unsure=unsure)
        return listens

    def hang_up(self) -> None:
        self.line.caller_hangs_up()

    def lose_line(self) -> None:
        """The line breaks off: no sound comes from the caller any more."""
        self.line.breaks()

    def _ring(self) -> tuple[VirtualLine, Session]:
        """A call comes in."""
        about = self._circumstances
        since = timedelta(seconds=round(self._time.seconds() - self._begun_at))
        recalled = self._memory.recall(about.caller)
        offer = CallOffered(
            call_id="rehearsal",
            caller=about.caller,
            dialled=about.dialled,
            local_time=(datetime.fromisoformat(about.local_time) + since).isoformat(),
            speech=self._ear.languages,
            profile=recalled.profile,
            parked=recalled.parked,
            about=dict(about.about),
            display=about.display,
        )
        shows = self._messenger.show if about.display else None
        line = self._make_line(self._time, about.caller, about.dialled, self._sounded, self._outcome_of, shows)
        session = Session(line, self._engine, self._around, offer, {}, lambda session: None)
        session.start()
        return line, session

    # What the ports tell

    def _sounded(self, file: Path, begins: bool) -> None:
        text = self._voice.text_of(file)
        if text:
            self.timeline.add("heard", text=text, begins=begins)

    def _asked(self, operation: str, arguments: dict[str, Any]) -> None:
        self.timeline.add("asked", operation=operation, arguments=dict(arguments))

    def _outcome_of(self, uri: str) -> TransferOutcome:
        target = uri.removeprefix("sip:").partition("@")[0]
        self.timeline.add("called", target=target)
        outcome: TransferOutcome = self._outcomes.get(target, _ended)()
        return outcome


class VirtualCall(ArrangedCall):
    """A call on a clock that moves when it is told to.

    Attributes:
        clock: nothing happens unless it moves: see `advance` and `run_until`.
    """

    def __init__(
        self,
        engine: Engine,
        voice: VirtualVoice,
        answers: Answers,
        circumstances: Circumstances = Circumstances(),
        told: Callable[[Moment], None] = lambda moment: None,
        live: Callable[[Clock], Backend] | None = None,
    ) -> None:
        self.clock = Clock()
        super().__init__(engine, voice, answers, self.clock, circumstances, told, live)
        self.clock.advance(0)

    def press(self, keys: str) -> None:
        """Press keys one after the other, from this moment on."""
        self.timeline.add("pressed", keys=keys)
        for index, key in enumerate(keys):
            if index:
                self.advance(BETWEEN_KEYS_S)
            self.line.press(key)
        self.advance(0)

    def say(self, text: str, *, unsure: bool = False) -> bool:
        listens = super().say(text, unsure=unsure)
        self.advance(0)
        return listens

    def redial(self, after_s: float) -> None:
        """The caller, whose call is over, calls again after so long."""
        assert self.is_over, "nobody calls twice at once"
        self.advance(after_s)
        self.timeline.add("redialled", after_ms=round(after_s * 1000))
        self.line, self.session = self._ring()
        self.clock.advance(0)

    # How time goes

    def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen at its time."""
        until = self.clock.seconds() + seconds
        self._go(lambda: False, until)
        self.clock.advance(max(0.0, until - self.clock.seconds()))

    def run_until(self, done: Callable[[], bool], most_s: float = LONGEST_S) -> bool:
        """Let time pass until something is so, the call is over, or so much time has passed; whether it is so."""
        self._go(done, self.clock.seconds() + most_s)
        return done()

    def _go(self, done: Callable[[], bool], until: float) -> None:
        # One delayed call at a time: each shall see its own time, not the time at the end.
        while not done():
            delayed: list[Any] = list(self.clock.getDelayedCalls())
            due = [call.getTime() for call in delayed]
            if not due or min(due) > until + 1e-9:
                return
            self.clock.advance(max(0.0, min(due) - self.clock.seconds()))


def _ended() -> TransferOutcome:
    return "ended"


def _targets(menus: MenuSet) -> dict[str, str]:
    """Every target that the menus name exists here."""
    nodes = [node for tree in menus.trees.values() for node in tree.nodes.values()]
    return {node.target: f"sip:{node.target}@rehearsal" for node in nodes if isinstance(node, Transfer)}
