"""`hangup`: say goodbye and end the call, or return to the tree that called this one."""

from __future__ import annotations

from ivr.flow.nodes.base import NodeKind
from ivr.flow.nodes.instant import return_from
from ivr.flow.turn import Turn
from menus.model import HangUp


class HangUpKind(NodeKind):
    def enter(self, turn: Turn, node: HangUp) -> None:
        if node.text is not None or turn.state.preface:
            turn.say_text(node.text or {}, purpose="notice" if _returns(turn, node) else "goodbye")
        else:
            self.playback_finished(turn, node)

    def playback_finished(self, turn: Turn, node: HangUp) -> None:
        if _returns(turn, node):
            return_from(turn)
        else:
            turn.hang_up("menu", node.reason)


def _returns(turn: Turn, node: HangUp) -> bool:
    return node.returns and bool(turn.state.stack)
