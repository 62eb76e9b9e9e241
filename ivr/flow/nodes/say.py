"""`say`: say something and go on."""

from __future__ import annotations

from typing import Any, cast

from ivr.flow.commands import Listen
from ivr.flow.events import Heard, HeardNothing
from ivr.flow.nodes.base import keep_for_later
from ivr.flow.nodes.hearing import HearingKind, universals_of
from ivr.flow.nodes.universals import leave_by
from ivr.flow.turn import Turn
from menus.compose import DOUBTED_ACTIONS
from menus.model import Say, UniversalAction


class SayKind(HearingKind):
    """Keys typed ahead wait: an answer is never skipped because of a key pressed before it began. A key pressed while
    it is said interrupts it, and goes to the next node that listens; the repeat key says it again. What may be said
    everywhere, such as 再说一遍 or 慢一点, may be said here, too.
    """

    def enter(self, turn: Turn, node: Say) -> None:
        self._say_item(turn, node)

    def digit(self, turn: Turn, node: Say, digit: str) -> None:
        if digit == turn.tree.universals.get("repeat"):
            self._say_all(turn, node)
            return
        if digit == turn.tree.universals.get("slower"):
            self._say_slower(turn, node)
            return
        keep_for_later(turn, digit)
        if node.interruptible:
            turn.go(node.next, "interrupted")

    def expects(self, turn: Turn, node: Say) -> Listen | None:
        universals = universals_of(turn.sayable)
        useful = tuple(option for option in universals if option.id != "help")
        return Listen(0, "", "options", universals=useful) if useful else None

    def heard(self, turn: Turn, node: Say, event: Heard) -> None:
        action = cast(UniversalAction, event.candidates[0].id if event.candidates else "")
        sure = event.band == "accept" or action not in DOUBTED_ACTIONS
        if sure and action == "repeat":
            self._say_all(turn, node)
        elif sure and action == "slower":
            self._say_slower(turn, node)
        elif not (sure and leave_by(turn, action)):
            self.heard_nothing(turn, node, HeardNothing(event.token))

    def misunderstood(self, turn: Turn, node: Say, event: HeardNothing) -> None:
        """The caller may say what they like."""

    def wait_again(self, turn: Turn, node: Say) -> None:
        """Nobody is waited for."""

    def by_keys_alone(self, turn: Turn, node: Say, *, lost: bool) -> None:
        turn.resume_playing()

    def playback_finished(self, turn: Turn, node: Say) -> None:
        turn.scratch.item += 1
        self._say_item(turn, node)

    def _say_all(self, turn: Turn, node: Say) -> None:
        turn.scratch.item = 0
        self._say_item(turn, node)

    def _say_slower(self, turn: Turn, node: Say) -> None:
        turn.state.pace = "slow"
        turn.state.preface = list(turn.sentence("slower"))
        self._say_item(turn, node)

    def _say_item(self, turn: Turn, node: Say) -> None:
        items = _items(turn, node)
        if turn.scratch.item >= len(items):
            turn.go(node.next, "finished")
            return
        secret = node.sensitive or (node.each is not None and turn.is_sensitive(node.each))
        turn.say_text(node.text, more=items[turn.scratch.item], sensitive=secret)
        self.listen(turn, node)


def _items(turn: Turn, node: Say) -> list[dict[str, Any]]:
    """For each time that the text is said, the variables that only this time has."""
    if node.each is None:
        return [{}]
    found = turn.evaluate(node.each)
    return [{node.item: item} for item in found[: node.most]] if isinstance(found, list) else []
