"""Keys: reading SIP INFO, telling new RTP events from repeated ones, and counting a key once that arrives two ways.

Pure: times are given, in seconds of any one clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ivr.flow.events import KeySource

DIGITS = "0123456789*#ABCD"
#: The event codes of RFC 4733 section 3.2 that some phones write as numbers into SIP INFO.
_BY_NUMBER = {str(code): digit for code, digit in enumerate(DIGITS)}
_SIGNAL = re.compile(r"^\s*Signal\s*=\s*(\S+)\s*$", re.IGNORECASE | re.MULTILINE)

#: Packets of one RTP event that arrive so long after its last one are a new key with a used timestamp, in seconds.
EVENT_MEMORY_S = 1.0
#: An event that was silent for so long is over even if its end was lost, in seconds. Packets come each 20 to 50 ms.
EVENT_GAP_S = 0.1
#: How long after the last trace of a key the same key may still come in another way, in seconds.
ECHO_S = 0.2
#: The same for a tone in the audio, the slowest: INFO may be sent only when the key is let go.
TONE_ECHO_S = 0.5


def key_of_info(content_type: str, body: str) -> str | None:
    """The key in a SIP INFO, or None if it has none.

    `application/dtmf-relay` has lines such as `Signal=5` and `Duration=160`; `application/dtmf` has the key alone.
    Both are vendors' conventions and no RFC; both may write `*`, `#` and letters as 10 to 15.
    """
    kind = content_type.split(";")[0].strip().lower()
    if kind == "application/dtmf-relay":
        signal = _SIGNAL.search(body)
        written = signal[1] if signal else ""
    elif kind == "application/dtmf":
        signal = _SIGNAL.search(body)
        written = signal[1] if signal else body.strip()
    else:
        return None
    written = written.upper()
    return written if written and written in DIGITS and len(written) == 1 else _BY_NUMBER.get(written)


class EventFilter:
    """Tells the first packet of each RTP event (RFC 4733) from updates, repetitions and late packets.

    PJSIP judges by digit and duration alone: a packet that was overtaken looks new to it, and a key whose first
    packets were lost looks like the one before. The RTP timestamp, one for each event, decides here.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], float] = {}
        self._last: tuple[str, int] | None = None
        self._last_ended = True
        self._last_at = 0.0

    def is_new(self, digit: str, timestamp: int, *, update: bool, end: bool, at: float) -> bool:
        """Take one packet as PJSIP reports it; True if it begins a key.

        Args:
            timestamp: that of the event; any unit.
            update: PJSIP takes it for a continuation.
            end: it has the end bit.
            at: when it came.
        """
        event = (digit, timestamp)
        known = at - self._seen.get(event, -EVENT_MEMORY_S) < EVENT_MEMORY_S
        over = self._last_ended or at - self._last_at > EVENT_GAP_S
        new = not known and (not update or (over and event != self._last))
        self._seen = {key: seen for key, seen in self._seen.items() if at - seen < EVENT_MEMORY_S}
        self._seen[event] = at
        self._last, self._last_ended, self._last_at = event, end, at
        return new


@dataclass
class _Trace:
    """The last sign of a key in one way."""

    digit: str
    at: float


class KeyMerger:
    """Joins the ways in which keys arrive at one call.

    A key that is seen in two ways (RFC 4733 with the tone left in the audio; RFC 4733 and INFO) counts once: the
    same digit by another way within a moment of the last trace is an echo. As soon as a call has shown RFC 4733 or
    INFO, tones in the audio count no more.

    Args:
        pressed: called for each key that counts.

    Attributes:
        sources: the ways seen so far, in order.
    """

    def __init__(self, pressed: Callable[[str, KeySource], None]) -> None:
        self._pressed = pressed
        self._traces: dict[KeySource, _Trace] = {}
        self.sources: tuple[KeySource, ...] = ()

    @property
    def wants_tones(self) -> bool:
        """True while tones in the audio are the best there is."""
        return not {"rfc4733", "sip_info"} & set(self.sources)

    def key(self, digit: str, source: KeySource, at: float) -> None:
        """A key began, as seen one way."""
        if source == "inband" and not self.wants_tones:
            return
        if source not in self.sources:
            self.sources = (*self.sources, source)
        echo = self._is_echo(digit, source, at)
        self._traces[source] = _Trace(digit, at)
        if not echo:
            self._pressed(digit, source)

    def still_pressed(self, source: KeySource, at: float) -> None:
        """The key that began last in this way goes on or ends."""
        if source in self._traces:
            self._traces[source].at = at

    def _is_echo(self, digit: str, source: KeySource, at: float) -> bool:
        return any(
            trace.digit == digit and at - trace.at <= (TONE_ECHO_S if other == "inband" else ECHO_S)
            for other, trace in self._traces.items()
            if other != source
        )
