"""Three line workers behind Kamailio: real calls, while parts of it are killed and stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.system.rawphone import RawPhone
from tests.system.running import Running, free_port, gateway

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(300)]

LINES = 12


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {
        "sip": {"rtp_port_count": 300},
        "lines": {"port_first": 30000 + free_port() % 20000, "count": LINES},
        "edge": {"calls_per_caller": 1000, "requests_per_source": 10_000, "calls_per_second": 100},
    }
    with gateway(tmp_path_factory.mktemp("lines"), settings) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def at_once(many: Running) -> list[int | None]:
    """What as many callers as there are lines were answered in the moment in which the gateway was ready."""
    with ExitStack() as stack:
        phones = [stack.enter_context(RawPhone(user=f"1390000{number:04}")) for number in range(LINES)]
        for phone in phones:
            phone.invite("127.0.0.1", many.sip_port, "12345")
        statuses = [phone.final_status("INVITE", 10.0) for phone in phones]
        for phone in phones:
            phone.hang_up()
    return statuses


def workers(running: Running) -> dict[str, dict[str, Any]]:
    listed = json.loads(running.ivr("workers", "--json"))
    return {worker["name"]: worker for worker in listed}


def call(phones: ExitStack, running: Running, number: int) -> RawPhone:
    phone = phones.enter_context(RawPhone(user=f"1380000{number:04}"))
    phone.dial("127.0.0.1", running.sip_port, "12345")
    return phone


def is_answered(running: Running) -> bool:
    with RawPhone() as phone:
        phone.invite("127.0.0.1", running.sip_port, "12345")
        answered = phone.final_status("INVITE") == 200
        if answered:
            phone.hang_up()
        return answered


def worker_of(phone: RawPhone) -> str:
    """Name of the worker that answered, which its Contact tells."""
    answer = next(message for message in phone.messages if message.status == 200)
    contact = answer.get("contact")
    return contact.partition("sip:")[2].partition("@")[0]


def all_listen(phones: list[RawPhone], seconds: float) -> None:
    """Let all phones send and receive at once."""
    threads = [threading.Thread(target=phone.listen, args=[seconds]) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def is_told(phone: RawPhone, seconds: float) -> None:
    """Wait until the other side has ended the call."""
    phone.run(lambda: phone.ended_by_other, seconds)


def wait_until_free(running: Running) -> None:
    deadline = time.monotonic() + 30
    while any(worker.get("calls", 0) for worker in workers(running).values()):
        assert time.monotonic() < deadline, workers(running)
        time.sleep(0.5)


def test_ready_means_that_every_line_answers(many: Running, at_once: list[int | None]) -> None:
    assert at_once == LINES * [200]
    wait_until_free(many)


def test_ten_calls_are_spread_and_one_worker_killed_disturbs_no_other(many: Running) -> None:
    with ExitStack() as stack:
        phones = [call(stack, many, number) for number in range(10)]
        by_worker = {name: [phone for phone in phones if worker_of(phone) == name] for name in ("line-1", "line-2")}
        assert sorted(map(len, by_worker.values())) in ([3, 3], [3, 4]), "round robin"
        all_listen(phones, 1.0)
        victim = many.child("line-1")
        os.kill(victim, signal.SIGKILL)
        others = [phone for phone in phones if phone not in by_worker["line-1"]]
        before = [len(phone.arrivals) for phone in others]
        all_listen(others, 2.0)
        for phone, heard in zip(others, before, strict=True):
            assert len(phone.arrivals) - heard >= 95, "sound went on"
            phone.press("1", tone_ms=80)
        for phone in by_worker["line-1"]:
            is_told(phone, 3.0)  # which have not looked at what came for two seconds
        again = call(stack, many, 99)
        assert again.answered_at, "the next call is answered by another worker"
        many.wait_for_log("line-1 is ready again")
        assert "a telephone answered" not in many.log()
        for phone in [*others, again]:
            assert not phone.ended_by_other and phone.hang_up() == 200
    wait_until_free(many)
    lost = [entry for entry in many.wait_for_ends() if entry["end_reason"] == "worker_lost"]
    assert len(lost) == len(by_worker["line-1"])


def test_a_worker_that_is_stopped_is_replaced_within_seconds(many: Running) -> None:
    victim = many.child("line-2")
    os.kill(victim, signal.SIGSTOP)
    since = time.monotonic()
    many.wait_for_log("line-2 hangs", timeout=10.0)
    assert time.monotonic() - since < 5.5
    many.wait_for_log("line-2 is ready again")
    assert workers(many)["line-2"]["pid"] != victim


def test_a_worker_comes_back_also_when_its_template_has_gone(many: Running) -> None:
    ready_again = many.log().count("line-1 is ready again")
    for name in ("template", "line-1"):
        os.kill(many.child(name), signal.SIGKILL)
    many.wait_for_log("line-1 is started anew, its template does not answer")
    many.wait_for_log("line-1 is ready again", times=ready_again + 1)
    many.wait_for_log("template is ready again")
    with ExitStack() as stack:
        phones = [call(stack, many, number) for number in range(3)]
        assert {worker_of(phone) for phone in phones} == {"line-1", "line-2", "line-3"}
        for phone in phones:
            phone.hang_up()


def test_the_edge_killed_ends_no_call_and_is_back_at_once(many: Running) -> None:
    with ExitStack() as stack:
        phone = call(stack, many, 1)
        os.kill(many.child("edge"), signal.SIGKILL)
        many.wait_for_log("edge is ready again", timeout=10.0)
        heard = len(phone.arrivals)
        phone.listen(1.0)
        assert len(phone.arrivals) - heard >= 45
        assert phone.hang_up() == 200, "BYE finds the worker through the new edge"


def test_the_edge_gets_new_settings_and_calls_go_on(many: Running) -> None:
    settings = Path(many.environment["XIANGYIN_SETTINGS"])
    before = settings.read_text("utf-8")
    with ExitStack() as stack:
        phone = call(stack, many, 4)
        edge = many.child("edge")
        settings.write_text(before.replace("requests_per_source: 10000", "requests_per_source: 9000"), "utf-8")
        os.kill(many.process.pid, signal.SIGHUP)
        many.wait_for_log("the edge starts again with its new settings")
        many.wait_for_log("edge started", times=many.log().count("edge started") + (many.child("edge") == edge))
        heard = len(phone.arrivals)
        phone.listen(1.0)
        assert len(phone.arrivals) - heard >= 45, "sound goes on"
        phone.run(lambda: is_answered(many), 10.0)
        settings.write_text(before.replace("requests_per_source: 10000", "requests_per_source: none"), "utf-8")
        os.kill(many.process.pid, signal.SIGHUP)
        many.wait_for_log("the edge goes on as it is")
        assert phone.hang_up() == 200
    settings.write_text(before, "utf-8")


def test_a_worker_drained_takes_no_call_until_it_is_started(many: Running) -> None:
    many.ivr("workers", "drain", "line-3")
    many.wait_for_log("line-3 ended")
    with ExitStack() as stack:
        phones = [call(stack, many, number) for number in range(6)]
        assert {worker_of(phone) for phone in phones} == {"line-1", "line-2"}
        assert workers(many)["line-3"]["state"] == "stopped"
        for phone in phones:
            phone.hang_up()
    many.ivr("workers", "start", "line-3")
    many.wait_for_log("line-3 is ready again")


def test_when_all_lines_are_taken_the_caller_hears_busy(many: Running) -> None:
    wait_until_free(many)
    with ExitStack() as stack:
        for number in range(LINES):
            call(stack, many, number)
        late = stack.enter_context(RawPhone())
        late.invite("127.0.0.1", many.sip_port, "12345")
        assert late.final_status("INVITE", 8.0) == 486
    wait_until_free(many)
    # For a second after the last refusal nobody is asked again.
    deadline = time.monotonic() + 5.0
    while not is_answered(many):
        assert time.monotonic() < deadline


def test_strangers_cannot_call_out_or_reach_workers_through_the_edge(many: Running) -> None:
    """No request from outside leads anywhere but to a worker: REFER, a foreign Route, a foreign Request-URI."""
    with ExitStack() as stack:
        phone = call(stack, many, 2)
        refer = "Refer-To: <sip:+8613800000000@192.0.2.55>\r\nReferred-By: <sip:me@192.0.2.1>\r\n"
        assert phone.request("REFER", refer) == 603
        assert phone.request("OPTIONS", "") == 200
        phone.hang_up()
        foreign = stack.enter_context(RawPhone())
        foreign.invite("127.0.0.1", many.sip_port, "12345", headers="Route: <sip:192.0.2.55;lr>\r\n")
        assert foreign.final_status("INVITE") == 200
        foreign.hang_up()
        unknown = stack.enter_context(RawPhone())
        unknown.invite("127.0.0.1", many.sip_port, "0013800000000")
        assert unknown.final_status("INVITE") == 404


def test_a_flood_from_one_address_is_shut_out_and_calls_go_on(many: Running) -> None:
    with ExitStack() as stack:
        phone = call(stack, many, 3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
            flood.bind(("127.0.0.9", 0))
            flood.settimeout(1.0)
            heard = len(phone.arrivals)
            for number in range(1000):
                flood.sendto(register(number, flood.getsockname()[1]), ("127.0.0.1", many.sip_port))
                if number % 100 == 0:
                    phone.listen(0.1)
            phone.listen(1.0)
            assert len(phone.arrivals) - heard >= 90, "sound went on"
            many.wait_for_log("127.0.0.9 is kept out")
            while True:
                try:
                    flood.recv(65535)
                except TimeoutError:
                    break
            flood.sendto(register(2000, flood.getsockname()[1]), ("127.0.0.1", many.sip_port))
            with pytest.raises(TimeoutError):
                flood.recv(65535)
        assert phone.hang_up() == 200


def register(number: int, port: int) -> bytes:
    lines = [
        "REGISTER sip:127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.9:{port};branch=z9hG4bK{number};rport",
        "Max-Forwards: 70",
        "From: <sip:100@127.0.0.1>;tag=1",
        "To: <sip:100@127.0.0.1>",
        f"Call-ID: flood-{number}",
        "CSeq: 1 REGISTER",
        f"Contact: <sip:100@127.0.0.9:{port}>",
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def test_callers_of_a_gateway_that_broke_down_are_told_when_it_is_back(many: Running) -> None:
    with ExitStack() as stack:
        phones = [call(stack, many, number) for number in range(5)]
        os.kill(many.process.pid, signal.SIGKILL)
        many.process.wait()
        many.start_again()
        for phone in phones:
            is_told(phone, 10.0)
    assert is_answered(many)
