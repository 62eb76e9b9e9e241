"""SIPp calls the gateway, over UDP and TCP: the same stories as `test_sip_calls`, told by a foreign SIP stack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system import sipp
from tests.system.gatewayprocess import GatewayProcess, gateway_process, sine, write_wav
from tests.system.pcap import write_keys
from tests.system.wire import SILENCE

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("sipp")
    greeting = write_wav(folder / "greeting.wav", sine(700, 10.0))
    with gateway_process(folder, media_timeout_s=1.5, behaviour={"greeting": [greeting]}) as process:
        yield process


@pytest.fixture(params=["udp", "tcp"])
def transport(request: pytest.FixtureRequest) -> list[str]:
    return ["-t", "t1" if request.param == "tcp" else "u1"]


def run(gateway: GatewayProcess, scenario: str, folder: Path, *options: str) -> dict[str, Any]:
    """Run a scenario; the end of the call as the gateway saw it."""
    gateway.events.clear()
    sipp.call(scenario, f"127.0.0.1:{gateway.port}", folder, *options)
    ended = gateway.wait_for("ended")
    gateway.is_free_again()
    return ended


@pytest.mark.parametrize("scenario", ["bye_during_prompt", "late_offer", "hold"])
def test_calls_that_the_caller_ends(
    gateway: GatewayProcess, tmp_path: Path, scenario: str, transport: list[str]
) -> None:
    ended = run(gateway, scenario, tmp_path, *transport)
    assert (ended["by"], ended["reason"]) == ("caller", "bye")
    assert len(gateway.all("answered")) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="SIPp replays packets through a raw socket, which only root may open")
def test_keys_by_rfc_4733(gateway: GatewayProcess, tmp_path: Path) -> None:
    write_keys(tmp_path / "keys.pcap", "1*3")
    run(gateway, "rfc4733", tmp_path)
    assert gateway.digits() == [("1", "rfc4733"), ("*", "rfc4733"), ("3", "rfc4733")]


def test_keys_by_info(gateway: GatewayProcess, tmp_path: Path, transport: list[str]) -> None:
    run(gateway, "info", tmp_path, *transport)
    assert gateway.digits() == [("4", "sip_info"), ("5", "sip_info")]


def test_rtp_that_stops(gateway: GatewayProcess, tmp_path: Path) -> None:
    (tmp_path / "silence.alaw").write_bytes(SILENCE[8] * 50)
    ended = run(gateway, "rtp_stops", tmp_path)
    assert (ended["by"], ended["reason"]) == ("line", "media_timeout")


def test_options(gateway: GatewayProcess, tmp_path: Path, transport: list[str]) -> None:
    sipp.call("options", f"127.0.0.1:{gateway.port}", tmp_path, *transport)


def test_no_common_codec(gateway: GatewayProcess, tmp_path: Path, transport: list[str]) -> None:
    sipp.call("no_codec", f"127.0.0.1:{gateway.port}", tmp_path, *transport)
    gateway.is_free_again()


def test_cancel(tmp_path: Path, transport: list[str]) -> None:
    with gateway_process(tmp_path, behaviour={"answer": False}) as gateway:
        ended = run(gateway, "cancel", tmp_path, *transport)
        assert (ended["by"], ended["reason"], ended["sip_code"]) == ("caller", "cancel", 487)
