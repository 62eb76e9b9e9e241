"""What callers said is written down by the speech worker, over its own socket."""

from __future__ import annotations

import asyncio
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from wyoming.asr import Transcript
from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event

from ivr.commands.console_typist import SpeechTypist


class Worker:
    """A speech worker of one answer; notes what it was sent."""

    def __init__(self, socket: Path, answer: Event | None) -> None:
        self.heard: list[Event] = []
        self._socket, self._answer = socket, answer
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_unix_server(self._serve, str(self._socket)))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(server.wait_closed())
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (event := await async_read_event(reader)) is not None:
            self.heard.append(event)
            if event.type == "audio-stop":
                if self._answer is not None:
                    await async_write_event(self._answer, writer)
                break
        writer.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A quarter of a second, 16 kHz, the caller on the left."""
    with wave.open(str(tmp_path / "said.wav"), "wb") as file:
        file.setparams((2, 2, 16000, 0, "NONE", ""))
        file.writeframes(b"\x10\x00\x00\x00" * 4000)
    return tmp_path / "said.wav"


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "s"


def test_the_words_come_back(sound: Path, socket: Path) -> None:
    worker = Worker(socket, Transcript("路灯坏了").event())
    typist = SpeechTypist(f"unix:{socket}", Path.read_bytes)
    assert typist.write_down(sound, "zh") == "路灯坏了"
    worker.close()
    assert [worker.heard[0].type, worker.heard[-1].type] == ["transcribe", "audio-stop"]
    assert worker.heard[0].data["context"] == {"expect": "free"}
    chunks = [event for event in worker.heard if event.type == "audio-chunk"]
    assert {(event.data["rate"], event.data["channels"]) for event in chunks} == {(8000, 1)}
    assert sum(len(event.payload or b"") for event in chunks) == 2 * 2000


@pytest.mark.parametrize("answer", [Error("full", "busy").event(), None])
def test_a_worker_that_does_not_is_an_error(sound: Path, socket: Path, answer: Event | None) -> None:
    worker = Worker(socket, answer)
    typist = SpeechTypist(f"unix:{socket}", Path.read_bytes)
    with pytest.raises(OSError, match=r"full|closed"):
        typist.write_down(sound, "zh")
    worker.close()
    with pytest.raises(OSError):
        typist.write_down(sound, "zh")


def test_what_is_no_sound_is_said(socket: Path, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    with pytest.raises(ValueError, match="no sound"):
        SpeechTypist(f"unix:{socket}", Path.read_bytes).write_down(tmp_path / "x.wav", "zh")
