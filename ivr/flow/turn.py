"""One event being handled: the working copy of the state, and the commands it leads to.

Node kinds act only through the methods here, so that every step is noted, every token is fresh and every limit holds
wherever a call goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ivr.flow.commands import (
    CancelTimer,
    Command,
    DiscardRecording,
    ForgetCaller,
    HangUp,
    Leave,
    Listen,
    Note,
    Pace,
    PausePlaying,
    Play,
    PlayRecording,
    QueryBackend,
    Record,
    RememberCaller,
    ResumePlaying,
    Send,
    StartTimer,
    StopListening,
    StopPlaying,
    StopRecording,
    Transfer,
)
from ivr.flow.compositions import Compositions
from ivr.flow.resume import RESUME, Resume, first_values
from ivr.flow.state import CallState, Frame, Place, Scratch
from menus import compose
from menus.expression import evaluate, look_up, parse_expression, paths
from menus.model import AnyNode, Listening, MenuSet, Style, Text, Tree
from menus.parts import Part, Template
from menus.phrases import Sayable
from menus.template import fill
from menus.walk import SYSTEM_VARIABLES

#: What logs show in place of keys that must not be read.
MASK = "••••"
MOST_TYPED_AHEAD = 64
DEEPEST_STACK = 16
#: How many ways out a caller who never pressed anything is led to before the call ends.
MOST_SILENT_WAY_OUTS = 2


class Turn:
    """The handling of one event.

    Attributes:
        state: the working copy; it becomes the new state.
        commands: what the driver shall do, in order.
        entering: True while a node has been chosen but not entered.
    """

    def __init__(self, menus: MenuSet, compositions: Compositions, state: CallState) -> None:
        self.menus = menus
        self._compositions = compositions
        self.state = state
        self.commands: list[Command] = []
        self.entering = False

    # What is here

    @property
    def tree(self) -> Tree:
        return self.menus.trees[self.state.tree]

    @property
    def node(self) -> AnyNode | Resume:
        if self.state.resuming is not None:
            return RESUME
        return self.tree.nodes[self.state.node]

    @property
    def scratch(self) -> Scratch:
        return self.state.scratch

    def evaluate(self, expression: str) -> Any:
        return evaluate(parse_expression(expression), self.state.variables)

    def is_sensitive(self, path: str) -> bool:
        """Whether a value is sensitive, belongs to one that is, or has one within it."""
        return any(f"{path}.".startswith(f"{name}.") or name.startswith(f"{path}.") for name in self.state.sensitive)

    def depends_on_private(self, expression: str) -> bool:
        """Whether a value follows from something sensitive."""
        used = {path.steps[0] for path in paths(parse_expression(expression))}
        return not used.isdisjoint(self.state.private) or self.depends_on_sensitive(expression)

    def depends_on_sensitive(self, expression: str) -> bool:
        return any(self.is_sensitive(path.text) for path in paths(parse_expression(expression)))

    # Doing

    def do(self, command: Command) -> None:
        self.commands.append(command)

    def note(self, name: str, **data: Any) -> None:
        self.do(Note(name, data))

    def fresh_token(self) -> int:
        self.state.last_token += 1
        return self.state.last_token

    # Speaking

    @property
    def language(self) -> str:
        """The language in which the present node speaks: the call's, or its tree's base language."""
        state = self.state
        return self._compositions.language(state.tree, self.node_name, self.node, state.language)

    @property
    def node_name(self) -> str:
        """The name of the present node, empty for one that stands in no menu."""
        return "" if self.state.resuming is not None else self.state.node

    def fill(
        self, template: Template, more: dict[str, Any] | None = None, *, sensitive: bool = False
    ) -> tuple[Part, ...]:
        """Fill the slots of a template from the variables of the call, and from `more` before them.

        Args:
            sensitive: True where every value is to be masked in logs.
        """
        variables = {**self.state.variables, **more} if more else self.state.variables
        return fill(
            template,
            lambda path: look_up(variables, path),
            lambda path: sensitive or self.is_sensitive(path),
        )

    def sentence(self, name: str) -> tuple[Part, ...]:
        """A standard sentence in the language of the node."""
        return self.fill(self._compositions.sentence(self.state.tree, name, self.language))

    def prompt(self, rung: compose.Rung, *, invites_speech: bool = False) -> Template:
        """What the present node asks in its present phase."""
        state, node = self.state, self.node
        assert isinstance(node, Listening)
        return self._compositions.prompt(
            state.tree,
            self.node_name,
            node,
            self.language,
            rung,
            state.scratch.phase,
            self._style(node) if node.variants else None,
            invites_speech,
        )

    def _style(self, node: Listening) -> Style | None:
        """Which of the variants of a node is for this caller."""
        profile = self.state.variables.get("profile")
        wanted = profile.get("style") if isinstance(profile, dict) else None
        if "elderly" in node.variants and (wanted == "elderly" or self.state.pace == "slow"):
            return "elderly"
        been_here = self.state.visits.get(f"{self.state.tree}/{self.state.node}", 0) > 1
        return "short" if "short" in node.variants and (wanted == "short" or been_here) else None

    @property
    def sayable(self) -> Sayable:
        """What may be said at the present node."""
        return self._compositions.sayable(self.state.tree, self.node_name, self.node, self.language)

    def say_text(
        self,
        text: Text | None,
        *,
        purpose: str = "prompt",
        more: dict[str, Any] | None = None,
        sensitive: bool = False,
    ) -> None:
        """Say a text of the present node."""
        template = compose.spoken_text(self.tree, text, self.language)
        self.say(self.fill(template, more, sensitive=sensitive), purpose=purpose)

    def say(self, parts: Sequence[Part], *, language: str = "", purpose: str = "prompt", pace: Pace = "normal") -> None:
        """Play parts, after the preface if there is one. Replaces what plays now."""
        self.stop_playing()
        whole = (*self.state.preface, *parts)
        self.state.preface = []
        self.state.playing = self.fresh_token()
        slow = self.state.pace == "slow" or self.state.bad_line
        voice = self.tree.voice_wish(self.language, self.node)
        self.do(Play(self.state.playing, whole, self.language, "slow" if slow else pace, purpose, voice))

    def play_recording(self, path: str) -> None:
        """Let the caller hear what they said."""
        self.stop_playing()
        self.state.playing = self.fresh_token()
        self.do(PlayRecording(self.state.playing, path))

    def stop_playing(self) -> None:
        if self.state.playing:
            self.do(StopPlaying(self.state.playing))
            self.state.playing = 0
            self.state.paused = False

    def pause_playing(self) -> None:
        if self.state.playing and not self.state.paused:
            self.do(PausePlaying(self.state.playing))
            self.state.paused = True

    def resume_playing(self) -> None:
        if self.state.paused:
            self.do(ResumePlaying(self.state.playing))
            self.state.paused = False

    # Hearing

    @property
    def hears(self) -> bool:
        """Whether the caller may speak here: the call, the line, the worker and this visit allow it."""
        state = self.state
        able = not state.bad_line and not state.rests_from_hearing and not state.scratch.keys_only
        return able and self.language in state.speech

    def listen(self, wanted: Listen) -> None:
        """Listen for something, in place of what was listened for. The token and the language are filled in."""
        self.stop_listening()
        self.state.hearing = self.fresh_token()
        sensitive = self.node.sensitive
        self.do(replace(wanted, token=self.state.hearing, language=self.language, sensitive=sensitive))

    def stop_listening(self) -> None:
        self.scratch.speaking = False
        if self.state.hearing:
            self.do(StopListening(self.state.hearing))
            self.state.hearing = 0

    # Recording

    def record(self, most_ms: int, silence_ms: int) -> None:
        self.state.recording = self.fresh_token()
        self.do(Record(self.state.recording, most_ms, silence_ms))

    def stop_recording(self) -> None:
        """Ask for the end of a recording. It stays under way until `RecordingFinished` tells of it."""
        if self.state.recording and self.state.stopping != self.state.recording:
            self.state.stopping = self.state.recording
            self.do(StopRecording(self.state.recording))

    def discard_recording(self, path: str) -> None:
        self.do(DiscardRecording(path))

    # The next call

    def remember_caller(self, values: dict[str, Any], days: int) -> None:
        """Keep values for the caller's next call. They had said yes to that."""
        self.do(RememberCaller(values, days))

    def forget_caller(self) -> None:
        self.do(ForgetCaller())

    # Waiting

    def start_timer(self, name: str, ms: int) -> None:
        """Start the timer of the node, in place of one that runs."""
        self.cancel_timer()
        self.state.timer = self.fresh_token()
        self.do(StartTimer(self.state.timer, name, ms))

    def cancel_timer(self) -> None:
        if self.state.timer:
            self.do(CancelTimer(self.state.timer))
            self.state.timer = 0

    def query(
        self, operation: str, arguments: dict[str, str], budget_ms: int, more: dict[str, Any] | None = None
    ) -> None:
        """Ask the backend.

        Args:
            arguments: expressions.
            more: arguments that are values already.
        """
        self.state.query = self.fresh_token()
        values, secret = self.values(arguments)
        if more and self.node.sensitive:
            secret = (*secret, *more)
        values.update(more or {})
        self.do(QueryBackend(self.state.query, operation, values, self.state.language, budget_ms, secret))

    def values(self, expressions: dict[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The values of expressions by name, and the names of those that logs must mask."""
        values = {name: self.evaluate(expression) for name, expression in expressions.items()}
        hidden = self.node.sensitive
        secret = tuple(name for name, written in expressions.items() if hidden or self.depends_on_sensitive(written))
        return values, secret

    def leave(
        self,
        kind: str,
        details: dict[str, str],
        more: dict[str, Any],
        *,
        files: tuple[str, ...] = (),
        secret: tuple[str, ...] = (),
    ) -> None:
        """Hand over what the caller leaves.

        Args:
            details: expressions of the author.
            more: what the node itself knows.
            secret: names in `more` that logs must mask.
        """
        self.state.leaving = self.fresh_token()
        values, hidden = self.values(details)
        self.do(Leave(self.state.leaving, kind, {**values, **more}, files, (*hidden, *secret)))

    def send(self, channel: str, to: str, text: str, budget_ms: int, *, sensitive: bool) -> None:
        self.state.sending = self.fresh_token()
        self.do(Send(self.state.sending, channel, to, text, budget_ms, sensitive))

    def start_call_timer(self, ms: int) -> None:
        """Bound the call from now on."""
        self.state.call_timer = self.fresh_token()
        self.do(StartTimer(self.state.call_timer, "call_length", ms))

    def cancel_call_timer(self) -> None:
        if self.state.call_timer:
            self.do(CancelTimer(self.state.call_timer))
            self.state.call_timer = 0

    def transfer(self, target: str, ring_for_ms: int) -> None:
        """Connect the caller to somebody. Two people who talk are not cut off: the call is bounded again afterwards."""
        self.cancel_call_timer()
        self.state.transfer = self.fresh_token()
        self.do(Transfer(self.state.transfer, target, ring_for_ms))

    # Going on

    def go(self, node: str, outcome: str) -> None:
        """Leave the node; the engine enters the next one."""
        self.drop_what_is_under_way()
        self.note("step_left", step=self.state.step, outcome=outcome, next=node)
        self.state.resuming = None
        self.state.node = node
        self.state.scratch = Scratch()
        self.entering = True

    def drop_what_is_under_way(self) -> None:
        self.stop_playing()
        self.stop_listening()
        self.cancel_timer()
        self.stop_recording()
        state = self.state
        state.query = state.transfer = state.leaving = state.sending = 0

    def go_to_place(self, place: Place, outcome: str) -> None:
        """Go to a listening node that was passed, leaving trees that were called since."""
        while len(self.state.stack) > place.depth:
            self.state.variables = dict(self.state.stack.pop().variables)
        self.state.tree = place.tree
        self.go(place.node, outcome)

    def call_tree(self, tree: str, arguments: dict[str, str]) -> None:
        """Start another tree; the present node gets the call back."""
        values = {name: self.evaluate(expression) for name, expression in arguments.items()}
        for name, expression in arguments.items():
            if self.depends_on_sensitive(expression):
                self.mark_sensitive(name)
            elif self.depends_on_private(expression) and name not in self.state.private:
                self.state.private.append(name)
        self.state.stack.append(Frame(self.state.tree, self.state.node, self.state.variables))
        self.state.tree = tree
        passed = {name: self.state.variables[name] for name in SYSTEM_VARIABLES if name in self.state.variables}
        self.state.variables = {**first_values(self.tree, self.state.local_time), **passed, **values}
        self.mark_declared()
        self.go(self.tree.start, "called")

    def way_out(self, outcome: str, node: str | None = None) -> None:
        """The caller cannot get on here: lead to where somebody or something helps."""
        self.state.typed_ahead = ""
        self.state.silent_way_outs += 1
        if self.state.silent_way_outs > MOST_SILENT_WAY_OUTS:
            self.say_goodbye("nobody_there", ended_by="menu", reason="no_input")
            return
        self.state.preface = list(self.sentence("way_out"))
        self.go(node or self.tree.way_out, outcome)

    def set(self, name: str, value: Any, *, sensitive: bool = False, private: bool = False) -> None:
        """Give a variable a value.

        Args:
            sensitive: logs must mask it.
            private: it follows from something sensitive, and is not kept for another call.
        """
        self.state.variables[name] = value
        if sensitive:
            self.mark_sensitive(name)
        if private and name not in self.state.private:
            self.state.private.append(name)

    def mark_declared(self) -> None:
        """Remember which variables of the present tree are declared as sensitive."""
        for name, variable in self.tree.declared.items():
            if variable.sensitive:
                self.mark_sensitive(name)

    def mark_sensitive(self, name: str) -> None:
        if name not in self.state.sensitive:
            self.state.sensitive.append(name)

    # Ending

    def say_goodbye(self, sentence: str, *, ended_by: str, reason: str) -> None:
        """Say a standard sentence, then hang up. Whatever else was under way is dropped."""
        self.drop_what_is_under_way()
        self.entering = False
        self.state.ended_by, self.state.end_reason = ended_by, reason
        self.say(self.sentence(sentence), purpose="goodbye")

    def hang_up(self, ended_by: str, reason: str) -> None:
        self.stop_recording()
        self.do(HangUp(reason))
        self.end(ended_by, reason)

    def end(self, ended_by: str, reason: str) -> None:
        """The call is over. Nothing may be under way afterwards."""
        state = self.state
        self.drop_what_is_under_way()
        self.cancel_call_timer()
        self.entering = False
        if state.phase == "active":
            self.note("step_left", step=state.step, outcome="hangup", next="")
        state.phase = "ended"
        state.ended_by, state.end_reason = ended_by, reason
        self.note(
            "call_ended",
            ended_by=ended_by,
            reason=reason,
            tree=state.tree,
            node=state.node,
            language=state.language,
            steps=state.step,
        )
