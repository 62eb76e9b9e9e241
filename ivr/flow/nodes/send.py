"""`send`: a text message."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.flow.nodes.base import NodeKind
from ivr.flow.turn import Turn
from menus import compose
from menus.model import Send
from menus.parts import Part, Value, Words


class SendKind(NodeKind):
    """The outcome is acted upon when what is said meanwhile has been heard."""

    def enter(self, turn: Turn, node: Send) -> None:
        parts = turn.fill(compose.spoken_text(turn.tree, node.message, turn.language))
        to = turn.evaluate(node.to)
        secret = node.sensitive or turn.depends_on_sensitive(node.to) or any(_is_secret(part) for part in parts)
        if (isinstance(to, str) and to) or node.channel != "sms":
            turn.send(node.channel, to if isinstance(to, str) else "", written(parts), node.budget, sensitive=secret)
        else:
            turn.scratch.replied, turn.scratch.outcome = True, "failed"  # a withheld number gets no message
        if node.text is not None or turn.state.preface:
            turn.say_text(node.text or {}, purpose="notice")
        elif turn.scratch.replied:
            _leave(turn, node)

    def playback_finished(self, turn: Turn, node: Send) -> None:
        if turn.scratch.replied:
            _leave(turn, node)

    def sent(self, turn: Turn, node: Send, outcome: str) -> None:
        turn.scratch.replied, turn.scratch.outcome = True, outcome
        if not turn.state.playing:
            _leave(turn, node)


def written(parts: Iterable[Part]) -> str:
    """Parts as text to read: values as they are, lists with commas, no pauses."""
    return "".join(_written(part) for part in parts)


def _written(part: Part) -> str:
    if isinstance(part, Words):
        return part.text
    if isinstance(part, Value):
        return "、".join(map(str, part.value)) if isinstance(part.value, (list, tuple)) else str(part.value)
    return ""


def _is_secret(part: Part) -> bool:
    return isinstance(part, Value) and part.sensitive


def _leave(turn: Turn, node: Send) -> None:
    outcome = turn.scratch.outcome
    exits = {"sent": node.next, "queued": node.queued or node.next}
    turn.go(exits.get(outcome, node.failed), outcome)
