"""`collect`: take digits into a variable; read them back where the author wants or speech was not heard well."""

from __future__ import annotations

from ivr.flow.commands import Listen
from ivr.flow.events import Heard
from ivr.flow.nodes.listening import ListeningKind, note_input
from ivr.flow.turn import Turn
from menus import compose
from menus.keys import CONFIRM_NO, CONFIRM_YES, X_KEY
from menus.model import Collect
from menus.parts import Part
from menus.phrases import Sayable

#: What is spoken one digit after the other. Amounts are not: they are taken by keys.
_SAID_AS_DIGITS = ("digits", "phone", "id")
_DIGITS_OF_DATE = 8
#: What may be said to a read-back, and the key that means the same.
_ANSWERS = {"yes": CONFIRM_YES, "no": CONFIRM_NO}


class CollectKind(ListeningKind):
    """Complete at once on the most digits or the terminator; after `between_keys` with the least or more. Too short is
    never valid. The repeat key in the middle of an input starts it anew; as the last of a number that may end with X
    the star is an X.
    """

    def prompt(self, turn: Turn, node: Collect, rung: compose.Rung) -> tuple[Part, ...]:
        wording, language = turn.menus.wording, turn.language
        if turn.scratch.confirming:
            template = compose.confirmation(turn.tree, wording, node, language, rung)
            return turn.fill(template, sensitive=node.sensitive)
        return turn.fill(turn.prompt(rung, invites_speech=turn.scratch.invited))

    def take(self, turn: Turn, node: Collect, digit: str) -> None:
        if turn.scratch.confirming:
            self._take_confirmation(turn, node, digit)
        elif digit == node.terminator:
            self._complete(turn, node)
        elif node.last_x and digit == X_KEY and len(turn.scratch.digits) == node.most - 1:
            turn.scratch.digits += "X"
            _ignore_terminator(turn, node)
            self._complete(turn, node)
        elif turn.scratch.digits and digit == turn.tree.universals.get("repeat"):
            self.ask(turn, node, "short", before=turn.sentence("enter_again"))
        elif not digit.isdigit():
            turn.scratch.digits += digit
            self.wrong(turn, node, "invalid")
        else:
            turn.scratch.digits += digit
            if len(turn.scratch.digits) >= node.most:
                _ignore_terminator(turn, node)
                self._complete(turn, node)
            else:
                self.wait_for_more(turn, node)

    def reproach(self, turn: Turn, outcome: str) -> str:
        if turn.scratch.confirming:
            return super().reproach(turn, outcome)
        return "too_short" if outcome == "too_short" else "enter_again"

    def input_ended(self, turn: Turn, node: Collect) -> None:
        self._complete(turn, node)

    def wanted(self, turn: Turn, node: Collect, sayable: Sayable) -> Listen:
        if turn.scratch.confirming:
            return Listen(0, "", "yes_no")
        if node.say_as == "date" and node.least == node.most == _DIGITS_OF_DATE:
            return Listen(0, "", "date", least=node.least, most=node.most)
        if node.say_as in _SAID_AS_DIGITS:
            return Listen(0, "", "digits", least=node.least, most=node.most)
        return Listen(0, "", "options")

    def understood(self, turn: Turn, node: Collect, event: Heard) -> None:
        if turn.scratch.confirming:
            answer = _ANSWERS.get(event.candidates[0].id if event.candidates else "")
            if answer is None or event.band == "confirm":
                self.misunderstood(turn, node, event)
            else:
                self._take_confirmation(turn, node, answer, event)
            return
        value = event.values[0] if event.values else ""
        if not (_is_number(node, value) and node.least <= len(value) <= node.most):
            self.misunderstood(turn, node, event)
            return
        turn.scratch.digits = value
        self._complete(turn, node, event)

    def _complete(self, turn: Turn, node: Collect, heard: Heard | None = None) -> None:
        if len(turn.scratch.digits) < node.least:
            self.wrong(turn, node, "too_short")
            return
        turn.set(node.save_as, turn.scratch.digits, sensitive=node.sensitive)
        note_input(turn, node, "match", heard=heard)
        if node.confirm or (heard is not None and heard.band == "confirm"):
            turn.scratch.confirming = True
            self.ask(turn, node, "first")
        else:
            turn.go(node.next, "match")

    def _take_confirmation(self, turn: Turn, node: Collect, digit: str, heard: Heard | None = None) -> None:
        turn.scratch.digits = digit
        if digit == CONFIRM_YES:
            note_input(turn, node, "match", "confirmed", heard)
            turn.go(node.next, "match")
        elif digit == CONFIRM_NO:
            note_input(turn, node, "match", "again", heard)
            turn.scratch.confirming = False
            self.ask(turn, node, "short", before=turn.sentence("enter_again"))
        else:
            self.wrong(turn, node, "invalid")


def _is_number(node: Collect, said: str) -> bool:
    """Whether the keys could give it, too: digits, the last of them an X where the node has `last_x`."""
    ends_with_x = node.last_x and len(said) == node.most and said.endswith("X")
    digits = said[:-1] if ends_with_x else said
    return digits.isascii() and digits.isdigit()


def _ignore_terminator(turn: Turn, node: Collect) -> None:
    """The input is complete by its length: the terminator that many callers press all the same means nothing."""
    if node.terminator and turn.state.typed_ahead.startswith(node.terminator):
        turn.state.typed_ahead = turn.state.typed_ahead[1:]
    else:
        turn.state.swallow = node.terminator
