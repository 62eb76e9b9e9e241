"""`ivr backend-demo` as a process, and the client against its faults over real HTTP."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import treq
from twisted.internet.task import LoopingCall

from backend_client.client import Asking, BackendClient
from backend_client.errors import AnswerError, BackendError
from backend_client.settings import BackendSettings
from tests.reactor import installed

pytestmark = pytest.mark.system

Run = Callable[..., None]
COMMAND = [sys.executable, "-c", "from ivr.commands.backend_demo import command; command()"]
ASKING = Asking(call_id="c1", budget_ms=8000)


def start(database: Path, *options: str) -> subprocess.Popen[str]:
    arguments = [*COMMAND, "--port", "0", "--database", str(database), *options]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def address_of(process: subprocess.Popen[str]) -> str:
    """Wait until the process is ready. Its end ends the wait, too."""
    assert process.stdout and process.stderr
    line = process.stdout.readline()
    assert line.startswith("ready http://127.0.0.1:"), process.stderr.read()
    return line.split()[1]


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """End the process as systemd would. Return its exit status and what it wrote to standard error."""
    process.send_signal(signal.SIGTERM)
    try:
        _, errors = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, errors


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a demo backend in a process of its own."""
    process = start(tmp_path_factory.mktemp("demo") / "demo.sqlite")
    yield address_of(process)
    assert stop(process) == (0, "")


