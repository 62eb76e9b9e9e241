"""`record`: a beep, the caller speaks, hears it if they like, and it is kept."""

from __future__ import annotations

from typing import Any

from ivr.flow.events import RecordingFinished
from ivr.flow.nodes.requests import RequestKind
from ivr.flow.turn import Turn
from menus.keys import RECORD_AGAIN, RECORD_HEAR, RECORD_KEEP
from menus.model import Record, UniversalAction


class RecordKind(RequestKind):
    """Phases: the prompt; `speaking` while the caller is recorded; `review`; `hearing`; `leaving`.

    What was said is kept unless the caller says otherwise: also when they hang up, or do not answer the review.
    """

    def universal(self, turn: Turn, node: Record, digit: str) -> UniversalAction | None:
        return None if turn.scratch.phase in ("speaking", "leaving") else super().universal(turn, node, digit)

    def digit(self, turn: Turn, node: Record, digit: str) -> None:
        if turn.scratch.phase == "speaking":
            turn.stop_recording()
        elif turn.scratch.phase != "leaving":
            super().digit(turn, node, digit)

    def take(self, turn: Turn, node: Record, digit: str) -> None:
        turn.scratch.digits = digit
        if not turn.scratch.phase:
            self._begin(turn, node)  # whoever presses a key has heard enough
        elif digit == RECORD_KEEP:
            self.note(turn, node, "keep")
            self._keep(turn, node, "kept")
        elif digit == RECORD_HEAR:
            self.note(turn, node, "hear")
            turn.scratch.phase = "hearing"
            turn.play_recording(turn.scratch.path)
        elif digit == RECORD_AGAIN:
            self.note(turn, node, "again")
            self._forget(turn)
            self.ask_phase(turn, node, "", before=turn.sentence("record_again"))
        else:
            self.wrong(turn, node, "invalid")

    def playback_finished(self, turn: Turn, node: Record) -> None:
        if not turn.scratch.phase:
            self._begin(turn, node)
        elif turn.scratch.phase == "hearing":
            self.ask_phase(turn, node, "review")
        else:
            super().playback_finished(turn, node)

    def recorded(self, turn: Turn, node: Record, recording: RecordingFinished) -> None:
        turn.scratch.path = recording.path
        spoke = recording.path and recording.cause != "nothing" and recording.duration_ms >= node.least
        if turn.state.phase == "ended" or turn.state.ended_by:
            if spoke:
                self._hand_over(turn, node, "hangup")
            else:
                self._forget(turn)
        elif recording.cause == "failed":
            turn.go(node.failed, "failed:recording")
        elif not spoke:
            self._forget(turn)
            turn.scratch.phase = ""
            self.silence(turn, node)
        elif node.review:
            self.ask_phase(turn, node, "review")
        else:
            self._keep(turn, node, "kept")

    def exhausted(self, turn: Turn, node: Record) -> None:
        if turn.scratch.path:
            self._keep(turn, node, "unanswered")
        else:
            super().exhausted(turn, node)

    def left(self, turn: Turn, node: Record, outcome: str, receipt: Any) -> None:
        turn.scratch.path = ""
        if outcome == "kept":
            if node.save_as:
                turn.set(node.save_as, receipt)
            turn.go(node.next, "kept")
        else:
            turn.go(node.failed, outcome)

    def abandoned(self, turn: Turn, node: Record) -> None:
        if turn.scratch.path and turn.scratch.phase != "leaving":
            self._hand_over(turn, node, "hangup")

    def silence_sentence(self, turn: Turn, node: Record) -> str:
        return super().silence_sentence(turn, node) if turn.scratch.phase else "record_nothing"

    def _begin(self, turn: Turn, node: Record) -> None:
        turn.scratch.phase = "speaking"
        turn.record(node.longest, node.silence)

    def _keep(self, turn: Turn, node: Record, how: str) -> None:
        turn.cancel_timer()
        self._hand_over(turn, node, how)

    def _hand_over(self, turn: Turn, node: Record, how: str) -> None:
        """`how`: the caller `kept` it, left the review `unanswered`, or ended the call by `hangup`."""
        turn.scratch.phase = "leaving"
        more = {"how": how, "language": turn.state.language}
        turn.leave(node.leave_as, node.details, more, files=(turn.scratch.path,))

    def _forget(self, turn: Turn) -> None:
        if turn.scratch.path:
            turn.discard_recording(turn.scratch.path)
            turn.scratch.path = ""
