"""The real speech worker: `ivr speech` as a process, with the real voices, over its socket."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from wyoming.event import Event, async_write_event
from wyoming.tts import Synthesize, SynthesizeVoice

from speech.models.catalogue import KOKORO
from speech.models.store import ModelStore
from speech.wire import Address, read_event
from speech.wish import Wish

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("XIANGYIN_DATA", ROOT / "var"))
SENTENCE = "您的申请已经受理，预计十二月五日办结。"


class Process:
    """A speech worker that says it is ready."""

    def __init__(self, data: Path, socket: Path) -> None:
        self.address = Address(path=socket)
        self.popen = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "ivr.cli",
                "speech",
                "--data",
                str(data),
                "--listen",
                str(self.address),
                "--nice",
                "0",
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.popen.stdout is not None
        self.ready = self.popen.stdout.readline()

    def end(self, number: signal.Signals) -> int:
        self.popen.send_signal(number)
        code = self.popen.wait(20)
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        return code


@contextmanager
def worker(data: Path, socket: Path) -> Iterator[Process]:
    process = Process(data, socket)
    try:
        yield process
    finally:
        if process.popen.poll() is None:
            process.end(signal.SIGKILL)


@pytest.fixture
def socket() -> Iterator[Path]:
    """A path that is short enough for a Unix socket."""
    folder = Path(tempfile.mkdtemp())
    yield folder / "s.sock"
    shutil.rmtree(folder)


@pytest.fixture
def kokoro_data() -> Path:
    if ModelStore(DATA / "models").state(KOKORO) != "installed":
        pytest.skip("the Kokoro model is not installed (ivr models install)")
    return DATA


async def ask(address: Address, text: str, wish: Wish) -> list[Event]:
    reader, writer = await address.connect()
    events = []
    try:
        await async_write_event(Synthesize(text, SynthesizeVoice("zf_xiaobei"), context=wish.context()).event(), writer)
        while (event := await read_event(reader)) is not None:
            events.append(event)
            if event.type in ("audio-stop", "error"):
                break
    finally:
        writer.close()
    return events


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 90))  # type: ignore[arg-type]


def test_killed_in_mid_word_it_comes_back_and_serves_two_at_once_and_bears_garbage(
    kokoro_data: Path, socket: Path
) -> None:
    with worker(kokoro_data, socket) as process:

        async def scenario() -> None:
            reader, writer = await process.address.connect()
            await async_write_event(Synthesize(SENTENCE * 20).event(), writer)
            # The worker has taken the text when it answers a second client's question.
            other_reader, other_writer = await process.address.connect()
            await async_write_event(Event("describe"), other_writer)
            answer = await read_event(other_reader)
            assert answer is not None
            process.popen.kill()
            assert await reader.read() == b""
            writer.close()
            other_writer.close()

        run(scenario)
        assert process.end(signal.SIGKILL) == -signal.SIGKILL
    assert socket.exists()
    with worker(kokoro_data, socket) as process:
        assert process.ready == f"ready unix:{socket}\n", "at the same address"
        run(lambda: _bears_garbage(process.address))
        run(lambda: _serves_two(process.address))
        assert process.end(signal.SIGTERM) == 0
    assert not socket.exists()


async def _bears_garbage(address: Address) -> None:
    reader, garbage = await address.connect()
    garbage.write(os.urandom(3000).replace(b"\n", b"") + b"\n")
    assert await reader.read() == b""
    garbage.close()


async def _serves_two(address: Address) -> None:
    wish = Wish("zh", 0.9, telephone=True)
    first, second = await asyncio.gather(ask(address, "请按一。", wish), ask(address, "请按二。", wish))
    for events in (first, second):
        assert (events[0].data["engine"], events[0].data["rate"]) == ("kokoro", 8000)
        sound = b"".join(event.payload or b"" for event in events if event.type == "audio-chunk")
        assert 500 < len(sound) / 16 < 2000
        assert max(sound) > 0
    assert first != second


def test_without_a_model_the_emergency_voice_serves(tmp_path: Path, socket: Path) -> None:
    with worker(tmp_path, socket) as process:

        async def scenario() -> None:
            events = await ask(process.address, "您好。", Wish("zh", telephone=True))
            assert events[0].data["engine"] == "espeak"
            assert events[-1].type == "audio-stop"

        run(scenario)
        assert process.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("address", ["speech.sock", "tcp:nowhere"])
def test_an_address_that_is_none_is_a_misconfiguration(tmp_path: Path, address: str) -> None:
    command = [sys.executable, "-m", "ivr.cli", "speech", "--data", str(tmp_path), "--listen", address]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert "unix:PATH or tcp:HOST:PORT" in done.stderr
