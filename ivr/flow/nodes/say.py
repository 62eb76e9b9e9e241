"""`say`: say something and go on."""

from __future__ import annotations

from typing import Any

from ivr.flow.nodes.base import NodeKind, keep_for_later
from ivr.flow.turn import Turn
from menus.model import Say


class SayKind(NodeKind):
    """Keys typed ahead wait: an answer is never skipped because of a key pressed before it began. A key pressed while
    it is said interrupts it, and goes to the next node that listens; the repeat key says it again.
    """

    def enter(self, turn: Turn, node: Say) -> None:
        self._say_item(turn, node)

    def digit(self, turn: Turn, node: Say, digit: str) -> None:
        if digit == turn.tree.universals.get("repeat"):
            turn.scratch.item = 0
            self._say_item(turn, node)
            return
        keep_for_later(turn, digit)
        if node.bargeable:
            turn.go(node.next, "interrupted")

    def playback_finished(self, turn: Turn, node: Say) -> None:
        turn.scratch.item += 1
        self._say_item(turn, node)

    def _say_item(self, turn: Turn, node: Say) -> None:
        items = _items(turn, node)
        if turn.scratch.item >= len(items):
            turn.go(node.next, "finished")
            return
        secret = node.sensitive or (node.each is not None and turn.is_sensitive(node.each))
        turn.say_text(node.text, more=items[turn.scratch.item], sensitive=secret)


def _items(turn: Turn, node: Say) -> list[dict[str, Any]]:
    """For each time that the text is said, the variables that only this time has."""
    if node.each is None:
        return [{}]
    found = turn.evaluate(node.each)
    return [{node.item: item} for item in found[: node.most]] if isinstance(found, list) else []
