"""`rate`: a mark from 1 to 5."""

from __future__ import annotations

from typing import Any

from ivr.flow.nodes.requests import RequestKind
from ivr.flow.turn import MASK, Turn
from menus.keys import MARKS
from menus.model import Rate


class RateKind(RequestKind):
    """Who does not want to rate is not kept: without a `way_out` the call goes on to `next`."""

    def digit(self, turn: Turn, node: Rate, digit: str) -> None:
        if not turn.state.leaving:
            super().digit(turn, node, digit)

    def take(self, turn: Turn, node: Rate, digit: str) -> None:
        turn.scratch.digits = digit
        if digit not in MARKS:
            self.wrong(turn, node, "invalid")
            return
        self.note(turn, node, MASK if node.sensitive else digit)
        turn.set(node.save_as, int(digit), sensitive=node.sensitive)
        secret = ("mark",) if node.sensitive else ()
        turn.leave(node.leave_as, node.details, {"mark": int(digit), "language": turn.state.language}, secret=secret)

    def exhausted(self, turn: Turn, node: Rate) -> None:
        if node.way_out:
            super().exhausted(turn, node)
        else:
            turn.go(node.next, "exhausted")

    def left(self, turn: Turn, node: Rate, outcome: str, receipt: Any) -> None:
        turn.go(node.next if outcome == "kept" else node.failed or node.next, outcome)
