"""`callback`: note that somebody shall call the caller back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ivr.flow.commands import Listen, SpokenOption
from ivr.flow.events import Heard
from ivr.flow.nodes.requests import RequestKind
from ivr.flow.turn import Turn
from menus.keys import CONFIRM_YES, NUMBER_END
from menus.model import Callback, CallbackTime
from menus.phrases import Sayable

#: Digits of a telephone number: a local one, and a mobile number with a prefix.
LEAST_DIGITS, MOST_DIGITS = 7, 13


class CallbackKind(RequestKind):
    """Phases: the number of the call; `number` to enter another one; `confirm`; `time`; `leaving`.

    A caller whose number is withheld begins with `number`.
    """

    hides_values = True
    yes_no = ("", "confirm")

    def slots(self, turn: Turn, node: Callback) -> dict[str, Any]:
        return {"number": turn.scratch.number}

    def enter(self, turn: Turn, node: Callback) -> None:
        if not turn.state.caller:
            turn.scratch.phase = "number"
        super().enter(turn, node)

    def digit(self, turn: Turn, node: Callback, digit: str) -> None:
        if turn.scratch.phase != "leaving":
            super().digit(turn, node, digit)

    def take(self, turn: Turn, node: Callback, digit: str) -> None:
        if turn.scratch.phase == "number":
            self._take_number(turn, node, digit)
        elif turn.scratch.phase == "time":
            self._take_time(turn, node, digit)
        else:
            super().take(turn, node, digit)

    def input_ended(self, turn: Turn, node: Callback) -> None:
        if turn.scratch.phase == "number":
            self._number_complete(turn, node)
        else:
            super().input_ended(turn, node)

    def left(self, turn: Turn, node: Callback, outcome: str, receipt: Any) -> None:
        if outcome == "kept":
            if node.save_as:
                turn.set(node.save_as, receipt)
            turn.go(node.next, "kept")
        else:
            turn.go(node.failed, outcome)

    def answered(self, turn: Turn, node: Callback, key: str, heard: Heard | None = None) -> None:
        if key == CONFIRM_YES:
            self.note(turn, node, "confirmed", heard)
            if not turn.scratch.phase:
                turn.scratch.number = turn.state.caller
            self._number_known(turn, node)
        else:
            self.note(turn, node, "another", heard)
            self.ask_phase(turn, node, "number")

    # Speech

    def wanted(self, turn: Turn, node: Callback, sayable: Sayable) -> Listen:
        if turn.scratch.phase == "number":
            return Listen(0, "", "digits", least=LEAST_DIGITS, most=MOST_DIGITS)
        if turn.scratch.phase == "time":
            return Listen(0, "", "options", tuple(self._spoken_times(turn, node)))
        return super().wanted(turn, node, sayable)

    def understood(self, turn: Turn, node: Callback, event: Heard) -> None:
        if turn.scratch.phase == "number":
            value = event.values[0] if event.values else ""
            if value.isascii() and value.isdigit() and LEAST_DIGITS <= len(value) <= MOST_DIGITS:
                turn.scratch.digits = value
                self._number_complete(turn, node)  # it is read back in any case
            else:
                self.misunderstood(turn, node, event)
        elif turn.scratch.phase == "time":
            meant = event.candidates[0].id if event.candidates and event.band == "accept" else ""
            time = next((time for time in node.times if time.keys == meant), None)
            if time is None:
                self.misunderstood(turn, node, event)
            else:
                self._time_chosen(turn, node, time, event)
        else:
            super().understood(turn, node, event)

    def _spoken_times(self, turn: Turn, node: Callback) -> Iterator[SpokenOption]:
        for time in node.times:
            label = time.label.get(turn.language) or time.label[turn.tree.base_language]
            yield SpokenOption(time.keys, (label,))

    # Steps

    def _take_number(self, turn: Turn, node: Callback, digit: str) -> None:
        if digit == NUMBER_END:
            self._number_complete(turn, node)
        elif not digit.isdigit():
            turn.scratch.digits += digit
            self.wrong(turn, node, "invalid")
        else:
            turn.scratch.digits += digit
            if len(turn.scratch.digits) >= MOST_DIGITS:
                self._number_complete(turn, node)
            else:
                self.wait_for_more(turn, node)

    def _number_complete(self, turn: Turn, node: Callback) -> None:
        if len(turn.scratch.digits) < LEAST_DIGITS:
            self.wrong(turn, node, "too_short")
            return
        turn.scratch.number = turn.scratch.digits
        self.note(turn, node, "")
        self.ask_phase(turn, node, "confirm")

    def _number_known(self, turn: Turn, node: Callback) -> None:
        if node.times:
            self.ask_phase(turn, node, "time")
        else:
            self._leave(turn, node)

    def _take_time(self, turn: Turn, node: Callback, digit: str) -> None:
        turn.scratch.digits += digit
        typed = turn.scratch.digits
        time = next((time for time in node.times if time.keys == typed), None)
        if time is not None:
            self._time_chosen(turn, node, time)
        elif any(time.keys.startswith(typed) for time in node.times):
            self.wait_for_more(turn, node)
        else:
            self.wrong(turn, node, "invalid")

    def _time_chosen(self, turn: Turn, node: Callback, time: CallbackTime, heard: Heard | None = None) -> None:
        self.note(turn, node, time.keys, heard)
        turn.scratch.chosen = time.value
        self._leave(turn, node)

    def _leave(self, turn: Turn, node: Callback) -> None:
        turn.scratch.phase = "leaving"
        more = {
            "number": turn.scratch.number,
            "own_number": turn.scratch.number == turn.state.caller,
            "reason": turn.evaluate(node.reason),
            "preferred_time": turn.scratch.chosen,
            "language": turn.state.language,
        }
        secret = ("number", "reason") if node.sensitive or turn.depends_on_sensitive(node.reason) else ("number",)
        turn.leave(node.leave_as, node.details, more, secret=secret)
