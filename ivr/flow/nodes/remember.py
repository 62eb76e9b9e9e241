"""`remember`: keep values for the caller's next call, if they agree."""

from __future__ import annotations

from typing import Any

from ivr.flow.events import Heard
from ivr.flow.nodes.requests import RequestKind
from ivr.flow.turn import Turn
from menus.keys import CONFIRM_YES
from menus.model import Remember


class RememberKind(RequestKind):
    """Only a yes counts as one: silence and wrong keys keep nothing, and the call goes on to `next`."""

    yes_no = ("",)

    def slots(self, turn: Turn, node: Remember) -> dict[str, Any]:
        return {"days": node.days}

    def enter(self, turn: Turn, node: Remember) -> None:
        if not turn.state.caller:
            turn.go(node.next, "withheld")
        elif turn.state.variables.get("profile") and not node.ask_again:
            self._remember(turn, node)
            turn.go(node.next, "kept")
        else:
            super().enter(turn, node)

    def answered(self, turn: Turn, node: Remember, key: str, heard: Heard | None = None) -> None:
        if key == CONFIRM_YES:
            self.note(turn, node, "yes", heard)
            self._remember(turn, node)
            turn.go(node.next, "kept")
        else:
            self.note(turn, node, "no", heard)
            turn.forget_caller()
            turn.set("profile", {})
            turn.go(node.next, "declined")

    def exhausted(self, turn: Turn, node: Remember) -> None:
        if node.way_out:
            super().exhausted(turn, node)
        else:
            turn.go(node.next, "exhausted")

    def _remember(self, turn: Turn, node: Remember) -> None:
        """What is sensitive is never kept."""
        values, secret = turn.values(node.values)
        kept = {name: value for name, value in values.items() if name not in secret and value is not None}
        turn.remember_caller(kept, node.days)
        turn.set("profile", kept)
