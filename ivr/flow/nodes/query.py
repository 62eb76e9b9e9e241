"""`query`: ask the backend, and never leave the caller in silence meanwhile."""

from __future__ import annotations

from typing import Any

from ivr.flow.nodes.base import NodeKind
from ivr.flow.turn import Turn
from menus.model import Query

#: After how long without a word the caller hears that we are still there, in milliseconds.
FILLER_AFTER_MS = 1500
#: The same for each further time.
NEXT_FILLER_AFTER_MS = 5000


class QueryKind(NodeKind):
    """What is being said is finished before the answer is acted upon: a cut word is worse than a short wait."""

    def enter(self, turn: Turn, node: Query) -> None:
        turn.query(node.operation, node.arguments, node.budget)
        if node.text is not None or turn.state.preface:
            turn.say_text(node.text or {}, purpose="notice")
        else:
            turn.start_timer("filler", FILLER_AFTER_MS)

    def playback_finished(self, turn: Turn, node: Query) -> None:
        if turn.scratch.replied:
            _leave(turn, node)
        else:
            turn.start_timer("filler", NEXT_FILLER_AFTER_MS if turn.scratch.fillers else FILLER_AFTER_MS)

    def timer_fired(self, turn: Turn, node: Query) -> None:
        turn.say(turn.sentence("filler_again" if turn.scratch.fillers else "filler"), purpose="filler")
        turn.scratch.fillers += 1

    def replied(self, turn: Turn, node: Query, outcome: str, data: Any) -> None:
        turn.scratch.replied, turn.scratch.outcome, turn.scratch.reply = True, outcome, data
        if not turn.state.playing:
            _leave(turn, node)


def _leave(turn: Turn, node: Query) -> None:
    outcome = turn.scratch.outcome
    if outcome == "found":
        private = any(map(turn.depends_on_private, node.arguments.values()))
        turn.set(node.save_as, turn.scratch.reply, sensitive=node.sensitive, private=private)
        turn.go(node.next, outcome)
    elif outcome == "not_found":
        turn.go(node.not_found, outcome)
    else:
        reason = outcome.partition(":")[2]
        turn.go(next((to for why, to in node.by_reason.items() if why == reason), node.failed), outcome)
