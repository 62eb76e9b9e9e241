"""The sound of both sides of a real call, as a speech worker gets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.system.gatewayprocess import GatewayProcess, gateway_process, sine, write_wav
from tests.system.rawphone import RawPhone

pytestmark = pytest.mark.system
HOST = "127.0.0.1"
PROMPT_HZ, CALLER_HZ, KEY_HZ = 900, 400, 1500
RATE = 8000


@pytest.fixture
def tap(tmp_path: Path) -> Path:
    return tmp_path / "both.raw"


@pytest.fixture
def gateway(tmp_path: Path, tap: Path) -> Iterator[GatewayProcess]:
    greeting = [write_wav(tmp_path / "prompt.wav", sine(PROMPT_HZ, 2.0))]
    after_key = {"": [write_wav(tmp_path / "key.wav", sine(KEY_HZ, 1.0))]}
    behaviour = {"greeting": greeting, "after_key": after_key, "tap": str(tap)}
    with gateway_process(tmp_path, behaviour=behaviour) as process:
        yield process


def share(samples: NDArray[np.int16], hertz: float) -> float:
    """Share of the power of a sound that is in this tone, 0 to 1."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float))) ** 2
    place = round(hertz * len(samples) / RATE)
    return float(spectrum[max(0, place - 3) : place + 4].sum() / max(spectrum.sum(), 1.0))


def loud(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """The samples from the first to the last loud one."""
    places = np.flatnonzero(np.abs(samples.astype(int)) > 500)
    return samples[places[0] : places[-1]] if places.size else samples[:0]


def test_each_side_is_on_its_channel(gateway: GatewayProcess, tap: Path) -> None:
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.sound_after(0.0)
        phone.play(sine(CALLER_HZ, 1.0))
        phone.listen(1.5)
        phone.press("5")
        phone.listen(1.5)
        phone.hang_up()
    gateway.is_free_again()
    both = np.frombuffer(tap.read_bytes(), np.int16).reshape(-1, 2)
    caller, sent = loud(both[:, 0]), loud(both[:, 1])
    assert both.shape[0] > 2.5 * RATE
    assert 0.8 * RATE < len(caller) < 1.3 * RATE
    assert share(caller, CALLER_HZ) > 0.9, "nothing of the prompt is on the caller's side"
    assert share(sent[: RATE // 2], PROMPT_HZ) > 0.9
    assert share(sent[-RATE // 2 :], KEY_HZ) > 0.9, "what plays after a key is heard, too"
    assert share(sent, CALLER_HZ) < 0.05
