from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from audio.pcm import Pcm
from ivr.commands import phone, phone_tables
from ivr.sip.phone_report import HeardPrompt, PhoneQuality, PhoneReport, SentKeys

REPORT = PhoneReport(
    uri="sip:12345@127.0.0.1",
    answered_ms=12,
    prompts=(HeardPrompt(40, 2040, "您好"), HeardPrompt(3400, 5000)),
    keys=(SentKeys("1", 3240, 3240, 160), SentKeys("20260001#", 6200, 7800, None)),
    unsent=("9",),
    ended_by="other",
    end_reason="remote",
    ended_ms=9000,
    sip_code=200,
    sip_reason="OK",
    quality=PhoneQuality("PCMA", 449, 1, 2.34),
    recording="call.wav",
)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--answer"),
        (["sip:1@127.0.0.1", "--answer"], "--answer"),
        (["sip:1@127.0.0.1", "--keys", "1 x"], "'x': must be keys"),
        (["nonsense"], "is no SIP address"),
        (["sip:1@127.0.0.1", "--listen", "--data", "nowhere"], "ivr models install whisper-base"),
        (["sip:1@127.0.0.1", "--record", "no/such/folder/call.wav"], "no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_before_anybody_is_called(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(phone.command, arguments)
    assert result.exit_code != 0
    assert said in result.output


def test_the_time_line_has_what_happened_in_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    phone_tables.print_report(REPORT)
    lines = capsys.readouterr().out.splitlines()
    expected = [
        ("0.00 s", "answered", "12 ms"),
        ("0.04 s", "heard", "2.0 s  您好"),
        ("3.24 s", "keys", "1  160 ms"),
        ("3.40 s", "heard", "1.6 s"),
        ("7.80 s", "keys", "20260001#"),
        ("9.00 s", "ended", "SIP 200 OK"),
        ("not sent", "9"),
        ("line", "PCMA", "loss 0.2%", "jitter 2.3 ms"),
        ("recording", "call.wav"),
    ]
    for line, parts in zip(lines, expected, strict=True):
        assert all(part in line for part in parts), (line, parts)


def test_a_failure_names_the_sip_code() -> None:
    refused = PhoneReport(uri="", end_reason="refused", sip_code=404, sip_reason="Not Found")
    assert "SIP 404 Not Found" in phone_tables.failure(refused)
    assert "SIP" not in phone_tables.failure(PhoneReport(uri="", end_reason="timeout"))


class FakeTranscriber:
    """Says how long the sound was, in which language."""

    def __init__(self, model: Path) -> None:
        self.model = model

    def language_of(self, pcm: Pcm, among: tuple[str, ...]) -> str:
        return among[-1]

    def transcribe(self, pcm: Pcm, language: str) -> object:
        return type("Transcript", (), {"text": f"{language} {pcm.duration_ms:.0f} ms"})()


@pytest.fixture
def transcriber(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.transcribe.Transcriber", FakeTranscriber)


@pytest.mark.usefixtures("transcriber")
@pytest.mark.parametrize(("language", "used"), [("zh", "zh"), ("auto", "en")])
def test_each_prompt_is_transcribed_by_itself(language: str, used: str) -> None:
    sound = Pcm.silence(9000, 8000)
    spoken = (HeardPrompt(1000, 2000), HeardPrompt(8000, 9000))
    report = phone.with_transcripts(PhoneReport(uri="", prompts=spoken, sound=sound), Path(), language)
    # With a margin on both sides where there is sound.
    assert [prompt.text for prompt in report.prompts] == [f"{used} 1300 ms", f"{used} 1150 ms"]
    assert report.heard == f"{used} 1300 ms\n{used} 1150 ms"
