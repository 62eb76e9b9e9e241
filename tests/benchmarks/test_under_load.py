"""What the benchmarks under load count, where no gateway is needed to see it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.flooder import request
from benchmarks.kills import BLOWS, VICTIMS, blow, is_alive, with_children
from benchmarks.light_caller import LightCall
from benchmarks.soak import row
from benchmarks.under_load import Window, worker_of
from tests.system.wire import Message


@pytest.fixture
def call() -> Iterator[LightCall]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp:
        yield LightCall(1, rtp, "load-1", remote="sip:line-2@127.0.0.1:5060")


def test_the_contact_names_the_worker(call: LightCall) -> None:
    assert worker_of(call) == "line-2"


def test_a_call_that_fell_silent_is_dropped_and_earlier_packets_do_not_count(call: LightCall) -> None:
    call.received, call.last_at = 100, 0.0
    call.gaps.extend([9.0] * 100)
    window = Window([call])
    call.received += 3
    call.gaps.extend([0.02, 0.02, 0.06])
    figures = window.figures()
    assert figures["dropped"] == 1
    assert figures["gap_max_ms"] == 60.0


def test_every_victim_gets_every_blow() -> None:
    times = len(VICTIMS) * len(BLOWS)
    pairs = {(VICTIMS[time % len(VICTIMS)], BLOWS[time % len(BLOWS)]) for time in range(times)}
    assert len(pairs) == times


def test_a_blow_ends_a_process_and_its_children() -> None:
    line = [sys.executable, "-c", "import subprocess; print(1, flush=True); subprocess.run(['sleep', '60'])"]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        while len(family := with_children(parent.pid)) < 2:
            os.sched_yield()
        assert blow(family, "SIGKILL")
        parent.wait(10)
        while any(map(is_alive, family)):
            os.sched_yield()


def test_growth_is_noticed_after_the_first_quarter() -> None:
    level = [(50.0 + second * 10, 20, 9) for second in range(4)]
    assert row([*level, *[(100.0, 22, 9)] * 12])["flat"]
    assert not row([*level, *[(100.0, 22, 9)] * 8, *[(106.0, 22, 9)] * 4])["flat"]
    assert not row([*level, *[(100.0, 22, 9)] * 8, *[(100.0, 26, 9)] * 4])["flat"]
    assert not row([*level, *[(100.0, 22, 9)] * 8, *[(100.0, 22, 12)] * 4])["flat"]


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "INVITE"])
def test_a_flood_is_of_whole_requests(method: str) -> None:
    message = Message.parse(request(method, 7, "127.0.0.9", 4000, "127.0.0.1:5060"))
    assert message.method == method and message.get("cseq") == f"1 {method}"
    assert len(message.body) == int(message.get("content-length"))
