"""The test phone: two of them call each other. `test_first_call.py` calls the gateway with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from audio import level, tones, wav
from audio.dtmf import DtmfDetector
from audio.pcm import Pcm
from tests.system.running import ROOT, free_port

pytestmark = pytest.mark.system

#: What the called phone plays over and over: a prompt and a silence.
PROMPT_MS, SILENCE_MS = 1500, 2500
#: Of a prompt's times as the calling phone sees them: its jitter buffer and two frames.
EXACT_MS = 150


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ivr.cli", "phone", *arguments, "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(phone: subprocess.Popen[str], timeout: float = 60.0) -> tuple[int, dict[str, Any], str]:
    """Exit code, report and standard error of a phone, once it has ended."""
    try:
        out, complaints = phone.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        phone.kill()
        phone.communicate()
        raise
    return phone.returncode, json.loads(out) if out else {}, complaints


@contextmanager
def called_phone(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A phone that waits for a call, and its address."""
    phone = start("--answer", "--timeout", "60", *arguments)
    assert phone.stdout is not None
    try:
        ready = phone.stdout.readline().split()
        assert ready[:1] == ["ready"], ready
        yield phone, ready[1]
    finally:
        if phone.poll() is None:
            phone.kill()
            phone.communicate()


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    file = tmp_path / "prompt.wav"
    wav.write(file, Pcm.concat([tones.tone([(400.0, -15.0)], PROMPT_MS), Pcm.silence(SILENCE_MS, tones.RATE)]))
    return file


WAYS: Sequence[tuple[str, ...]] = (
    ("--dtmf", "rfc4733"),
    ("--dtmf", "info", "--tcp", "--codec", "PCMU"),
    ("--dtmf", "inband"),
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way[1])
def test_two_phones_agree_about_a_call(way: tuple[str, ...], prompt: Path, tmp_path: Path) -> None:
    heard_by = {name: tmp_path / f"{name}.wav" for name in ("caller", "called")}
    tcp = [option for option in way if option == "--tcp"]
    with called_phone("--play", str(prompt), "--seconds", "30", "--record", str(heard_by["called"]), *tcp) as (
        called,
        uri,
    ):
        caller = start(uri, "--keys", "12 barge:0.5 hangup", "--record", str(heard_by["caller"]), *way)
        code, report, complaints = outcome(caller)
        called_code, called_report, _ = outcome(called)

    assert (code, called_code) == (0, 0), complaints
    assert (report["ended_by"], report["end_reason"], report["sip_code"]) == ("phone", "hangup", 200)
    assert (called_report["ended_by"], called_report["end_reason"]) == ("other", "remote")
    assert "sip:1000@127.0.0.1" in called_report["uri"]

    first, second = report["prompts"]
    assert first["end_ms"] - first["start_ms"] == pytest.approx(PROMPT_MS, abs=EXACT_MS)
    assert second["start_ms"] - first["start_ms"] == pytest.approx(PROMPT_MS + SILENCE_MS, abs=EXACT_MS)
    assert report["ended_ms"] - second["start_ms"] == pytest.approx(500, abs=EXACT_MS)
    (keys,) = report["keys"]
    assert keys["keys"] == "12"
    assert keys["started_at_ms"] - first["end_ms"] == pytest.approx(1200, abs=EXACT_MS)
    assert keys["sent_at_ms"] - keys["started_at_ms"] == pytest.approx(200, abs=40)
    assert keys["latency_ms"] == pytest.approx(second["start_ms"] - keys["sent_at_ms"], abs=1)

    quality = report["quality"]
    assert quality["codec"] == ("PCMU" if "PCMU" in way else "PCMA")
    assert quality["received"] == pytest.approx(report["ended_ms"] / 20, abs=15)
    assert quality["loss"] < 0.02

    check_recordings(heard_by["caller"], heard_by["called"], keys, inband="inband" in way)


def check_recordings(caller: Path, called: Path, keys: dict[str, Any], *, inband: bool) -> None:
    """Left is what was heard, right what was said, at the same times; tones are there only where they were sent."""
    heard, said = wav.read_channels(caller)
    assert len(heard.samples) == len(said.samples)
    assert level.first_sound_ms(heard) == pytest.approx(0, abs=EXACT_MS)
    at_other_end, _ = wav.read_channels(called)
    arrived = DtmfDetector().feed(at_other_end.samples)
    if inband:
        assert level.first_sound_ms(said) == pytest.approx(keys["started_at_ms"], abs=60)
        assert [key.digit for key in arrived] == ["1", "2"]
    else:
        assert level.first_sound_ms(said) is None
        assert arrived == []


def test_the_other_side_may_hang_up(prompt: Path) -> None:
    with called_phone("--play", str(prompt), "--seconds", "1") as (called, uri):
        code, report, _ = outcome(start(uri, "--keys", "1 wait:1 2"))
        called_code, called_report, _ = outcome(called)
    assert (code, called_code) == (0, 0)
    assert (report["ended_by"], report["end_reason"], report["unsent"]) == ("other", "remote", ["1", "2"])
    assert (called_report["ended_by"], called_report["end_reason"]) == ("phone", "finished")
    assert called_report["ended_ms"] == pytest.approx(1000, abs=EXACT_MS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_phone_that_waits_can_be_ended(number: signal.Signals) -> None:
    with called_phone() as (called, _):
        called.send_signal(number)
        code, report, complaints = outcome(called)
    assert (code, report["end_reason"], report["answered_ms"]) == (1, "interrupted", None)
    assert "not answered" in complaints


#: A phone that is interrupted in mid-call.
INTERRUPTED = """
import sys, time
from ivr.sip.phone import PhonePlan, place_call
until = time.monotonic() + 2
report = place_call(PhonePlan(sys.argv[1]), lambda: time.monotonic() > until)
assert report.answered_ms is not None, report
assert (report.ended_by, report.end_reason) == ("phone", "interrupted"), report
"""


def test_a_phone_that_is_interrupted_hangs_up(prompt: Path) -> None:
    with called_phone("--play", str(prompt), "--seconds", "30") as (called, uri):
        done = subprocess.run([sys.executable, "-c", INTERRUPTED, uri], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        _, called_report, _ = outcome(called)
    assert done.returncode == 0, done.stderr
    assert (called_report["ended_by"], called_report["end_reason"]) == ("other", "remote")


def test_a_refused_call_is_a_failure_with_its_code(tmp_path: Path) -> None:
    record = tmp_path / "call.wav"
    uri = f"sip:1@127.0.0.1:{free_port()}"
    code, report, complaints = outcome(start(uri, "--tcp", "--keys", "1", "--record", str(record)))
    assert (code, report["answered_ms"], report["sip_code"], report["end_reason"]) == (1, None, 503, "refused")
    assert (report["unsent"], report["recording"], record.exists()) == (["1"], None, False)
    assert "SIP 503" in complaints


def test_a_port_in_use_is_said() -> None:
    with called_phone() as (_, uri):
        port = uri.rsplit(":", 1)[1]
        code, report, complaints = outcome(start("--answer", "--port", port))
    assert (code, report) == (1, {})
    assert f"127.0.0.1:{port}" in complaints
