"""`menu`: offer options, take one."""

from __future__ import annotations

from ivr.flow.commands import Listen
from ivr.flow.events import Heard
from ivr.flow.nodes.hearing import options_of
from ivr.flow.nodes.listening import ListeningKind, note_input
from ivr.flow.turn import MASK, Turn
from menus import compose
from menus.model import Menu, Option, UniversalAction
from menus.parts import Part
from menus.phrases import Sayable

#: Ends the keys of an option that begins a longer one, for callers who do not want to wait.
ENTER = "#"


class MenuKind(ListeningKind):
    """Complete as soon as the keys match one option and no longer option begins with them, or when one is said."""

    def prompt(self, turn: Turn, node: Menu, rung: compose.Rung) -> tuple[Part, ...]:
        return turn.fill(turn.prompt(rung, invites_speech=turn.scratch.invited))

    def universal(self, turn: Turn, node: Menu, digit: str) -> UniversalAction | None:
        if any(option.keys.startswith(digit) for option in node.options):
            return None
        return super().universal(turn, node, digit)

    def take(self, turn: Turn, node: Menu, digit: str) -> None:
        entered = _exact(node, turn.scratch.digits) if digit == ENTER else None
        if entered:
            _choose(turn, node, entered)
            return
        turn.scratch.digits += digit
        typed = turn.scratch.digits
        longer = any(option.keys.startswith(typed) and option.keys != typed for option in node.options)
        option = _exact(node, typed)
        if longer:
            self.wait_for_more(turn, node)
        elif option:
            _choose(turn, node, option)
        else:
            self.wrong(turn, node, "invalid")

    def input_ended(self, turn: Turn, node: Menu) -> None:
        option = _exact(node, turn.scratch.digits)
        if option:
            _choose(turn, node, option)
        else:
            self.wrong(turn, node, "too_short")

    def wanted(self, turn: Turn, node: Menu, sayable: Sayable) -> Listen:
        return Listen(0, "", "options", options_of(sayable))

    def understood(self, turn: Turn, node: Menu, event: Heard) -> None:
        option = _exact(node, event.candidates[0].id) if event.candidates else None
        if option is None:
            self.misunderstood(turn, node, event)
        elif event.band == "confirm":
            self.doubt(turn, node, option.keys, event)
        else:
            _choose(turn, node, option, event)

    def choose(self, turn: Turn, node: Menu, option: str) -> None:
        chosen = _exact(node, option)
        assert chosen is not None
        turn.go(chosen.next, "match")


def _exact(node: Menu, typed: str) -> Option | None:
    return next((option for option in node.options if option.keys == typed), None)


def _choose(turn: Turn, node: Menu, option: Option, heard: Heard | None = None) -> None:
    note_input(turn, node, "match", MASK if node.sensitive else option.keys, heard)
    turn.go(option.next, "match")
