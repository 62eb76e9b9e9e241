"""The question to a caller whose last call broke off: go on, or begin again. It is in no menu; the engine asks it."""

from __future__ import annotations

from ivr.flow.events import Heard
from ivr.flow.nodes.requests import RequestKind
from ivr.flow.resume import Parked, Resume, read_parked, take_up
from ivr.flow.turn import Turn
from menus import compose
from menus.keys import CONFIRM_YES
from menus.parts import Part


class ResumeKind(RequestKind):
    """Who does not answer begins again: nobody is put into the middle of something without a yes."""

    yes_no = ("",)

    def enter(self, turn: Turn, node: Resume) -> None:
        parked = self._parked(turn)
        turn.state.language = parked.language
        self.ask(turn, node, "first")

    def prompt(self, turn: Turn, node: Resume, rung: compose.Rung) -> tuple[Part, ...]:
        parked = self._parked(turn)
        tree = turn.menus.trees[parked.tree]
        topic = tree.nodes[parked.node].topic or tree.topic or tree.title
        return turn.fill(compose.resume(turn.tree, turn.menus.wording, tree, topic, turn.language))

    def answered(self, turn: Turn, node: Resume, key: str, heard: Heard | None = None) -> None:
        parked = self._parked(turn)
        if key == CONFIRM_YES:
            self.note(turn, node, "go_on", heard)
            start = turn.state.node
            take_up(turn.menus, turn.state, parked)
            turn.go(parked.node, f"resumed:{start}")
        else:
            self.note(turn, node, "begin_again", heard)
            self._begin(turn, "begun_again")

    def exhausted(self, turn: Turn, node: Resume) -> None:
        self._begin(turn, "exhausted")

    def _begin(self, turn: Turn, outcome: str) -> None:
        turn.go(turn.tree.start, outcome)

    def _parked(self, turn: Turn) -> Parked:
        parked = read_parked(turn.menus, turn.state.tree, turn.state.resuming)
        assert parked is not None, "the engine asks only where there is something to go on with"
        return parked
