"""Many calls in a row: nothing leaks, nothing hangs, an idle gateway costs next to nothing."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.gatewayprocess import GatewayProcess, gateway_process, sine, write_wav
from tests.system.rawphone import RawPhone
from tests.system.wire import tone

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("endurance")
    files = [write_wav(folder / f"{index}.wav", sine(400 + 100 * index, 0.02 * (index + 1))) for index in range(5)]
    behaviour = {"greeting": files, "after_key": {"": files[1:3]}, "loop": True}
    with gateway_process(folder, behaviour=behaviour) as process:
        yield process


def short_call(gateway: GatewayProcess, chance: random.Random) -> None:
    """One call with a little of everything, ended at a random moment."""
    with RawPhone() as phone:
        phone.invite(HOST, gateway.port, "12345", offer=chance.random() < 0.7)
        if chance.random() < 0.1 and phone.cancel() == 487:
            return
        assert phone.final_status("INVITE", 10.0) == 200
        for _ in range(chance.randrange(4)):
            deed = chance.random()
            if deed < 0.5:
                phone.press(chance.choice("0123456789*#"), tone_ms=chance.choice((20, 40, 100)))
            elif deed < 0.6:
                assert phone.info("application/dtmf", "6") == 200
            elif deed < 0.7:
                phone.play(tone(chance.choice("147"), 0.08))
            elif deed < 0.8:
                assert phone.reinvite("sendonly") == phone.reinvite("sendrecv") == 200
            else:
                phone.listen(chance.random() * 0.2)
        assert phone.hang_up() == 200


def test_the_mixer_of_a_worker_without_calls_rests(tmp_path: Path) -> None:
    """Also before its first call: a clock that ticks for nothing is most of what an idle worker costs."""
    with gateway_process(tmp_path) as process:
        tasks = Path(f"/proc/{process.process.pid}/task")
        deadline = time.monotonic() + 10
        while "clock\n" in [(task / "comm").read_text() for task in tasks.iterdir()]:
            assert time.monotonic() < deadline
            time.sleep(0.1)  # a thread of another process: looking again is the only way to see that it has ended


#: A tap has a file for good, and is used again only when it has settled: a busy moment makes a few more. What is lost
#: with each call, or with one in sixteen, is more than that.
MORE_TAPS = 12


def run_calls(gateway: GatewayProcess, count: int, seed: int) -> None:
    """So many calls, four at a time."""
    failures: list[BaseException] = []

    def caller(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(count // 4):
                short_call(gateway, chance)
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=caller, args=[seed + index]) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    gateway.is_free_again()


def test_calls_in_a_row_leave_nothing_behind(gateway: GatewayProcess) -> None:
    run_calls(gateway, 40, seed=1)
    gateway.wait_until_quiet()
    before = gateway.ask("status")
    gateway.events.clear()
    run_calls(gateway, 200, seed=100)
    gateway.wait_until_quiet()
    after = gateway.ask("status")
    for what in ("calls", "slots", "retired"):
        assert after[what] == 0, after
    assert after["threads"] <= before["threads"] + 1, (before, after)
    assert after["files"] <= before["files"] + MORE_TAPS, (before, after)
    assert after["rss_kb"] < before["rss_kb"] + 20_000, (before, after)
    endings = Counter((event["by"], event["reason"]) for event in gateway.all("ended"))
    assert set(endings) <= {("caller", "bye"), ("caller", "cancel")}, endings
    assert len(gateway.all("offered")) == sum(endings.values())


def test_an_idle_gateway_costs_under_one_percent_of_a_core(gateway: GatewayProcess) -> None:
    gateway.wait_until_quiet()
    begun = gateway.ask("cpu")
    threading.Event().wait(8.0)  # what is measured is a time in which nothing happens
    ended = gateway.ask("cpu")
    assert (ended["seconds"] - begun["seconds"]) / (ended["at"] - begun["at"]) < 0.01
