"""Somebody who calls a gateway as a person does: presses keys when asked, waits for the beep, speaks."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.system.rawphone import RawPhone
from tests.system.running import Running

RATE = 8000
#: Packets of 20 ms that are loud in the beep, at the least.
BEEP_PACKETS = 8


def humming(seconds: float) -> NDArray[np.int16]:
    """A hum that glides and is cut into syllables: found again in a recording beyond doubt. 8 kHz."""
    at = np.arange(int(seconds * RATE)) / RATE
    pitch = 2 * np.pi * np.cumsum(140 + 60 * np.sin(2 * np.pi * 0.7 * at)) / RATE
    hum = np.sum([np.sin(harmonic * pitch) / harmonic for harmonic in range(3, 12)], axis=0)
    syllables = np.clip(np.sin(2 * np.pi * 3 * at) + 0.7, 0, 1)
    return np.asarray(6000 * hum * syllables, np.int16)


class Caller:
    """Somebody on the telephone who does each thing when the journal says that it is its time.

    Args:
        dials: call now. Who does not is called by the gateway, and nobody else may have a call meanwhile.
        patience_s: for what comes next in the journal. On a busy machine the quick voice needs many seconds a clause.
    """

    def __init__(self, running: Running, phone: RawPhone, *, dials: bool = True, patience_s: float = 150.0) -> None:
        self._running = running
        self.phone = phone
        self._earlier = {line["call"] for line in running.journal()}
        self._dials = dials
        self._patience_s = patience_s
        if dials:
            phone.dial("127.0.0.1", running.sip_port, "12345")

    def told(self, name: str) -> list[dict[str, Any]]:
        """The data of all records of this name in this call; notes go by the name of the note."""
        lines = [line["data"] if line["name"] == "Note" else line for line in self._lines()]
        return [line["data"] for line in lines if line["name"] == name]

    def _lines(self) -> list[dict[str, Any]]:
        """What the journal has of this call: every process writes a file of its own, so that places tell nothing."""
        lines = [line for line in self._running.journal() if line["call"] not in self._earlier]
        if not self._dials:
            return lines
        offers = (line for line in lines if line["name"] == "offered")
        ours = {line["call"] for line in offers if line["data"]["sip_call_id"] == self.phone.call_id}
        return [line for line in lines if line["call"] in ours]

    def until(self, name: str, times: int = 1, **wanted: Any) -> None:
        """Go on with the call until so many records of this name have these data."""
        deadline = time.monotonic() + self._patience_s
        while sum(wanted.items() <= data.items() for data in self.told(name)) < times:
            assert time.monotonic() < deadline, f"no {name} with {wanted}; there are {self.told(name)}"
            self.phone.listen(0.1)

    def press(self, keys: dict[str, str], times: int = 1) -> None:
        """Node to the keys that are pressed there, as soon as the call has come to it so often."""
        for node, typed in keys.items():
            self.until("step_entered", times, node=node)
            for key in typed:
                self.phone.press(key, tone_ms=60)
                self.phone.listen(0.06)

    def complain(self, voice: NDArray[np.int16]) -> None:
        """Go where recordings are made, hear the prompt and the beep, and speak."""
        self.press({"main_menu": "5", "more_menu": "1", "ask_kind": "1", "ask_township": "1"})
        self.until("Record")
        assert [played["ended"] for played in self.told("played") if "嘀一声" in played["text"]] == ["finished"]
        self.hear_beep()
        self.phone.play(voice)

    def hear_beep(self) -> None:
        """Listen until the beep that begins a recording has come and gone."""
        (record,) = [line for line in self._lines() if line["name"] == "Record"]
        since = datetime.fromisoformat(record["at"]).timestamp()

        def is_over() -> bool:
            loud = self.phone.loud_packets(since)
            # The last of the prompt may still come behind the record; it is shorter than any beep.
            return len(loud) >= BEEP_PACKETS and time.time() - loud[-1].at > 0.3

        self.phone.run(is_over, 20.0)
