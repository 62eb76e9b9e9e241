"""From the journal of a real call to a rehearsal that takes the same way and names nobody.

Numbers are replaced, the same one always by the same other one; what the backend answered keeps its shape (codes,
dates, what is empty and what is not), and its texts are replaced by the names of their fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from ivr.call.journal_lines import JournalLine
from ivr.rehearsal.backend import FAILURES, FakeAnswer
from ivr.rehearsal.call import WAITING_FOR_CALLER
from ivr.rehearsal.names import SHORTEST_NUMBER, Names
from ivr.rehearsal.written import LISTENING_KINDS, WrittenCase, by_operation

_MASKED = "•"
#: What a caller has said stays only where it is a phrase of the menu.
_SAID = "我想问一件事"


def case_of(lines: Iterable[JournalLine], name: str, at: str) -> WrittenCase:
    """The rehearsal of a call.

    Args:
        lines: everything that the journal has of the call, in order. A line that lacks what it should have is left out.
        at: when the call came, ISO 8601 with offset.
    """
    reader = _Reader()
    lines = list(lines)
    for line in lines:
        reader.learn(line)
    for line in lines:
        reader.read(line)
    return reader.case(name, at)


class _Reader:
    def __init__(self) -> None:
        self.names = Names()
        self._speech = False
        self._steps: list[Mapping[str, Any] | str] = []
        self._keys = ""
        self._interrupts = False
        self._playing = 0
        self._timers: dict[int, str] = {}
        self._questions: dict[int, str] = {}
        self._given: list[tuple[str, FakeAnswer]] = []
        self._targets: dict[int, str] = {}
        self._transfers: dict[str, list[str]] = {}
        self._ends: dict[str, str] = {}
        self._reads: dict[tuple[str, str], Callable[[dict[str, Any]], None]] = {
            ("event", "CallOffered"): self._offered,
            ("event", "DigitPressed"): self._pressed,
            ("event", "TimerFired"): self._fired,
            ("event", "Heard"): self._heard,
            ("event", "PlaybackFinished"): self._silent,
            ("event", "BackendReplied"): self._replied,
            ("event", "BackendFailed"): self._failed,
            ("event", "TransferEnded"): self._talked,
            ("event", "CallerHungUp"): self._hung_up,
            ("command", "Play"): self._plays,
            ("command", "StopPlaying"): self._silent,
            ("command", "StartTimer"): self._timer,
            ("command", "QueryBackend"): self._asked,
            ("command", "Transfer"): self._called,
            ("command", "Note"): self._noted,
        }

    def learn(self, line: JournalLine) -> None:
        """Take note of a number that the caller entered, so that it is known among keys typed ahead."""
        facts = line.data.get("data")
        if line.name == "Note" and line.data.get("name") == "input" and isinstance(facts, dict):
            given = str(facts.get("input", ""))
            if given.isdigit() and len(given) >= SHORTEST_NUMBER:
                self.names.number(given)

    def read(self, line: JournalLine) -> None:
        read = self._reads.get((line.kind, line.name))
        if read is not None:
            # A line of another version, or a damaged one, tells a rehearsal nothing; the case shows what is missing.
            with suppress(KeyError, IndexError, TypeError):
                read(line.data)

    def case(self, name: str, at: str) -> WrittenCase:
        self._end_keys()
        note = "由通话记录生成，号码和内容都是假的 / made from a call in the log; numbers and texts are invented"
        return WrittenCase(
            name,
            at,
            self._steps,
            by_operation(self._given),
            self._transfers,
            self._ends,
            note=note,
            speech=self._speech,
        )

    def _offered(self, data: dict[str, Any]) -> None:
        self._speech = bool(data.get("speech"))

    def _plays(self, data: dict[str, Any]) -> None:
        self._playing = data["token"]

    def _silent(self, data: dict[str, Any]) -> None:
        if data["token"] == self._playing:
            self._playing = 0

    def _pressed(self, data: dict[str, Any]) -> None:
        if not self._keys:
            self._interrupts = bool(self._playing)
        self._keys += data["digit"]

    def _end_keys(self) -> None:
        """What was pressed in one go becomes one step."""
        if self._keys:
            keys = re.sub(f"{_MASKED}+", lambda hidden: self.names.number("0" * len(hidden[0])), self._keys)
            step: dict[str, Any] = {"press": self.names.within(keys)}
            self._steps.append({**step, "interrupt": True} if self._interrupts else step)
        self._keys = ""

    def _timer(self, data: dict[str, Any]) -> None:
        self._timers[data["token"]] = data["name"]

    def _fired(self, data: dict[str, Any]) -> None:
        if self._timers.get(data["token"]) in WAITING_FOR_CALLER:
            self._end_keys()
            self._steps.append("silence")

    def _heard(self, data: dict[str, Any]) -> None:
        self._end_keys()
        candidates, values = data.get("candidates") or [], data.get("values") or []
        said = candidates[0]["phrase"] if candidates else self.names.within(str(values[0])) if values else _SAID
        self._steps.append({"say": said, "unsure": True} if data.get("band") == "confirm" else {"say": said})

    def _asked(self, data: dict[str, Any]) -> None:
        self._questions[data["token"]] = data["operation"]

    def _replied(self, data: dict[str, Any]) -> None:
        answer = data["data"]
        if answer is None:
            self._answer(data, FakeAnswer(name="not_found"))
        else:
            self._answer(data, FakeAnswer(self.names.data(answer) if isinstance(answer, (dict, list)) else {}))

    def _failed(self, data: dict[str, Any]) -> None:
        reason = data["reason"] if data["reason"] in FAILURES else "server_error"
        self._answer(data, FakeAnswer(fails=reason, name=reason))

    def _answer(self, data: dict[str, Any], answer: FakeAnswer) -> None:
        operation = self._questions.pop(data["token"], None)
        if operation is not None:
            self._given.append((operation, answer))

    def _called(self, data: dict[str, Any]) -> None:
        self._targets[data["token"]] = data["target"]

    def _talked(self, data: dict[str, Any]) -> None:
        target = self._targets.pop(data["token"], None)
        if target is not None:
            self._transfers.setdefault(target, []).append(data["outcome"])

    def _hung_up(self, data: dict[str, Any]) -> None:
        self._end_keys()
        self._steps.append("hang_up")

    def _noted(self, data: dict[str, Any]) -> None:
        facts = data["data"]
        if data["name"] == "step_entered" and facts["kind"] in LISTENING_KINDS:
            self._end_keys()
            self._steps.append({"reach": f"{facts['tree']}.{facts['node']}"})
        elif data["name"] == "call_ended":
            self._ends = {"by": facts["ended_by"], "reason": facts["reason"]}
