"""Calls over real SIP and RTP: how they begin, what is heard, how they end."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.system.gatewayprocess import GatewayProcess, gateway_process, sine, write_wav
from tests.system.rawphone import RawPhone
from tests.system.wire import Message, decode, encode

pytestmark = pytest.mark.system
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("calls")
    files = [write_wav(folder / f"{hertz}.wav", sine(hertz, 1.0)) for hertz in (400, 700)]
    behaviour = {"greeting": files}
    with gateway_process(folder, numbers=["12345", "96?"], behaviour=behaviour) as process:
        yield process


@pytest.fixture(autouse=True)
def nothing_is_left(gateway: GatewayProcess) -> Iterator[None]:
    gateway.events.clear()
    yield
    gateway.is_free_again()


def ending(gateway: GatewayProcess) -> tuple[str, str, int]:
    event = gateway.wait_for("ended")
    return event["by"], event["reason"], event["sip_code"]


@pytest.mark.parametrize("codec", [8, 0])
@pytest.mark.parametrize("offer", [True, False], ids=["early offer", "late offer"])
def test_a_call_is_answered_and_hears_the_greeting(gateway: GatewayProcess, codec: int, offer: bool) -> None:
    with RawPhone(codecs=(codec, 101)) as phone:
        phone.dial(HOST, gateway.port, "12345", offer=offer)
        assert phone.codec == codec
        assert phone.sound_after(0.0).at - phone.answered_at < 0.1
        assert phone.hang_up() == 200
    offered = gateway.wait_for("offered")
    assert (offered["caller"], offered["dialled"], offered["user_agent"]) == ("13800000000", "12345", "rawphone")
    assert ending(gateway) == ("caller", "bye", 200)
    assert gateway.all("ended")[0]["quality"]["codec"] == {8: "PCMA", 0: "PCMU"}[codec]


def test_files_are_heard_whole_and_without_a_gap(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.run(lambda: bool(gateway.all("finished")), 5.0)
        phone.listen(0.1)
        heard = phone.heard()
        phone.hang_up()
    sent = decode(encode(np.concatenate([sine(400, 1.0), sine(700, 1.0)]), 8), 8)
    loud = np.flatnonzero(np.abs(heard.astype(np.int32)) > 100)
    first = int(np.flatnonzero(np.abs(sent.astype(np.int32)) > 100)[0])
    got = heard[loud[0] - first : loud[0] - first + len(sent)]
    assert np.max(np.abs(got.astype(np.int32) - sent)) <= 16  # A-law has two codes for next to nothing


def test_rtp_goes_out_every_20_ms_also_in_silence(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.run(lambda: bool(gateway.all("finished")), 5.0)
        began = len(phone.arrivals)
        phone.listen(1.0)
        later = phone.arrivals[began:]
        phone.hang_up()
    assert 48 <= len(later) <= 52
    assert all(b.sequence == (a.sequence + 1) % 65536 for a, b in itertools.pairwise(later))
    assert all(b.timestamp == (a.timestamp + 160) % 2**32 for a, b in itertools.pairwise(later))


def test_an_unknown_number_is_not_found(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.invite(HOST, gateway.port, "99999")
        assert phone.final_status("INVITE") == 404
    assert not gateway.all("offered")


def test_numbers_may_be_patterns(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "967")
        phone.hang_up()


def test_no_common_codec(gateway: GatewayProcess) -> None:
    with RawPhone(codecs=(18, 101)) as phone:
        phone.invite(HOST, gateway.port, "12345")
        assert phone.final_status("INVITE") == 488
    assert not gateway.all("offered")


def test_a_withheld_number_is_empty(gateway: GatewayProcess) -> None:
    with RawPhone(user="anonymous") as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.hang_up()
    assert gateway.wait_for("offered")["caller"] == ""


def test_the_fifth_caller_is_told_busy(gateway: GatewayProcess) -> None:
    capacity = gateway.ask("status")["capacity"]
    phones = [RawPhone() for _ in range(capacity)]
    try:
        for phone in phones:
            phone.dial(HOST, gateway.port, "12345")
        with RawPhone() as late:
            late.invite(HOST, gateway.port, "12345")
            assert late.final_status("INVITE") == 486
        phones[0].hang_up()
        gateway.wait_for("ended")
        with RawPhone() as next_one:
            next_one.dial(HOST, gateway.port, "12345")
            next_one.hang_up()
    finally:
        for phone in phones:
            phone.__exit__(None, None, None)


def test_cancel_before_the_answer(tmp_path: Path) -> None:
    with gateway_process(tmp_path, behaviour={"answer": False}) as gateway, RawPhone() as phone:
        phone.invite(HOST, gateway.port, "12345")
        phone.run(lambda: bool(gateway.all("offered")), 5.0)
        assert phone.cancel() == 487
        assert ending(gateway) == ("caller", "cancel", 487)
        gateway.is_free_again()


def test_a_refusal_by_the_listener(tmp_path: Path) -> None:
    with gateway_process(tmp_path, behaviour={"answer": False}) as gateway, RawPhone() as phone:
        phone.invite(HOST, gateway.port, "12345")
        phone.run(lambda: bool(gateway.all("offered")), 5.0)
        gateway.tell("reject 603")
        assert phone.final_status("INVITE") == 603
        assert ending(gateway) == ("gateway", "rejected", 603)


def test_bye_during_the_prompt(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.sound_after(0.0)
        assert phone.hang_up() == 200
    assert ending(gateway) == ("caller", "bye", 200)
    assert not gateway.all("finished")


def test_the_gateway_hangs_up(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.sound_after(0.0)
        gateway.tell("hang_up")
        phone.run(lambda: phone.ended_by_other, 5.0)
    assert ending(gateway) == ("gateway", "hung_up", 200)


@pytest.mark.parametrize("hold", ["sendonly", "inactive"])
def test_hold_and_resume(gateway: GatewayProcess, hold: str) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.sound_after(0.0)
        assert phone.reinvite(hold) == 200
        phone.listen(0.3)
        assert phone.reinvite("sendrecv") == 200
        resumed = phone.arrivals[-1].at
        phone.sound_after(resumed)
        phone.run(lambda: bool(gateway.all("finished")), 5.0)
        phone.press("7")
        phone.run(lambda: bool(gateway.all("digit")), 5.0)
        phone.hang_up()
    assert [event["event"] for event in gateway.events if event["event"] == "answered"] == ["answered"]


def test_rtp_that_stops_ends_the_call(tmp_path: Path) -> None:
    with gateway_process(tmp_path, media_timeout_s=1.5) as gateway, RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.listen(2.5)
        assert not phone.ended_by_other
        phone.sending = False
        phone.run(lambda: phone.ended_by_other, 6.0)
        assert ending(gateway) == ("line", "media_timeout", 200)


def test_a_call_on_hold_needs_no_rtp(tmp_path: Path) -> None:
    with gateway_process(tmp_path, media_timeout_s=1.0) as gateway, RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.reinvite("inactive")
        phone.sending = False
        phone.listen(3.5)
        assert not gateway.all("ended")
        phone.sending = True
        phone.reinvite("sendrecv")
        phone.listen(0.2)
        phone.hang_up()
        assert ending(gateway) == ("caller", "bye", 200)


def test_draining_refuses_new_calls_and_keeps_the_others(tmp_path: Path) -> None:
    with gateway_process(tmp_path) as gateway, RawPhone() as phone, RawPhone() as late:
        phone.dial(HOST, gateway.port, "12345")
        gateway.tell("drain")
        gateway.ask("status")
        late.invite(HOST, gateway.port, "12345")
        assert late.final_status("INVITE") == 503
        assert int(late.messages[-1].get("retry-after")) > 0
        phone.listen(0.2)
        assert not phone.ended_by_other
        phone.hang_up()


def test_stopping_hangs_up(tmp_path: Path) -> None:
    with gateway_process(tmp_path) as gateway, RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        gateway.wait_for("answered")
        gateway.tell("stop")
        phone.run(lambda: phone.ended_by_other, 5.0)
        gateway.wait_for("stopped")
        assert ending(gateway) == ("line", "shutdown", 200)


def test_options_is_answered(gateway: GatewayProcess) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        sock.settimeout(5.0)
        here = f"{HOST}:{sock.getsockname()[1]}"
        sock.sendto(
            f"OPTIONS sip:{HOST}:{gateway.port} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK1\r\n"
            f"From: <sip:probe@{here}>;tag=1\r\nTo: <sip:{HOST}:{gateway.port}>\r\nCall-ID: options-1\r\n"
            f"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode(),
            (HOST, gateway.port),
        )
        answer = Message.parse(sock.recv(4096))
    assert answer.status == 200
    assert "INVITE" in answer.get("allow")


def test_the_session_timer_is_agreed_on(gateway: GatewayProcess) -> None:
    timer = "Supported: timer\r\nSession-Expires: 120;refresher=uas\r\nMin-SE: 90\r\n"
    with RawPhone() as phone:
        phone.invite(HOST, gateway.port, "12345", headers=timer)
        assert phone.final_status("INVITE") == 200
        answer = next(message for message in phone.messages if message.status == 200)
        assert answer.get("session-expires").replace(" ", "") == "120;refresher=uas"
        phone.hang_up()


def test_a_session_timer_that_is_too_short_is_refused(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.invite(HOST, gateway.port, "12345", headers="Supported: timer\r\nSession-Expires: 30\r\n")
        assert phone.final_status("INVITE") == 422
        assert int(phone.messages[-1].get("min-se")) >= 90


def test_a_caller_cannot_make_the_gateway_call_somebody(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        assert phone.request("REFER", "Refer-To: <sip:900@127.0.0.1:9>\r\n") == 603
        phone.hang_up()


def test_the_quality_of_the_line_is_measured(gateway: GatewayProcess) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        for _ in range(10):
            phone.listen(0.1)
            phone.lose(1)
            phone.hesitate(0.05)
        phone.listen(0.1)
        during = gateway.ask("quality")
        phone.hang_up()
    after = gateway.wait_for("ended")["quality"]
    for quality in (during, after):
        assert quality["codec"] == "PCMA"
        assert 60 <= quality["received"] <= 100
        assert quality["lost"] == 10
        assert 1.0 < quality["jitter_ms"] < 60.0
