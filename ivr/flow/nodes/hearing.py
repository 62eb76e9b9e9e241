"""What all nodes have in common at which a caller may speak: when the prompt pauses and goes on, and what happens when
nothing to the point is heard.

A prompt pauses as soon as the caller speaks. What was said then decides: the node goes on with it, or, if it was
nothing that is expected here, the prompt goes on from the beginning of the clause. Somebody who talks in the background
must not keep a prompt from being heard: after a few such interruptions it is said to its end, and after many the visit
goes on with keys alone.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from ivr.flow.commands import Listen, SpokenOption
from ivr.flow.events import HeardNothing
from ivr.flow.nodes.base import NodeKind
from ivr.flow.turn import Turn
from menus.phrases import Sayable

#: Prompts that are paused for nothing in one visit, before the caller is listened to only between prompts.
MOST_INTERRUPTIONS = 2
#: How often the listener may hear nothing to the point in one visit, before keys are all that counts.
MOST_NOTHINGS = 8
#: Listening nodes passed with keys alone after each further failure of the speech worker.
RESTS = (1, 2, 4, 8)


class HearingKind(NodeKind):
    """A node at which callers may speak."""

    # What a kind defines

    @abstractmethod
    def expects(self, turn: Turn, node: Any) -> Listen | None:
        """What is listened for now; token, language and sensitivity are filled in later. None for nothing."""

    @abstractmethod
    def misunderstood(self, turn: Turn, node: Any, event: HeardNothing) -> None:
        """The caller spoke between prompts, and it is not what is expected."""

    @abstractmethod
    def wait_again(self, turn: Turn, node: Any) -> None:
        """Nothing is being said and no timer runs: go on waiting for the caller."""

    @abstractmethod
    def by_keys_alone(self, turn: Turn, node: Any, *, lost: bool) -> None:
        """Speech has failed in this visit. Nothing is paused.

        Args:
            lost: the caller has said something that nobody understood.
        """

    # What happens

    def listen(self, turn: Turn, node: Any) -> None:
        """Listen, where the caller may speak and is not listened to already."""
        if turn.entering or turn.state.hearing or not turn.hears:
            return
        if turn.state.playing and (not node.interruptible or turn.scratch.interrupted >= MOST_INTERRUPTIONS):
            return
        expected = self.expects(turn, node)
        if expected is not None:
            turn.listen(expected)

    def speech_started(self, turn: Turn, node: Any) -> None:
        turn.scratch.speaking = True
        turn.cancel_timer()
        turn.pause_playing()

    def heard_nothing(self, turn: Turn, node: Any, event: HeardNothing) -> None:
        spoke, turn.scratch.speaking = turn.scratch.speaking, False
        if turn.state.playing:
            self._go_on(turn, node)
        elif spoke and event.reason in ("out_of_set", "too_long"):
            self.misunderstood(turn, node, event)
        else:
            if spoke:
                self.wait_again(turn, node)
            self._count_nothing(turn, node)
            self.listen(turn, node)

    def hearing_failed(self, turn: Turn, node: Any) -> None:
        failures = turn.state.hearing_failures
        turn.state.hearing_failures += 1
        turn.state.rests_from_hearing = RESTS[min(failures, len(RESTS) - 1)]
        turn.scratch.keys_only = True
        lost, turn.scratch.speaking = turn.scratch.speaking, False
        if not lost:
            turn.resume_playing()
        self.by_keys_alone(turn, node, lost=lost)

    def _go_on(self, turn: Turn, node: Any) -> None:
        """The prompt was interrupted for nothing, or nobody has spoken."""
        turn.scratch.interrupted += turn.state.paused
        turn.resume_playing()
        self._count_nothing(turn, node)
        self.listen(turn, node)

    def _count_nothing(self, turn: Turn, node: Any) -> None:
        turn.scratch.nothings += 1
        if turn.scratch.nothings >= MOST_NOTHINGS and not turn.scratch.keys_only:
            turn.scratch.keys_only = True
            self.by_keys_alone(turn, node, lost=False)


def options_of(sayable: Sayable) -> tuple[SpokenOption, ...]:
    return tuple(SpokenOption(keys, phrases) for keys, phrases in sayable.options.items())


def universals_of(sayable: Sayable) -> tuple[SpokenOption, ...]:
    return tuple(SpokenOption(action, phrases) for action, phrases in sayable.universals.items())
