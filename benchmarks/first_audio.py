"""How soon a caller hears something: after the answer, and after a key.

`python -m benchmarks.first_audio [--tries 100] [--json]` starts a whole gateway and calls it with a telephone of plain
sockets (`tests/system/rawphone.py`). All times are those of the kernel at the client's socket:

- **answer**: from the arrival of 200 OK to the arrival of the first packet with sound of the first prompt.
- **key**: from the end of a key, its first RFC 4733 packet with the end bit, to the arrival of the packet that holds
  the first sample of the next prompt. The key is pressed in the middle of a prompt, at a random moment, and asks for
  the same prompt again; its beginning is found in what was heard by correlation. PJSIP acts on the first packet of a
  key, so the prompt may have begun before the key ended: the time is then negative.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.system.rawphone import RawPhone
from tests.system.running import gateway
from tests.system.wire import Packet

#: Length of the beginning of the prompt that is searched for, in samples at 8 kHz, and the least likeness that counts.
PATTERN = 4000
LIKENESS = 0.9
#: What counts as sound, in units of a 16-bit sample.
LOUD = 200
SAMPLES_PER_PACKET = 160
REPEAT = "*"
#: Longer than the prompt, and shorter than the prompt and the wait for a first key behind it, in seconds.
PROMPT_S = 9.0


def audio(phone: RawPhone, since: float) -> tuple[list[Packet], NDArray[np.float64]]:
    """The packets with audio since a moment, and their samples in order."""
    packets = [packet for packet in phone.arrivals if packet.at > since and packet.payload_type == phone.codec]
    samples = phone.heard(since)
    assert len(samples) == SAMPLES_PER_PACKET * len(packets)
    return packets, samples.astype(np.float64)


def onset(samples: NDArray[np.float64], pattern: NDArray[np.float64]) -> int | None:
    """Index of the sample at which the pattern begins, None where it is not there."""
    if len(samples) < len(pattern):
        return None
    product = np.correlate(samples, pattern, "valid")
    power = np.convolve(samples**2, np.ones(len(pattern)), "valid")
    likeness = product / np.sqrt(np.maximum(power, 1.0) * np.sum(pattern**2))
    best = int(np.argmax(likeness))
    return best if likeness[best] >= LIKENESS else None


def first_prompt(phone: RawPhone) -> NDArray[np.float64]:
    """The beginning of the prompt that the repeat key asks for, as it is heard on this line after silence."""
    phone.listen(PROMPT_S)
    pressed = phone.press(REPEAT)
    phone.listen(2.0)
    _, samples = audio(phone, pressed.first_packet)
    loud = int(np.argmax(np.abs(samples) > LOUD))
    return samples[loud : loud + PATTERN]


def measure_keys(phone: RawPhone, tries: int) -> list[float]:
    """Milliseconds from the end of a key to the first sample of the prompt, for each try."""
    chance = random.Random(1)
    pattern = first_prompt(phone)
    times: list[float] = []
    for _ in track(range(tries), "keys", console=Console(stderr=True)):
        phone.listen(chance.uniform(1.0, 2.5))
        pressed = phone.press(REPEAT)
        phone.listen(PATTERN / 8000 + 0.3)
        packets, samples = audio(phone, pressed.first_packet)
        begun = onset(samples, pattern)
        assert begun is not None, "the prompt did not begin again after the key"
        times.append((packets[begun // SAMPLES_PER_PACKET].at - pressed.last_packet) * 1000)
        phone.arrivals.clear()
    return times


def measure_answers(port: int, tries: int) -> list[float]:
    """Milliseconds from 200 OK to the first sound, for each call."""
    times: list[float] = []
    for _ in track(range(tries), "answers", console=Console(stderr=True)):
        with RawPhone() as phone:
            phone.dial("127.0.0.1", port, "12345")
            sound = phone.sound_after(phone.answered_at, level=LOUD)
            times.append((sound.at - phone.answered_at) * 1000)
            phone.hang_up()
    return times


def figures(times: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {
        "tries": len(times),
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "max_ms": round(max(times), 1),
    }


@click.command()
@click.option("--tries", default=100, show_default=True, type=click.IntRange(2, 10_000))
@click.option("--json", "as_json", is_flag=True)
def main(tries: int, as_json: bool) -> None:
    """Measure, and say whether the target of 30 ms at p95 after a key is met."""
    with tempfile.TemporaryDirectory() as folder, gateway(Path(folder)) as running:
        results = {"answer": figures(measure_answers(running.sip_port, tries))}
        with RawPhone() as phone:
            phone.dial("127.0.0.1", running.sip_port, "12345")
            phone.press("1")  # the menu under the first option has no sentence in another language before it
            results["key"] = figures(measure_keys(phone, tries))
            phone.hang_up()
    if as_json:
        click.echo(json.dumps(results))
        return
    table = Table("from", "tries", "p50 ms", "p95 ms", "max ms")
    for name, row in results.items():
        table.add_row(name, *(str(value) for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
