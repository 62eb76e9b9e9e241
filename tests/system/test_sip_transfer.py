"""Transfers: a second call to a person, played by SIPp, joined with the caller's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.system import sipp
from tests.system.gatewayprocess import GatewayProcess, gateway_process, sine, write_wav
from tests.system.rawphone import RawPhone

pytestmark = pytest.mark.system
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("transfer")
    greeting = write_wav(folder / "greeting.wav", sine(700, 30.0))
    with gateway_process(folder, behaviour={"greeting": [greeting]}) as process:
        yield process


@pytest.fixture
def phone(gateway: GatewayProcess) -> Iterator[RawPhone]:
    gateway.events.clear()
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.sound_after(0.0)
        yield phone
    gateway.is_free_again()


def outcome(gateway: GatewayProcess, phone: RawPhone, timeout: float = 10.0) -> str:
    phone.run(lambda: bool(gateway.all("transferred")), timeout)
    return str(gateway.wait_for("transferred")["outcome"])


def test_both_hear_each_other(gateway: GatewayProcess, phone: RawPhone, tmp_path: Path) -> None:
    with sipp.answering("person", tmp_path, ["-rtp_echo"]) as uri:
        gateway.tell(f"transfer {uri} 5000")
        phone.listen(0.4)
        ringing = phone.heard(since=phone.arrivals[-10].at)
        assert strongest(ringing) == pytest.approx(450, abs=30), "the caller hears the ringing tone meanwhile"
        phone.listen(0.6)
        before = phone.arrivals[-1].at
        phone.play(sine(1100, 1.0))
        assert strongest(phone.heard(since=before + 0.4)) == pytest.approx(1100, abs=5), "what is said comes back"
        assert gateway.ask("status")["slots"] == 2
        phone.hang_up()
    assert not gateway.all("transferred")
    assert gateway.wait_for("ended")["by"] == "caller"


def test_the_person_hangs_up_and_the_caller_is_still_there(
    gateway: GatewayProcess, phone: RawPhone, tmp_path: Path
) -> None:
    with sipp.answering("person_hangs_up", tmp_path) as uri:
        gateway.tell(f"transfer {uri} 5000")
        assert outcome(gateway, phone) == "ended"
    phone.press("1")
    phone.run(lambda: bool(gateway.all("digit")), 5.0)
    phone.hang_up()


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [("busy", "busy"), ("unavailable", "no_answer"), ("broken", "failed"), ("rings", "no_answer")],
)
def test_a_person_who_cannot_be_reached(
    gateway: GatewayProcess, phone: RawPhone, tmp_path: Path, scenario: str, expected: str
) -> None:
    with sipp.answering(scenario, tmp_path) as uri:
        gateway.tell(f"transfer {uri} 1000")
        assert outcome(gateway, phone) == expected
    assert not phone.ended_by_other
    phone.hang_up()


def test_the_caller_gives_up_while_it_rings(gateway: GatewayProcess, phone: RawPhone, tmp_path: Path) -> None:
    with sipp.answering("rings", tmp_path) as uri:
        gateway.tell(f"transfer {uri} 20000")
        phone.listen(0.5)
        phone.hang_up()
    assert not gateway.all("transferred")


def test_a_target_that_is_no_address(gateway: GatewayProcess, phone: RawPhone) -> None:
    gateway.tell("transfer nobody 1000")
    assert outcome(gateway, phone) == "failed"
    phone.hang_up()


def test_no_channel_is_left_for_the_second_call(gateway: GatewayProcess, phone: RawPhone, tmp_path: Path) -> None:
    others = [RawPhone() for _ in range(gateway.ask("status")["capacity"] - 1)]
    try:
        for other in others:
            other.dial(HOST, gateway.port, "12345")
        gateway.tell("transfer sip:person@127.0.0.1:9 1000")
        assert outcome(gateway, phone) == "failed"
    finally:
        for other in others:
            other.__exit__(None, None, None)
        phone.hang_up()


def strongest(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * 8000 / len(samples)
