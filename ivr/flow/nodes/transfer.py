"""`transfer`: connect the caller to a person."""

from __future__ import annotations

from ivr.flow.nodes.base import NodeKind
from ivr.flow.turn import Turn
from menus.model import Transfer


class TransferKind(NodeKind):
    """Keys are for whoever talks with the caller; none of them is kept for a later node."""

    def enter(self, turn: Turn, node: Transfer) -> None:
        turn.state.typed_ahead = ""
        if node.text is not None or turn.state.preface:
            turn.say_text(node.text or {}, purpose="notice")
        else:
            turn.transfer(node.target, node.ring_for)

    def digit(self, turn: Turn, node: Transfer, digit: str) -> None:
        """Ignored."""

    def playback_finished(self, turn: Turn, node: Transfer) -> None:
        turn.transfer(node.target, node.ring_for)

    def transferred(self, turn: Turn, node: Transfer, outcome: str) -> None:
        turn.state.typed_ahead = ""
        exits = {"ended": node.next, "busy": node.busy, "no_answer": node.no_answer}
        turn.go(exits.get(outcome, node.failed), outcome)
