"""Times a real `ivr speech` process that hears callers in real time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event, async_write_event

from audio.pcm import Samples
from benchmarks.recognition_corpus import Utterance
from speech.recognisers.base import RATE
from speech.wire import Address, read_event

_SOUND = {"rate": RATE, "width": 2, "channels": 2}
_CHUNK = 160
_BEFORE_MS, _BEHIND_MS = 500, 3000
_SILENCE_LEVEL = 0.02


@dataclass(frozen=True)
class Latency:
    """Milliseconds from the end of speech, as it was made, to the `transcript`; and what share was right at once."""

    turns: int
    p50_ms: float
    p95_ms: float
    accepted: float

    def __str__(self) -> str:
        return f"{self.turns} turns, p50 {self.p50_ms:.0f} ms, p95 {self.p95_ms:.0f} ms, {self.accepted:.0%} accepted"


def measure(said: Sequence[Utterance], callers: int, turns: int, data: Path, threads: int) -> Latency:
    """Let so many callers speak at once, each so many turns."""
    with tempfile.TemporaryDirectory() as folder:
        address = Address(path=Path(folder) / "s")
        command = [sys.executable, "-m", "ivr.cli", "speech", "--data", str(data), "--listen", str(address)]
        worker = subprocess.Popen(
            [*command, "--threads", str(threads), "--nice", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert worker.stdout is not None
            if not worker.stdout.readline().startswith("ready"):
                raise RuntimeError("the speech worker did not start; run ivr doctor")
            waits = asyncio.run(_all(said, callers, turns, address))
        finally:
            worker.terminate()
            worker.wait()
            worker.stdout.close()
    times = np.array([wait for wait, _ in waits])
    accepted = float(np.mean([band == "accept" for _, band in waits]))
    return Latency(len(waits), float(np.percentile(times, 50)), float(np.percentile(times, 95)), accepted)


async def _all(said: Sequence[Utterance], callers: int, turns: int, address: Address) -> list[tuple[float, str]]:
    found = await asyncio.gather(*(_caller(said[number::callers], turns, address) for number in range(callers)))
    return [wait for waits in found for wait in waits]


async def _caller(said: Sequence[Utterance], turns: int, address: Address) -> list[tuple[float, str]]:
    reader, writer = await address.connect()
    waits = []
    for turn in range(turns):
        waits.append(await _turn(said[turn % len(said)], turn, reader, writer))
    writer.close()
    return waits


async def _turn(
    one: Utterance, turn: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[float, str]:
    """Milliseconds until the decision, and its band."""
    options = [{"id": name, "phrases": list(phrases)} for name, phrases in one.options.items()]
    context = {"turn": turn, "expect": "options", "options": options}
    await async_write_event(Event("transcribe", {"language": "zh", "context": context}), writer)
    await async_write_event(AudioStart(**_SOUND).event(), writer)
    speech = _trimmed(one.sound.samples)
    end_s = (_BEFORE_MS / 1000) + len(speech) / RATE
    whole = np.concatenate([np.zeros(_BEFORE_MS * 8), speech, np.zeros(_BEHIND_MS * 8)])
    noisy = (whole + np.random.default_rng(turn).normal(0, 6, len(whole))).astype("<i2")
    both = np.stack([noisy, np.zeros_like(noisy)], axis=1)
    began = time.monotonic()
    answer = asyncio.create_task(_transcript(reader))
    for start in range(0, len(both), _CHUNK):
        if answer.done():
            break
        await asyncio.sleep(max(0.0, began + (start + _CHUNK) / RATE - time.monotonic()))
        await async_write_event(AudioChunk(**_SOUND, audio=both[start : start + _CHUNK].tobytes()).event(), writer)
    band, at = await asyncio.wait_for(answer, 10)
    return (at - began - end_s) * 1000, band


async def _transcript(reader: asyncio.StreamReader) -> tuple[str, float]:
    while (event := await read_event(reader)) is not None:
        if event.type == "transcript":
            return event.data["context"]["band"], time.monotonic()
        if event.type == "error":
            return str(event.data.get("code")), time.monotonic()
    raise ConnectionError("the speech worker went away")


def _trimmed(samples: Samples) -> Samples:
    """Without the silence at its end, so that the end of speech is known."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE_LEVEL * np.abs(samples).max())
    return samples[: int(loud[-1]) + 1]
