from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.events import KeySource
from ivr.sip.keys import DIGITS, ECHO_S, EVENT_MEMORY_S, TONE_ECHO_S, EventFilter, KeyMerger, key_of_info


@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "Signal= 5 \nDuration= 160", "5"),
        ("Application/DTMF-Relay; charset=utf-8", "Duration=160\r\nsignal=d", "D"),
        ("application/dtmf-relay", "Signal=10\r\n", "*"),
        ("application/dtmf-relay", "Signal=11\r\n", "#"),
        ("application/dtmf-relay", "Signal=15\r\n", "D"),
        ("application/dtmf", "1", "1"),
        ("application/dtmf", " # \r\n", "#"),
        ("application/dtmf", "Signal=4", "4"),
        ("application/dtmf-relay", "Signal=16\r\n", None),
        ("application/dtmf-relay", "Duration=160\r\n", None),
        ("application/dtmf-relay", "", None),
        ("application/dtmf", "hello", None),
        ("application/dtmf", "", None),
        ("text/plain", "5", None),
        ("", "5", None),
    ],
)
def test_key_of_info(content_type: str, body: str, key: str | None) -> None:
    assert key_of_info(content_type, body) == key


@given(st.text(), st.text())
def test_key_of_info_is_total(content_type: str, body: str) -> None:
    for kind in (content_type, "application/dtmf", "application/dtmf-relay"):
        assert key_of_info(kind, body) in {None, *DIGITS}


class Packets:
    """Feeds an `EventFilter`, one packet each 20 ms, with PJSIP's judgement of new and known."""

    def __init__(self) -> None:
        self.filter = EventFilter()
        self.now = 100.0
        self._last: tuple[str, int, bool] = ("", 0, True)

    def send(self, digit: str, timestamp: int, duration: int, end: bool = False) -> bool:
        self.now += 0.02
        last_digit, last_duration, _ = self._last
        update = digit == last_digit and duration >= last_duration
        self._last = (digit, duration, end)
        return self.filter.is_new(digit, timestamp, update=update, end=end, at=self.now)


def test_an_event_is_new_once() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 160)
    assert not any(packets.send("1", 1000, duration) for duration in (320, 480, 640))
    assert not any(packets.send("1", 1000, 640, end=True) for _ in range(3))


def test_the_same_key_again_is_new() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 160) and not packets.send("1", 1000, 320, end=True)
    assert packets.send("1", 2000, 160)


def test_a_packet_that_was_overtaken_is_not_new() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 480)
    assert not packets.send("1", 1000, 320)


def test_a_key_whose_first_packets_were_lost_is_new() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 160) and not packets.send("1", 1000, 320, end=True)
    assert packets.send("1", 2000, 960)


def test_a_key_after_one_whose_end_was_lost_is_new() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 160)
    packets.now += 0.2
    assert packets.send("1", 2000, 320)


def test_a_sender_that_moves_the_timestamp_on_is_one_key() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 160)
    assert not any(packets.send("1", 1000 + 160 * step, 160 * step) for step in range(2, 8))


def test_a_sender_that_always_uses_one_timestamp() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 160) and not packets.send("1", 1000, 320, end=True)
    packets.now += EVENT_MEMORY_S
    assert packets.send("1", 1000, 160)


def test_another_key_is_new_though_the_end_was_lost() -> None:
    packets = Packets()
    assert packets.send("1", 1000, 160)
    assert packets.send("2", 2000, 160)


class Merged:
    def __init__(self) -> None:
        self.keys: list[tuple[str, KeySource]] = []
        self.merger = KeyMerger(lambda digit, source: self.keys.append((digit, source)))


def test_one_way_counts_every_key() -> None:
    merged = Merged()
    for at in (0.0, 0.05, 0.1):
        merged.merger.key("5", "inband", at)
    assert merged.keys == [("5", "inband")] * 3
    assert merged.merger.wants_tones


def test_tones_do_not_count_after_an_event() -> None:
    merged = Merged()
    merged.merger.key("5", "rfc4733", 0.0)
    merged.merger.key("6", "inband", 10.0)
    assert merged.keys == [("5", "rfc4733")]
    assert not merged.merger.wants_tones
    assert merged.merger.sources == ("rfc4733",)


def test_the_event_of_a_tone_that_was_heard_is_an_echo() -> None:
    merged = Merged()
    merged.merger.key("5", "inband", 0.0)
    merged.merger.key("5", "rfc4733", TONE_ECHO_S - 0.01)
    merged.merger.key("5", "rfc4733", TONE_ECHO_S + 0.5)
    assert merged.keys == [("5", "inband"), ("5", "rfc4733")]


def test_another_key_is_no_echo() -> None:
    merged = Merged()
    merged.merger.key("5", "inband", 0.0)
    merged.merger.key("6", "rfc4733", 0.1)
    assert merged.keys == [("5", "inband"), ("6", "rfc4733")]


def test_info_at_the_end_of_a_long_event_is_an_echo() -> None:
    merged = Merged()
    merged.merger.key("5", "rfc4733", 0.0)
    for step in range(1, 50):
        merged.merger.still_pressed("rfc4733", step * 0.02)
    merged.merger.key("5", "sip_info", 1.0 + ECHO_S / 2)
    assert merged.keys == [("5", "rfc4733")]
    merged.merger.key("5", "sip_info", 2.0)
    assert merged.keys[-1] == ("5", "sip_info")
    assert merged.merger.sources == ("rfc4733", "sip_info")
