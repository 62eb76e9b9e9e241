"""What the universal actions do that lead elsewhere, whether by key or by speech."""

from __future__ import annotations

from ivr.flow.state import Place
from ivr.flow.turn import Turn
from menus.model import UniversalAction


def leave_by(turn: Turn, action: UniversalAction) -> bool:
    """Go where `operator`, `main_menu` or `back` lead. False for other actions, and where there is nothing to go back
    to.
    """
    if action == "operator":
        turn.go(turn.tree.way_out, "universal:operator")
    elif action == "main_menu":
        root = turn.state.stack[0].tree if turn.state.stack else turn.state.tree
        tree = turn.menus.trees[root]
        turn.go_to_place(Place(root, tree.main_menu or tree.start, 0), "universal:main_menu")
    elif action == "back":
        return _back(turn)
    else:
        return False
    return True


def _back(turn: Turn) -> bool:
    """Go to the listening node before this one: the last but one of the trail where this one is its end."""
    state = turn.state
    here = Place(state.tree, state.node, len(state.stack))
    if state.trail and state.trail[-1] == here:
        if len(state.trail) < 2:
            return False
        state.trail.pop()
    if not state.trail:
        return False
    turn.go_to_place(state.trail.pop(), "universal:back")
    return True
