"""What `menu` and `collect` have in common: prompts, timers, tries, the ladder, and the universal keys.

Timing (docs/timing.md): `first_input` starts when the prompt has ended or was barged into; from the first key on only
`between_keys` governs, and every key restarts it. Silence and wrong input have budgets and words of their own. The
ladder is: a short prompt; the whole prompt slowly; the way out.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from ivr.flow.nodes.base import NodeKind, keep_for_later
from ivr.flow.state import Place
from ivr.flow.turn import MASK, Turn
from menus.compose import Rung, pace_of
from menus.keys import active_universals
from menus.model import Listening, Timing, Tries, UniversalAction
from menus.parts import Part


class ListeningKind(NodeKind):
    """A node that waits for keys."""

    listens = True

    # What a kind defines

    @abstractmethod
    def prompt(self, turn: Turn, node: Any, rung: Rung) -> tuple[Part, ...]:
        """What is said at a rung of the ladder."""

    @abstractmethod
    def take(self, turn: Turn, node: Any, digit: str) -> None:
        """A key of the input, not a universal one. Nothing plays and no timer runs."""

    @abstractmethod
    def input_ended(self, turn: Turn, node: Any) -> None:
        """No further key came in time."""

    def universal(self, turn: Turn, node: Any, digit: str) -> UniversalAction | None:
        """The universal action that this key means here, if any."""
        keys = active_universals(turn.tree, node)
        return next((action for action, key in keys.items() if key == digit), None)

    # What happens

    def enter(self, turn: Turn, node: Listening) -> None:
        remember_place(turn)
        if node.flush:
            turn.state.typed_ahead = ""
        self.ask(turn, node, "first")

    def ask(self, turn: Turn, node: Listening, rung: Rung, before: tuple[Part, ...] = ()) -> None:
        """Say the prompt of a rung, after `before`. A key typed ahead answers the question before it is asked."""
        turn.cancel_timer()
        turn.scratch.digits = ""
        if turn.state.typed_ahead and node.bargeable and not before and not turn.state.preface:
            return
        turn.scratch.heard_prompt = True
        purpose = "prompt" if rung == "first" else "reprompt"
        parts = (*before, *self.prompt(turn, node, rung))
        turn.say(parts, purpose=purpose, pace=pace_of(rung))

    def digit(self, turn: Turn, node: Listening, digit: str) -> None:
        if turn.state.playing and not node.bargeable:
            keep_for_later(turn, digit)
            return
        turn.stop_playing()
        turn.cancel_timer()
        action = None if turn.scratch.digits else self.universal(turn, node, digit)
        if action is None:
            self.take(turn, node, digit)
        else:
            self._act(turn, node, action)

    def playback_finished(self, turn: Turn, node: Listening) -> None:
        if not turn.scratch.digits:
            turn.start_timer("first_input", timing_of(turn, node).first_input)

    def timer_fired(self, turn: Turn, node: Listening) -> None:
        if turn.scratch.digits:
            self.input_ended(turn, node)
        else:
            self.silence(turn, node)

    def wait_for_more(self, turn: Turn, node: Listening) -> None:
        turn.start_timer("between_keys", timing_of(turn, node).between_keys)

    # The ladder

    def silence(self, turn: Turn, node: Listening) -> None:
        note_input(turn, node, "no_input")
        turn.scratch.silence += 1
        sentence = "silence_2" if turn.scratch.silence > 1 else "silence_1"
        self._climb(turn, node, sentence, turn.scratch.silence, tries_of(turn, node).silence)

    def wrong(self, turn: Turn, node: Listening, outcome: str) -> None:
        """Wrong input: `invalid` or `too_short`. Keys typed ahead belonged to a path that does not exist."""
        note_input(turn, node, outcome)
        turn.state.typed_ahead = ""
        turn.scratch.wrong += 1
        self._climb(turn, node, self.reproach(turn, outcome), turn.scratch.wrong, tries_of(turn, node).wrong)

    def reproach(self, turn: Turn, outcome: str) -> str:
        """The standard sentence for wrong input."""
        return "wrong_2" if turn.scratch.wrong > 1 else "wrong_1"

    def _climb(self, turn: Turn, node: Listening, sentence: str, failures: int, allowed: int) -> None:
        if failures >= allowed:
            turn.way_out("exhausted", node.way_out)
        else:
            self.ask(turn, node, "slow" if failures > 1 else "short", before=turn.sentence(sentence))

    # Universal keys

    def _act(self, turn: Turn, node: Listening, action: UniversalAction) -> None:
        if action == "repeat":
            self.ask(turn, node, "first")
        elif action == "operator":
            turn.go(turn.tree.way_out, "universal:operator")
        elif action == "back":
            self._back(turn, node)
        else:
            root = turn.state.stack[0].tree if turn.state.stack else turn.state.tree
            tree = turn.menus.trees[root]
            turn.go_to_place(Place(root, tree.main_menu or tree.start, 0), "universal:main_menu")

    def _back(self, turn: Turn, node: Listening) -> None:
        if len(turn.state.trail) < 2:
            self.ask(turn, node, "first")
            return
        turn.state.trail.pop()
        turn.go_to_place(turn.state.trail.pop(), "universal:back")


def timing_of(turn: Turn, node: Listening) -> Timing:
    return node.timing or turn.tree.timing


def tries_of(turn: Turn, node: Listening) -> Tries:
    return node.tries or turn.tree.tries


def remember_place(turn: Turn) -> None:
    """Put the present node at the end of the trail. Coming back to a place forgets what was passed since."""
    state = turn.state
    here = Place(state.tree, state.node, len(state.stack))
    if here in state.trail:
        del state.trail[state.trail.index(here) :]
    state.trail = [place for place in state.trail if place.depth <= here.depth]
    state.trail.append(here)


def note_input(turn: Turn, node: Listening, outcome: str, option: str = "") -> None:
    """Log an input, masked where the node is sensitive."""
    scratch = turn.scratch
    shown = MASK if node.sensitive and scratch.digits else scratch.digits
    turn.note(
        "input",
        step=turn.state.step,
        attempt=scratch.silence + scratch.wrong + 1,
        outcome=outcome,
        input=shown,
        key_source=turn.state.key_source if scratch.digits else "",
        option=option,
    )
