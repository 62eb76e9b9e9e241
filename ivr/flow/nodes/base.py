"""What the engine may ask of a kind of node."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ivr.flow.events import Heard, HeardNothing, RecordingFinished
from ivr.flow.turn import MOST_TYPED_AHEAD, Turn


class NodeKind(ABC):
    """One kind of node. Stateless: what a visit must remember is in `turn.scratch`.

    Attributes:
        listens: True for kinds that take keys.
    """

    listens = False

    @abstractmethod
    def enter(self, turn: Turn, node: Any) -> None:
        """The call has come to this node."""

    def digit(self, turn: Turn, node: Any, digit: str) -> None:
        """A key was pressed. Kinds that do not listen keep it for the next node that does."""
        keep_for_later(turn, digit)

    def speech_started(self, turn: Turn, node: Any) -> None:
        """The caller has begun to speak."""

    def heard(self, turn: Turn, node: Any, event: Heard) -> None:
        """The caller said something that this node listened for."""

    def heard_nothing(self, turn: Turn, node: Any, event: HeardNothing) -> None:
        """What the caller said, if anything, is not what this node listened for."""

    def hearing_failed(self, turn: Turn, node: Any) -> None:
        """Speech cannot be understood just now."""

    def playback_finished(self, turn: Turn, node: Any) -> None:
        """What this node said has been heard to its end."""

    def timer_fired(self, turn: Turn, node: Any) -> None:
        """The timer that this node started has run out."""

    def replied(self, turn: Turn, node: Any, outcome: str, data: Any) -> None:
        """The backend has answered: `outcome` is `found`, `not_found` or `failed:<reason>`."""

    def recorded(self, turn: Turn, node: Any, recording: RecordingFinished) -> None:
        """What the caller said is in a file."""

    def left(self, turn: Turn, node: Any, outcome: str, receipt: Any) -> None:
        """What the caller leaves is `kept`, with a receipt, or `failed:<reason>`."""

    def sent(self, turn: Turn, node: Any, outcome: str) -> None:
        """A message is `sent`, `queued` or `failed`."""

    def abandoned(self, turn: Turn, node: Any) -> None:
        """The call ends here, and not because the menu says so."""

    def transferred(self, turn: Turn, node: Any, outcome: str) -> None:
        """The transfer is over."""


def keep_for_later(turn: Turn, digit: str) -> None:
    """Keep a key typed ahead; more than anybody types in earnest are forgotten."""
    if len(turn.state.typed_ahead) < MOST_TYPED_AHEAD:
        turn.state.typed_ahead += digit
