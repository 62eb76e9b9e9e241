"""Keys over real RTP and SIP, in every way in which they come, and none counted twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.system.gatewayprocess import GatewayProcess, gateway_process, sine, write_wav
from tests.system.rawphone import RawPhone
from tests.system.wire import decode, tone

pytestmark = pytest.mark.system
HOST = "127.0.0.1"
HERTZ = {"1": 900, "2": 400}
ALL = "0123456789*#ABCD"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("keys")
    files = {key: [write_wav(folder / f"{hertz}.wav", sine(hertz, 3.0))] for key, hertz in HERTZ.items()}
    with gateway_process(folder, behaviour={"greeting": files["2"], "after_key": files}) as process:
        yield process


@pytest.fixture
def phone(gateway: GatewayProcess) -> Iterator[RawPhone]:
    gateway.events.clear()
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.sound_after(0.0)
        yield phone
        phone.hang_up()
    gateway.is_free_again()


def expect(gateway: GatewayProcess, phone: RawPhone, keys: str, source: str) -> None:
    """Exactly these keys: the call goes on for a while to let more come."""
    phone.run(lambda: len(gateway.digits()) >= len(keys), 3.0)
    phone.listen(0.6)
    assert gateway.digits() == [(key, source) for key in keys]


def test_every_key_by_rfc_4733(gateway: GatewayProcess, phone: RawPhone) -> None:
    for key in ALL:
        phone.press(key, tone_ms=60)
        phone.listen(0.04)
    expect(gateway, phone, ALL, "rfc4733")


def test_a_key_acts_on_its_first_packet(gateway: GatewayProcess, phone: RawPhone) -> None:
    press = phone.press("5", tone_ms=400)
    phone.run(lambda: bool(gateway.digits()), 3.0)
    assert gateway.wait_for("digit")["at"] - press.first_packet < 0.05
    expect(gateway, phone, "5", "rfc4733")


def test_the_same_key_again(gateway: GatewayProcess, phone: RawPhone) -> None:
    for _ in range(5):
        phone.press("8", tone_ms=40)
        phone.listen(0.04)
    expect(gateway, phone, "88888", "rfc4733")


def test_a_lost_end_and_lost_beginnings(gateway: GatewayProcess, phone: RawPhone) -> None:
    phone.press("3", end_packets=0)
    phone.listen(0.2)
    base = random.randrange(1 << 31)
    for duration, end in ((1120, False), (1280, False), (1280, True)):  # longer than the key before
        phone.send_event_packet("3", duration, end=end, timestamp=base)
    phone.listen(0.2)
    phone.send_event_packet("3", 800, end=True, timestamp=base + 4000)  # nothing but an end
    expect(gateway, phone, "333", "rfc4733")


def test_overtaken_and_repeated_packets_count_once(gateway: GatewayProcess, phone: RawPhone) -> None:
    base = random.randrange(1 << 31)
    for duration, end in (
        (160, False),
        (480, False),
        (320, False),
        (800, True),
        (640, False),
        (800, True),
        (160, False),
    ):
        phone.send_event_packet("6", duration, end=end, timestamp=base)
        phone.listen(0.02)
    expect(gateway, phone, "6", "rfc4733")


@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "Signal= *\r\nDuration= 250\r\n", "*"),
        ("application/dtmf-relay", "Signal=11\r\nDuration=100\r\n", "#"),
        ("application/dtmf", "7", "7"),
        ("application/dtmf", "#\r\n", "#"),
        ("application/dtmf", "10", "*"),
    ],
)
def test_keys_by_info(gateway: GatewayProcess, phone: RawPhone, content_type: str, body: str, key: str) -> None:
    assert phone.info(content_type, body) == 200
    expect(gateway, phone, key, "sip_info")


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [("application/dtmf", "hello", 400), ("text/plain", "5", 415), ("", "", 200)],
)
def test_info_that_is_no_key(
    gateway: GatewayProcess, phone: RawPhone, content_type: str, body: str, status: int
) -> None:
    assert phone.info(content_type, body) == status
    expect(gateway, phone, "", "sip_info")


def test_keys_as_tones(gateway: GatewayProcess, phone: RawPhone) -> None:
    pause = np.zeros(800, np.int16)
    phone.play(np.concatenate([part for key in "20260001#" for part in (tone(key, 0.1), pause)]))
    expect(gateway, phone, "20260001#", "inband")


def test_a_tone_that_leaks_beside_its_event_counts_once(gateway: GatewayProcess, phone: RawPhone) -> None:
    """A gateway that turns tones into events lets the first part of the tone through."""
    phone.play(tone("4", 0.06))
    phone.press("4")
    phone.play(tone("4", 0.1))
    phone.press("2")
    phone.play(tone("2", 0.1))
    phone.run(lambda: len(gateway.digits()) >= 2, 3.0)
    phone.listen(0.5)
    assert [key for key, _ in gateway.digits()] == ["4", "2"]
    assert gateway.digits()[1] == ("2", "rfc4733")


def test_tones_count_no_more_once_the_call_has_shown_events(gateway: GatewayProcess, phone: RawPhone) -> None:
    phone.press("1")
    phone.listen(0.7)
    phone.play(np.concatenate([tone("9", 0.2), np.zeros(800, np.int16), tone("8", 0.2)]))
    expect(gateway, phone, "1", "rfc4733")


def test_a_phone_that_sends_event_and_info(gateway: GatewayProcess, phone: RawPhone) -> None:
    for key in "77":
        phone.press(key, tone_ms=300)
        assert phone.info("application/dtmf-relay", f"Signal={key}\r\nDuration=300\r\n") == 200
        phone.listen(0.3)
    expect(gateway, phone, "77", "rfc4733")


def test_tones_are_found_after_hold(gateway: GatewayProcess, phone: RawPhone) -> None:
    phone.reinvite("sendonly")
    phone.reinvite("sendrecv")
    phone.play(tone("6", 0.2))
    expect(gateway, phone, "6", "inband")


def test_tones_can_be_switched_off(tmp_path: Path) -> None:
    with gateway_process(tmp_path, inband_keys=False) as gateway, RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.play(tone("6", 0.2))
        phone.press("5")
        expect(gateway, phone, "5", "rfc4733")
        phone.hang_up()


def test_the_next_prompt_starts_within_30_ms_of_the_end_of_a_key(gateway: GatewayProcess, phone: RawPhone) -> None:
    """The whole way at the caller's socket; benchmarks/first_audio measures the same on the real gateway."""
    delays = []
    for _ in range(10):
        for key, hertz in (("1", HERTZ["1"]), ("2", HERTZ["2"])):
            press = phone.press(key, tone_ms=40)
            phone.listen(0.1 + random.random() / 50)
            after = [packet for packet in phone.arrivals if packet.at > press.first_packet]
            first = next(packet for packet in after if pitch(decode(packet.payload, phone.codec)) == hertz)
            delays.append(first.at - press.last_packet)
    assert sorted(delays)[int(len(delays) * 0.95) - 1] < 0.03, delays


def pitch(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    """The strongest frequency of a packet, to 50 Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * 50
