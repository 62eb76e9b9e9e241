"""Nodes that take no time: `branch`, `set`, `language` and `call`."""

from __future__ import annotations

from ivr.flow.nodes.base import NodeKind
from ivr.flow.turn import DEEPEST_STACK, Turn
from menus.model import Branch, Call, Language, Set


class BranchKind(NodeKind):
    """The first condition that holds decides."""

    def enter(self, turn: Turn, node: Branch) -> None:
        for choice in node.choices:
            if turn.evaluate(choice.when):
                turn.go(choice.next, "branch")
                return
        turn.go(node.otherwise, "otherwise")


class SetKind(NodeKind):
    """All values are computed from the variables as they were before."""

    def enter(self, turn: Turn, node: Set) -> None:
        computed = [
            (name, turn.evaluate(expression), node.sensitive or turn.depends_on_sensitive(expression), expression)
            for name, expression in node.values.items()
        ]
        private = {name for name, _, _, expression in computed if turn.depends_on_private(expression)}
        for name, value, sensitive, _ in computed:
            turn.set(name, value, sensitive=sensitive, private=name in private)
        turn.go(node.next, "finished")


class LanguageKind(NodeKind):
    """A tree that lacks the language says its base language."""

    def enter(self, turn: Turn, node: Language) -> None:
        turn.state.language = node.to
        turn.go(node.next, "finished")


class CallKind(NodeKind):
    """Starts the other tree; `return_from` brings the call back."""

    def enter(self, turn: Turn, node: Call) -> None:
        if len(turn.state.stack) >= DEEPEST_STACK:
            turn.say_goodbye("limit_reached", ended_by="limit", reason="tree_depth")
            return
        turn.call_tree(node.tree, node.arguments)


def return_from(turn: Turn) -> None:
    """Leave the called tree, with what its caller wants to keep."""
    frame = turn.state.stack.pop()
    node = turn.menus.trees[frame.tree].nodes[frame.node]
    assert isinstance(node, Call)
    brought = {
        name: (
            turn.evaluate(expression),
            turn.depends_on_sensitive(expression),
            turn.depends_on_private(expression),
        )
        for name, expression in node.save.items()
    }
    turn.state.variables = dict(frame.variables)
    turn.state.tree = frame.tree
    # What was passed in the tree that is left cannot be gone back to: its variables are gone.
    turn.state.trail = [place for place in turn.state.trail if place.depth <= len(turn.state.stack)]
    for name, (value, sensitive, private) in brought.items():
        turn.set(name, value, sensitive=sensitive, private=private)
    turn.go(node.next, "returned")
