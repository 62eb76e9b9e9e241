"""One event being handled: the working copy of the state, and the commands it leads to.

Node kinds act only through the methods here, so that every step is noted, every token is fresh and every limit holds
wherever a call goes. `Here` is where the call is, `Acting` what can be done there, `Turn` how it goes on.
"""

from __future__ import annotations

from typing import Any

from ivr.flow.acting import Acting
from ivr.flow.commands import HangUp
from ivr.flow.compositions import Compositions
from ivr.flow.resume import first_values
from ivr.flow.state import CallState, Frame, Place, Scratch
from menus.model import MenuSet
from menus.walk import SYSTEM_VARIABLES

#: What logs show in place of keys that must not be read.
MASK = "••••"
MOST_TYPED_AHEAD = 64
DEEPEST_STACK = 16
#: How many ways out a caller who never pressed anything is led to before the call ends.
MOST_SILENT_WAY_OUTS = 2


class Turn(Acting):
    """The handling of one event.

    Attributes:
        entering: True while a node has been chosen but not entered.
    """

    def __init__(self, menus: MenuSet, compositions: Compositions, state: CallState) -> None:
        super().__init__(menus, compositions, state)
        self.entering = False

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
