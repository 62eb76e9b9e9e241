"""Writes down what somebody does in a call, as the steps of a rehearsal that goes the same way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ivr.rehearsal.backend import ScriptedAnswers
from ivr.rehearsal.call import WAITING_FOR_CALLER, ArrangedCall
from ivr.rehearsal.timeline import Moment
from ivr.rehearsal.written import WrittenCase, by_operation, expectations

#: What may happen between two keys that are pressed in one go.
_BETWEEN_KEYS = ("pressed", "cut")


class Recorder:
    """The steps of one call.

    Args:
        fillers: sentences that are heard only because something takes long. No rehearsal waits for them.
    """

    def __init__(self, call: ArrangedCall, fillers: Collection[str] = ()) -> None:
        self._call = call
        self._fillers = fillers
        self._steps: list[Mapping[str, Any] | str] = []
        self._since = 0

    def press(self, key: str) -> None:
        """A key is about to be pressed. Keys in one go become one step."""
        last = self._steps[-1] if self._steps else ""
        since = self._call.moments[self._since :]
        if isinstance(last, Mapping) and "press" in last and all(moment.what in _BETWEEN_KEYS for moment in since):
            self._steps[-1] = {**last, "press": last["press"] + key}
            return
        interrupts = not self._call.is_waiting
        self._add({"press": key, "interrupt": True} if interrupts else {"press": key}, anchored=interrupts)

    def say(self, text: str, *, unsure: bool) -> None:
        """Something is about to be said."""
        self._add({"say": text, "unsure": True} if unsure else {"say": text})

    def hang_up(self) -> None:
        """The caller is about to hang up."""
        self._add("hang_up")

    def written(self, name: str, at: str, answers: ScriptedAnswers) -> WrittenCase:
        """The call so far, as a rehearsal."""
        steps, since = list(self._steps), self._since
        self._add_what_came()
        made, self._steps, self._since = self._steps, steps, since
        ended = next((moment for moment in self._call.moments if moment.what == "ended"), None)
        transfers: dict[str, list[str]] = {}
        for moment in self._call.moments:
            if moment.what == "talked":
                transfers.setdefault(moment.facts["target"], []).append(moment.facts["outcome"])
        return WrittenCase(
            name,
            at,
            made,
            by_operation(answers.given),
            transfers,
            {"by": ended.facts["by"], "reason": ended.facts["reason"]} if ended else {},
            speech=self._call.has_speech,
        )

    def _add(self, step: Mapping[str, Any] | str, *, anchored: bool = False) -> None:
        self._add_what_came(anchored=anchored)
        self._steps.append(step)

    def _add_what_came(self, *, anchored: bool = False) -> None:
        """What came of the last action: what was heard and asked, and each time that the gateway waited in vain."""
        came: list[Moment] = []
        for moment in self._call.moments[self._since :]:
            if moment.what == "fired" and moment.facts["name"] in WAITING_FOR_CALLER:
                self._steps += expectations(came)
                self._steps.append("silence")
                came = []
            elif not self._is_filler(moment):
                came.append(moment)
        self._steps += _anchored(came) if anchored else expectations(came)
        self._since = len(self._call.moments)

    def _is_filler(self, moment: Moment) -> bool:
        return moment.what == "heard" and any(filler.startswith(moment.facts["text"]) for filler in self._fillers)


def _anchored(came: Sequence[Moment]) -> list[Mapping[str, Any]]:
    """What came, and last the prompt that is interrupted, so that the rehearsal interrupts the same one."""
    steps = expectations(came)
    begun = [moment.facts["text"] for moment in came if moment.what == "heard" and moment.facts["begins"]]
    if begun and begun[-1] not in steps[-1].get("hear", ()):
        steps.append({"hear": [begun[-1]]})
    return steps
