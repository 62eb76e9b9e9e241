"""What the journal may know: records with keys, values and numbers masked where a node or variable is sensitive."""

from __future__ import annotations

from typing import Any

from ivr.call.ports import Record
from ivr.flow.codec import to_data
from ivr.flow.commands import Command, Leave, Note, Park, Play, QueryBackend, RememberCaller, Send
from ivr.flow.events import BackendReplied, CallOffered, DigitPressed, Event, Heard, HeardNothing
from ivr.flow.state import CallState
from ivr.flow.turn import MASK
from menus.model import Callback, Listening, MenuSet
from menus.parts import Value

_MASKED_DIGIT = "•"
#: The fields of `Heard` and `HeardNothing` that tell what was said.
_WHAT_WAS_HEARD = {"text", "candidates", "values"}
#: What of the reason for a call of ours is shown; its text may be somebody's own affair.
_ABOUT_SHOWN = {"purpose", "ticket"}


class Discretion:
    """Makes journal records of events and commands.

    Args:
        mask_number: how a caller's number is shown.
    """

    def __init__(self, menus: MenuSet, mask_number: Any) -> None:
        self._menus = menus
        self._mask_number = mask_number
        # Keys typed ahead may be meant for a sensitive node that is still to come.
        self._has_sensitive_nodes = any(node.sensitive for tree in menus.trees.values() for node in tree.nodes.values())

    def event(self, state: CallState, event: Event) -> Record:
        """The record of an event, given the state before it."""
        data = to_data(event)
        if isinstance(event, CallOffered):
            data["caller"] = self._mask_number(event.caller)
            data["profile"] = sorted(event.profile)
            data["parked"] = event.parked is not None
            data["about"] = {name: event.about[name] for name in _ABOUT_SHOWN & event.about.keys()}
        elif isinstance(event, DigitPressed) and self._hides_keys(state):
            data["digit"] = _MASKED_DIGIT
        elif isinstance(event, BackendReplied) and self._node_is_sensitive(state):
            data["data"] = MASK
        elif isinstance(event, (Heard, HeardNothing)) and self._node_is_sensitive(state):
            data.update(dict.fromkeys(_WHAT_WAS_HEARD & set(data), MASK))
        return Record("event", type(event).__name__, data)

    def command(self, command: Command) -> Record:
        """The record of a command."""
        data: dict[str, Any] = to_data(command)
        if isinstance(command, Play):
            data["parts"] = [
                {**to_data(part), "value": MASK} if isinstance(part, Value) and part.sensitive else to_data(part)
                for part in command.parts
            ]
        elif isinstance(command, QueryBackend):
            data["arguments"].update(dict.fromkeys(command.sensitive, MASK))
        elif isinstance(command, Leave):
            data["data"].update(dict.fromkeys(command.sensitive, MASK))
        elif isinstance(command, Send):
            data["to"] = self._mask_number(command.to)
            data["text"] = MASK if command.sensitive else command.text
        elif isinstance(command, RememberCaller):
            data["values"] = sorted(command.values)
        elif isinstance(command, Park):
            data["state"] = {"tree": command.state.get("tree"), "node": command.state.get("node")}
        name = "Note" if isinstance(command, Note) else type(command).__name__
        return Record("command", name, data)

    def _hides_keys(self, state: CallState) -> bool:
        node = self._menus.trees[state.tree].nodes.get(state.node) if state.tree else None
        if node is None:
            return self._has_sensitive_nodes
        takes_it = isinstance(node, Listening) and (node.interruptible or not state.playing)
        is_number = isinstance(node, Callback) and state.scratch.phase == "number"
        return node.sensitive or is_number or (self._has_sensitive_nodes and not takes_it)

    def _node_is_sensitive(self, state: CallState) -> bool:
        if not state.tree:
            return False
        node = self._menus.trees[state.tree].nodes[state.node]
        return node.sensitive or isinstance(node, Callback)