class Rehearsal:
    """A client for the demo, and the switch for its faults."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.client = BackendClient(BackendSettings(address), installed(), {})
        # The longest time for which the reactor did nothing else, in seconds.
        self.longest_block = 0.0
        self._last = installed().seconds()
        self._beat = LoopingCall(self._measure)

    async def __aenter__(self) -> Rehearsal:
        self._beat.start(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._beat.stop()
        await self.faults("")
        await self.client.close()

    async def faults(self, written: str) -> None:
        response = await treq.put(f"{self._address}/admin/faults", json={"faults": written}, persistent=False)
        assert response.code == 200
        await response.content()

    async def timed(self, asking: Asking) -> tuple[Any, float]:
        """Ask for a case. Return the answer or the error, and the seconds that it took."""
        started = installed().seconds()
        try:
            answer: Any = await self.client.get_case("20260001", asking)
        except BackendError as error:
            answer = error
        return answer, installed().seconds() - started

    def _measure(self) -> None:
        now = installed().seconds()
        self.longest_block = max(self.longest_block, now - self._last)
        self._last = now


FAULTS = [
    ("5xx", "server_error", 500),
    ("5xx=503", "server_error", 503),
    ("malformed", "bad_answer", 200),
    ("truncated", "bad_answer", 200),
    ("huge", "too_large", None),
    ("drop", "unreachable", None),
    ("partial", "unreachable", None),
    ("wrong_case", "bad_answer", 200),
]


@pytest.mark.parametrize(("fault", "reason", "status"), FAULTS)
def test_fault_is_told_by_its_reason_well_within_the_budget(
    in_reactor: Run, demo: str, fault: str, reason: str, status: int | None
) -> None:
    async def scenario() -> None:
        async with Rehearsal(demo) as rehearsal:
            await rehearsal.faults(fault)
            error, seconds = await rehearsal.timed(ASKING)
            assert isinstance(error, AnswerError), error
            assert (error.reason, error.status) == (reason, status)
            assert seconds < 5
            await rehearsal.faults("")
            case, _ = await rehearsal.timed(ASKING)
            assert case.number == "20260001", "all is well afterwards"

    in_reactor(scenario)


@pytest.mark.parametrize("fault", ["drop*2", "partial*2", "5xx=503*2", "drop*1,latency=100"])
def test_passing_fault_is_not_noticed(in_reactor: Run, demo: str, fault: str) -> None:
    async def scenario() -> None:
        async with Rehearsal(demo) as rehearsal:
            await rehearsal.faults(fault)
            case, seconds = await rehearsal.timed(ASKING)
            assert case.number == "20260001"
            assert seconds < 5

    in_reactor(scenario)


@pytest.mark.parametrize("fault", ["latency=60000", "stall", "5xx=503,latency=150", "drop,latency=150"])
def test_no_question_takes_longer_than_its_budget(in_reactor: Run, demo: str, fault: str) -> None:
    async def scenario() -> None:
        async with Rehearsal(demo) as rehearsal:
            await rehearsal.faults(fault)
            beyond = []
            for _ in range(7):
                error, seconds = await rehearsal.timed(Asking(budget_ms=300))
                assert isinstance(error, AnswerError)
                beyond.append(seconds - 0.3)
            # The median, because other processes share this machine.
            assert statistics.median(beyond) < 0.05, beyond

    in_reactor(scenario)


def test_a_slow_answer_within_the_budget_is_an_answer(in_reactor: Run, demo: str) -> None:
    async def scenario() -> None:
        async with Rehearsal(demo) as rehearsal:
            await rehearsal.faults("latency=700")
            case, seconds = await rehearsal.timed(Asking(budget_ms=5000))
            assert case.number == "20260001"
            assert seconds >= 0.7

    in_reactor(scenario)


def test_the_reactor_is_never_blocked(in_reactor: Run, demo: str) -> None:
    async def scenario() -> None:
        blocks = []
        for _ in range(5):
            async with Rehearsal(demo) as rehearsal:
                for fault in ("huge=100", "malformed", "drop*2", ""):
                    await rehearsal.faults(fault)
                    rehearsal.longest_block = 0.0
                    await rehearsal.timed(ASKING)
                blocks.append(rehearsal.longest_block)
        # Half a frame of speech would be heard; a lone longer wait is another process on this machine.
        assert statistics.median(blocks) < 0.05, blocks

    in_reactor(scenario)


def test_many_questions_at_once(in_reactor: Run, demo: str) -> None:
    async def scenario() -> None:
        async with Rehearsal(demo) as rehearsal:
            asked = [rehearsal.client.get_case(str(20260001 + number % 10), ASKING) for number in range(40)]
            for number, each in enumerate(asked):
                assert (await each).number == str(20260001 + number % 10)

    in_reactor(scenario)


def test_nobody_listening_is_unreachable(in_reactor: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def scenario() -> None:
        client = BackendClient(BackendSettings(f"http://127.0.0.1:{port}"), installed(), {})
        with pytest.raises(AnswerError) as caught:
            await client.get_case("20260001", ASKING)
        assert (caught.value.reason, caught.value.status) == ("unreachable", None)
        await client.close()

    in_reactor(scenario)


def test_a_process_with_token_and_faults_from_the_command_line(in_reactor: Run, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    process = start(
        tmp_path / "demo.sqlite", "--token-file", str(token), "--fault", "5xx=503*1", "--fault", "wrong_case"
    )
    try:
        address = address_of(process)

        async def scenario() -> None:
            client = BackendClient(BackendSettings(address, token_file=token), installed(), {})
            with pytest.raises(AnswerError, match="another number"):
                await client.get_case("20260001", ASKING)
            assert (await client.health(ASKING)).status == "ok"
            await client.close()
            stranger = BackendClient(BackendSettings(address), installed(), {})
            with pytest.raises(BackendError) as caught:
                await stranger.health(ASKING)
            assert (caught.value.reason, caught.value.status) == ("refused", 401)
            await stranger.close()

        in_reactor(scenario)
    finally:
        assert stop(process) == (0, "")


def test_a_taken_port_is_said_and_ends_the_process(demo: str, tmp_path: Path) -> None:
    port = demo.rpartition(":")[2]
    done = subprocess.run(
        [*COMMAND, "--port", port, "--database", str(tmp_path / "x.sqlite")], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot start" in done.stderr
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    file = tmp_path / "demo.sqlite"
    file.write_text("no database " * 1000)
    done = subprocess.run(
        [*COMMAND, "--port", "0", "--database", str(file)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot start" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [["--fault", "slow"], ["--port", "70000"], ["--token-file", os.devnull + "x"]])
def test_wrong_options_are_said(options: list[str]) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert options[1] in done.stderr
