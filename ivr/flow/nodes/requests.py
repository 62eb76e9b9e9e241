"""What nodes that take something from the caller have in common: several questions, one after the other."""

from __future__ import annotations

from typing import Any

from ivr.flow.commands import Listen
from ivr.flow.events import Heard
from ivr.flow.nodes.listening import ListeningKind, note_input
from ivr.flow.turn import Turn
from menus import compose
from menus.keys import CONFIRM_NO, CONFIRM_YES
from menus.model import Listening
from menus.parts import Part
from menus.phrases import Sayable

#: What may be said to a question of yes or no, and the key that means the same.
_ANSWERS = {"yes": CONFIRM_YES, "no": CONFIRM_NO}


class RequestKind(ListeningKind):
    """A listening node whose questions are phases (`menus.compose_requests`). Each phase has tries of its own.

    Attributes:
        hides_values: True where logs must mask every value that is said.
        yes_no: the phases that are questions of yes or no.
    """

    hides_values = False
    yes_no: tuple[str, ...] = ()

    def prompt(self, turn: Turn, node: Any, rung: compose.Rung) -> tuple[Part, ...]:
        return self.fill(turn, node, turn.prompt(rung))

    def fill(self, turn: Turn, node: Any, template: Any) -> tuple[Part, ...]:
        return turn.fill(template, self.slots(turn, node), sensitive=node.sensitive or self.hides_values)

    def slots(self, turn: Turn, node: Any) -> dict[str, Any]:
        """Values that only the questions of this node have."""
        return {}

    def ask_phase(self, turn: Turn, node: Listening, phase: str, before: tuple[Part, ...] = ()) -> None:
        """Ask another question."""
        turn.scratch.phase = phase
        turn.scratch.silence = turn.scratch.wrong = turn.scratch.unheard = 0
        self.ask(turn, node, "first", before)

    def input_ended(self, turn: Turn, node: Any) -> None:
        self.wrong(turn, node, "too_short")

    # Speech

    def wanted(self, turn: Turn, node: Any, sayable: Sayable) -> Listen:
        return Listen(0, "", "yes_no" if turn.scratch.phase in self.yes_no else "options")

    def understood(self, turn: Turn, node: Any, event: Heard) -> None:
        """Something was said that means a key. Where a mistake would cost, only what is sure counts."""
        answer = _ANSWERS.get(event.candidates[0].id if event.candidates else "")
        if turn.scratch.phase not in self.yes_no or answer is None or event.band == "confirm":
            self.misunderstood(turn, node, event)
        else:
            self.answered(turn, node, answer, event)

    def take(self, turn: Turn, node: Any, digit: str) -> None:
        turn.scratch.digits = digit
        if digit in _ANSWERS.values():
            self.answered(turn, node, digit)
        else:
            self.wrong(turn, node, "invalid")

    def answered(self, turn: Turn, node: Any, key: str, heard: Heard | None = None) -> None:
        """Yes or no, as its key, by key or by speech."""
        raise NotImplementedError(f"{type(self).__name__} asks no question of yes or no")

    def note(self, turn: Turn, node: Listening, option: str, heard: Heard | None = None) -> None:
        note_input(turn, node, "match", option, heard)
