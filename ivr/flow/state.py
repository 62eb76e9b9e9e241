"""Where a call stands. Plain data: it survives JSON between any two events, so that a call can be parked, resumed
and replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ivr.flow.codec import from_data, to_data
from ivr.flow.commands import Pace
from ivr.flow.events import KeySource
from menus.parts import Part

T = TypeVar("T")
Phase = Literal["new", "offered", "active", "ended"]


@dataclass
class Frame:
    """A tree that called another one and waits for it.

    Attributes:
        node: the `call` node to which the other tree returns.
        variables: those of the waiting tree.
    """

    tree: str
    node: str
    variables: dict[str, Any]


@dataclass
class Place:
    """A listening node that the caller passed, for going back.

    Attributes:
        depth: number of frames on the stack there.
    """

    tree: str
    node: str
    depth: int


@dataclass
class Scratch:
    """What one visit to one node needs to remember. Fresh at every entry.

    Attributes:
        digits: keys of the present input.
        silence: silent turns so far.
        wrong: wrong inputs so far.
        confirming: a `collect` has read its digits back and waits for yes or no.
        heard_prompt: the prompt was started at least once.
        item: index of the item that a `say` with `each` is saying.
        replied: the backend's answer is here, and `outcome` and `reply` say what it is.
        fillers: how many fillers were said.
        keys_only: speech is not listened to any more in this visit.
        speaking: the caller has begun to speak, and what was said is not known yet.
        invited: the prompt said that the caller may speak.
        apology_due: speech failed while the prompt was being said; it is told after the prompt.
        doubtful: the caller is asked whether this was meant: keys of an option, or a universal action.
        unheard: how often speech was not understood.
        interrupted: how often a prompt was paused for nothing.
        nothings: how often the listener heard nothing to the point.
        phase: what a node with several questions is asking; empty for its first one.
        found: what an `ask` has found and reads back.
        path: file of what the caller said; empty while there is none.
        number: telephone number that the caller gave.
        chosen: what the caller chose on the way.
    """

    digits: str = ""
    silence: int = 0
    wrong: int = 0
    confirming: bool = False
    heard_prompt: bool = False
    item: int = 0
    replied: bool = False
    outcome: str = ""
    reply: Any = None
    fillers: int = 0
    keys_only: bool = False
    speaking: bool = False
    invited: bool = False
    apology_due: bool = False
    doubtful: str = ""
    unheard: int = 0
    interrupted: int = 0
    nothings: int = 0
    phase: str = ""
    found: list[Any] = field(default_factory=list)
    path: str = ""
    number: str = ""
    chosen: str = ""


@dataclass
class CallState:
    """Everything the engine knows about a call.

    Attributes:
        phase: `new` before `CallOffered`, `offered` until media flows, `active`, `ended`.
        local_time: wall-clock time when the call began, ISO 8601.
        step: number of nodes entered so far.
        stack: trees that wait for the present one to return.
        trail: listening nodes passed, oldest first; the present one is last.
        visits: `tree/node` to number of entries.
        silent_steps: nodes entered since the last key.
        silent_way_outs: ways out taken since the last key.
        typed_ahead: keys that no node has taken yet.
        swallow: a key to be ignored once, because the input it would have ended is complete already.
        preface: said before the next thing that is said.
        sensitive: variables that logs must mask: names, or paths to values within them.
        private: variables that logs may show, but that follow from sensitive ones, such as the backend's answer.
        resuming: what an earlier call of the caller left (`ivr.flow.resume.Parked`) while they are asked about it.
        playing, hearing, timer, query, transfer, recording, leaving, sending: token of what is under way, 0 for
            nothing.
        paused: what is playing is paused.
        speech: languages in which speech is understood in this call.
        invited_to_speak: the caller has been told once that they may speak.
        hearing_failures: how often in a row speech could not be understood.
        rests_from_hearing: at so many listening nodes to come, speech is not tried again.
        pace: how the caller wants everything to be said.
        bad_line: the line is too bad for speech: short and slow prompts, keys alone.
        call_timer: token of the timer that bounds the call.
        ended_by: who ended the call, empty while it lasts.
    """

    phase: Phase = "new"
    call_id: str = ""
    caller: str = ""
    dialled: str = ""
    local_time: str = ""
    tree: str = ""
    node: str = ""
    language: str = ""
    step: int = 0
    variables: dict[str, Any] = field(default_factory=dict)
    sensitive: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    resuming: dict[str, Any] | None = None
    stack: list[Frame] = field(default_factory=list)
    trail: list[Place] = field(default_factory=list)
    visits: dict[str, int] = field(default_factory=dict)
    silent_steps: int = 0
    silent_way_outs: int = 0
    typed_ahead: str = ""
    swallow: str = ""
    preface: list[Part] = field(default_factory=list)
    scratch: Scratch = field(default_factory=Scratch)
    key_source: KeySource = "rfc4733"
    last_token: int = 0
    playing: int = 0
    paused: bool = False
    hearing: int = 0
    speech: list[str] = field(default_factory=list)
    invited_to_speak: bool = False
    hearing_failures: int = 0
    rests_from_hearing: int = 0
    pace: Pace = "normal"
    bad_line: bool = False
    timer: int = 0
    query: int = 0
    transfer: int = 0
    recording: int = 0
    stopping: int = 0
    leaving: int = 0
    sending: int = 0
    call_timer: int = 0
    ended_by: str = ""
    end_reason: str = ""

    def copy(self) -> CallState:
        """A copy that can be changed without changing this one. Values of variables are shared: they never change."""
        twin = _twin(self)
        twin.variables = dict(self.variables)
        twin.sensitive = list(self.sensitive)
        twin.private = list(self.private)
        twin.speech = list(self.speech)
        twin.stack = list(self.stack)
        twin.trail = list(self.trail)
        twin.visits = dict(self.visits)
        twin.preface = list(self.preface)
        twin.scratch = _twin(self.scratch)
        return twin

    def to_dict(self) -> dict[str, Any]:
        """JSON data from which `from_dict` makes an equal state."""
        data = to_data(self)
        assert isinstance(data, dict)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CallState:
        """The state that `to_dict` described."""
        return from_data(cls, data)


def _twin(thing: T) -> T:
    """A shallow copy, in a fraction of the time that `copy.copy` takes: it is made at every event."""
    twin = object.__new__(type(thing))
    twin.__dict__.update(thing.__dict__)
    return twin
