"""`ivr menus listen`: a call as sound, with its keys, its prompts at their moments and cut where they were cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from audio import wav
from audio.pcm import Pcm
from ivr.commands.menus import command
from ivr.commands.menus.tape import RATE, recorded
from ivr.rehearsal.timeline import Moment
from speech.spoken import Lexicon
from speech.voices.chain import VoiceChain
from speech.voices.tone import ToneVoice
from tests.menus.small import SMALL


@pytest.fixture
def steady(tmp_path: Path) -> Callable[[str], Path]:
    """A sound of one second of a constant value."""

    def made(name: str) -> Path:
        wav.write(tmp_path / f"{name}.wav", Pcm(np.full(RATE, 1000, np.int16), RATE))
        return tmp_path / f"{name}.wav"

    return made


def test_prompts_stand_at_their_moments_and_end_where_they_were_cut(steady: Callable[[str], Path]) -> None:
    files = {"one": steady("one"), "two": steady("two")}
    moments = [
        Moment(500, "heard", {"text": "one", "begins": True}),
        Moment(900, "pressed", {"keys": "5"}),
        Moment(1000, "cut", {"by": "digit"}),
        Moment(2000, "heard", {"text": "two", "begins": True}),
    ]
    samples = recorded(moments, files, 3000).samples
    assert not samples[: RATE // 2].any()
    assert samples[int(0.6 * RATE)] == 1000
    assert samples[int(0.92 * RATE) : int(0.98 * RATE)].std() > 100  # the key is heard over the prompt
    assert not samples[int(1.1 * RATE) : 2 * RATE].any()
    assert (samples[2 * RATE : 3 * RATE] == 1000).all()


def test_the_command_writes_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, "utf-8")
    # A voice that is always there and takes no time.
    tone = VoiceChain([ToneVoice()], Lexicon())
    monkeypatch.setattr("ivr.commands.menus.listen.installed_voices", lambda models: tone)
    output = tmp_path / "call.wav"
    arguments = [
        "listen",
        str(tmp_path / "small.yaml"),
        "--path",
        "1",
        "-o",
        str(output),
        "--data",
        str(tmp_path / "var"),
    ]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    assert "请问您要办什么事" in result.output
    assert "再见" in result.output
    sound = wav.read(output)
    assert sound.rate == RATE
    assert sound.duration_ms > 2000
    assert wav.read_format(output) == wav.FOR_TELEPHONE
    kept = [file.read_text("utf-8") for file in (tmp_path / "var/prompts/rendered").rglob("*.json")]
    assert any("请问您要办什么事" in described for described in kept), "as ivr prompts render would have kept it"


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["listen", "hotline", "--path", "1 x"])
    assert result.exit_code == 2
    assert "not keys: x" in result.output
