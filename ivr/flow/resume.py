"""Taking up a call that broke off, when the caller rings again.

What is parked is where the call stood, and its variables, without anything sensitive: neither what the author marked
nor what the backend answered to it. Where such a value is needed the call goes on at the node that asks for it, so the
caller proves again who they are. Whether the caller is the same one is for the driver to know, by their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ivr.flow.codec import from_data, to_data
from ivr.flow.commands import Pace
from ivr.flow.state import CallState, Frame, Place
from menus.hours import opening
from menus.model import Call, Interruption, Listening, MenuSet, Resumable, Tree, Tries

#: What the engine gives to every call anew.
_OF_THE_CALL = ("call", "profile")


class Resume(Listening):
    """The node that the engine puts before the first one of the menu: go on, or begin again. No author writes it."""

    kind: Literal["resume"] = "resume"


RESUME = Resume(prompt={}, tries=Tries(silence=2, wrong=2))


@dataclass
class Parked:
    """Where a call stood, as JSON data.

    Attributes:
        variables: those of `tree`.
    """

    root: str
    tree: str
    node: str
    language: str
    pace: Pace = "normal"
    variables: dict[str, Any] = field(default_factory=dict)
    stack: list[Frame] = field(default_factory=list)
    trail: list[Place] = field(default_factory=list)


def first_values(tree: Tree, local_time: str) -> dict[str, Any]:
    """The variables with which a tree begins: its own, and what its business hours are at this moment."""
    return {**tree.first_values, **{name: opening(hours, local_time) for name, hours in tree.hours.items()}}


def to_park(menus: MenuSet, root: str, state: CallState, by: Interruption) -> tuple[dict[str, Any], Resumable] | None:
    """What is to be parked of a call that breaks off now, and for how long; None if it cannot be taken up again."""
    wanted = menus.trees[root].resumable
    if wanted is None or by not in wanted.after or not _is_under_way(menus, root, state):
        return None
    parked = Parked(root, state.tree, state.node, state.language, state.pace, state.variables, state.stack, state.trail)
    secret = {name for name in [*state.sensitive, *state.private] if name.partition(".")[0] not in _OF_THE_CALL}
    if secret and not _back_to_where_it_is_asked(menus, parked):
        return None
    if not menus.trees[parked.tree].nodes[parked.node].resumable:
        return None
    hidden = {name.partition(".")[0] for name in secret} | set(_OF_THE_CALL)
    parked.variables = _without(parked.variables, hidden)
    parked.stack = [Frame(frame.tree, frame.node, _without(frame.variables, hidden)) for frame in parked.stack]
    return to_data(parked), wanted


def read_parked(menus: MenuSet, root: str, data: Mapping[str, Any] | None) -> Parked | None:
    """What was parked, if the menus of today still have all that it stands on."""
    try:
        parked = from_data(Parked, data or {})
        places = [(frame.tree, frame.node) for frame in parked.stack] + [(parked.tree, parked.node)]
        trail = [(place.tree, place.node) for place in parked.trail]
        fits = (
            parked.root == root == places[0][0]
            and all(node in menus.trees[tree].nodes for tree, node in [*places, *trail])
            and all(isinstance(menus.trees[tree].nodes[node], Call) for tree, node in places[:-1])
            and all(place.depth <= len(parked.stack) for place in parked.trail)
            and all(isinstance(frame.variables, dict) for frame in parked.stack)
            and isinstance(parked.variables, dict)
        )
    except (KeyError, TypeError, AttributeError):
        return None
    return parked if fits else None


def take_up(menus: MenuSet, state: CallState, parked: Parked) -> None:
    """Put the call where it stood. The facts of the call, the profile and the hours are those of the new call."""
    new = {name: state.variables[name] for name in _OF_THE_CALL if name in state.variables}

    def refreshed(tree: str, variables: dict[str, Any]) -> dict[str, Any]:
        return {**first_values(menus.trees[tree], state.local_time), **variables, **_hours(menus, tree, state), **new}

    state.tree, state.node = parked.tree, parked.node
    state.variables = refreshed(parked.tree, parked.variables)
    state.stack = [Frame(frame.tree, frame.node, refreshed(frame.tree, frame.variables)) for frame in parked.stack]
    state.trail = list(parked.trail)
    state.language, state.pace = parked.language, parked.pace


def _hours(menus: MenuSet, tree: str, state: CallState) -> dict[str, Any]:
    return {name: opening(hours, state.local_time) for name, hours in menus.trees[tree].hours.items()}


def _is_under_way(menus: MenuSet, root: str, state: CallState) -> bool:
    """Whether there is anything to go on with: a caller who can be recognised, and something begun."""
    tree = menus.trees[root]
    at_the_door = not state.stack and state.node in (tree.start, tree.main_menu)
    return state.phase == "active" and not state.ended_by and bool(state.caller and state.trail) and not at_the_door


def _back_to_where_it_is_asked(menus: MenuSet, parked: Parked) -> bool:
    """Move back to the first node passed that takes something sensitive. False if there is none."""
    for index, place in enumerate(parked.trail):
        if menus.trees[place.tree].nodes[place.node].sensitive:
            if place.depth < len(parked.stack):
                parked.variables = parked.stack[place.depth].variables
            parked.stack = parked.stack[: place.depth]
            parked.tree, parked.node = place.tree, place.node
            parked.trail = parked.trail[:index]
            return True
    return False


def _without(variables: Mapping[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if name not in hidden}
