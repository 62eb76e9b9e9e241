"""`ask`: an open question. What was said goes to the backend, and at most three answers are read back."""

from __future__ import annotations

from typing import Any

from ivr.flow.commands import Listen, SpokenOption
from ivr.flow.events import Heard, HeardNothing
from ivr.flow.nodes.query import FILLER_AFTER_MS, NEXT_FILLER_AFTER_MS
from ivr.flow.nodes.requests import RequestKind
from ivr.flow.turn import MASK, Turn
from menus import compose, compose_requests
from menus.expression import look_up
from menus.keys import ASK_BY_KEYS, ASK_NONE
from menus.model import Ask
from menus.parts import Part
from menus.phrases import Sayable

#: Longest text that is sent to the backend.
_MOST_WORDS = 50


class AskKind(RequestKind):
    """Phases: asking, `searching` while the backend is asked, `choosing` among what it found.

    Where speech is not understood, in this call or any more, the node leads to `by_keys`.
    """

    def slots(self, turn: Turn, node: Ask) -> dict[str, Any]:
        return {"found": [item.get(node.label) for item in turn.scratch.found]}

    def prompt(self, turn: Turn, node: Ask, rung: compose.Rung) -> tuple[Part, ...]:
        if turn.scratch.phase != "choosing":
            return super().prompt(turn, node, rung)
        count, wording = len(turn.scratch.found), turn.menus.wording
        return self.fill(turn, node, compose_requests.found(turn.tree, wording, node, turn.language, count))

    def enter(self, turn: Turn, node: Ask) -> None:
        if turn.hears:
            super().enter(turn, node)
        else:
            # Not remembered as a place: going back would lead here, and from here forward again.
            turn.go(node.by_keys, "by_keys")

    # Keys

    def digit(self, turn: Turn, node: Ask, digit: str) -> None:
        if turn.scratch.phase != "searching":
            super().digit(turn, node, digit)

    def take(self, turn: Turn, node: Ask, digit: str) -> None:
        turn.scratch.digits = digit
        if turn.scratch.phase == "choosing":
            self._choose(turn, node, digit)
        elif digit == ASK_BY_KEYS:
            self.note(turn, node, "by_keys")
            turn.go(node.by_keys, "by_keys")
        else:
            self.wrong(turn, node, "invalid")

    def playback_finished(self, turn: Turn, node: Ask) -> None:
        if turn.scratch.phase == "searching":
            self._wait_for_answer(turn, node)
        elif self._nobody_listens(turn):
            self.by_keys_alone(turn, node, lost=False)
        else:
            super().playback_finished(turn, node)

    def timer_fired(self, turn: Turn, node: Ask) -> None:
        if turn.scratch.phase == "searching":
            turn.say(turn.sentence("filler_again" if turn.scratch.fillers else "filler"), purpose="filler")
            turn.scratch.fillers += 1
        elif self._nobody_listens(turn):
            self.by_keys_alone(turn, node, lost=False)
        else:
            super().timer_fired(turn, node)

    # Speech

    def wanted(self, turn: Turn, node: Ask, sayable: Sayable) -> Listen:
        if turn.scratch.phase != "choosing":
            return Listen(0, "", "question")
        titles = self.slots(turn, node)["found"]
        return Listen(0, "", "options", tuple(SpokenOption(str(n), (str(t),)) for n, t in enumerate(titles, 1)))

    def understood(self, turn: Turn, node: Ask, event: Heard) -> None:
        if turn.scratch.phase == "choosing":
            self._choose(turn, node, event.candidates[0].id if event.candidates else "", event)
        elif event.text.strip():
            self._search(turn, node, event.text.strip()[:_MOST_WORDS], event)
        else:
            self.misunderstood(turn, node, event)

    def misunderstood(self, turn: Turn, node: Ask, event: Heard | HeardNothing) -> None:
        super().misunderstood(turn, node, event)
        if self._nobody_listens(turn):
            if turn.state.bad_line:
                turn.state.preface = list(turn.sentence("noisy_line"))
            turn.go(node.by_keys, "not_understood")

    def by_keys_alone(self, turn: Turn, node: Ask, *, lost: bool) -> None:
        if turn.scratch.phase == "choosing":
            super().by_keys_alone(turn, node, lost=lost)
        else:
            turn.state.preface = list(turn.sentence("keys_only"))
            turn.go(node.by_keys, "not_understood")

    def _nobody_listens(self, turn: Turn) -> bool:
        """Whether the question is asked in vain: the line or the visit allows no speech any more."""
        return turn.scratch.phase != "choosing" and not turn.hears

    # The search

    def replied(self, turn: Turn, node: Ask, outcome: str, data: Any) -> None:
        turn.scratch.replied, turn.scratch.outcome, turn.scratch.reply = True, outcome, data
        if not turn.state.playing:
            self._take_answer(turn, node)

    def _search(self, turn: Turn, node: Ask, words: str, event: Heard) -> None:
        self.note(turn, node, "question", event)
        turn.scratch.phase, turn.scratch.fillers, turn.scratch.replied = "searching", 0, False
        turn.query(node.operation, node.arguments, node.budget, {node.words_as: words})
        self._wait_for_answer(turn, node)

    def _wait_for_answer(self, turn: Turn, node: Ask) -> None:
        if turn.scratch.replied:
            self._take_answer(turn, node)
        else:
            turn.start_timer("filler", NEXT_FILLER_AFTER_MS if turn.scratch.fillers else FILLER_AFTER_MS)

    def _take_answer(self, turn: Turn, node: Ask) -> None:
        if turn.scratch.outcome.startswith("failed"):
            turn.go(node.failed, turn.scratch.outcome)
            return
        turn.scratch.found = _items(node, turn.scratch.reply)
        turn.scratch.reply = None
        if turn.scratch.found:
            self.ask_phase(turn, node, "choosing")
        else:
            turn.go(node.not_found, "not_found")

    def _choose(self, turn: Turn, node: Ask, key: str, heard: Heard | None = None) -> None:
        shown = MASK if node.sensitive else key
        if key == ASK_NONE:
            self.note(turn, node, shown, heard)
            self._ask_again(turn, node)
        elif key and key in "123"[: len(turn.scratch.found)]:
            self.note(turn, node, shown, heard)
            turn.set(node.save_as, turn.scratch.found[int(key) - 1], sensitive=node.sensitive)
            turn.go(node.next, "match")
        elif heard is not None:
            super().misunderstood(turn, node, heard)
        else:
            self.wrong(turn, node, "invalid")

    def _ask_again(self, turn: Turn, node: Ask) -> None:
        """None of what was found is it: once more in other words; after that a menu is kinder."""
        turn.scratch.item += 1
        if turn.scratch.item > 1 or not turn.hears:
            turn.go(node.by_keys, "none_of_them")
        else:
            self.ask_phase(turn, node, "", before=turn.sentence("ask_again"))


def _items(node: Ask, reply: Any) -> list[Any]:
    """The answers that can be named aloud, no more than the node reads back."""
    items = reply if isinstance(reply, list) else look_up(reply, node.items) if isinstance(reply, dict) else []
    named = [item for item in items if isinstance(item, dict) and item.get(node.label)] if items else []
    return named[: node.most]
