"""The composition root, as far as it starts nothing."""

from __future__ import annotations

from pathlib import Path

from ivr.app import gateway_processes, make_hearing
from ivr.config import DataFolder, Settings


def test_no_password_stands_on_a_command_line(tmp_path: Path) -> None:
    settings = Settings.model_validate({"log": {"database": "postgresql://calls:hunter2@db.example/calls"}})
    specs = gateway_processes(settings, tmp_path / "gateway.yaml", DataFolder(tmp_path), demo=True)
    assert [spec.name for spec in specs] == ["ship", "sync", "speech", "backend-demo", "line-1", "console"]
    assert not any("hunter2" in word for spec in specs for word in spec.arguments)


def test_callers_speak_to_the_worker_that_speaks_unless_another_is_named(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    assert data.hearing_address(Settings()) == f"unix:{data.speech_socket}"
    voice = {"worker": "tcp:192.0.2.1:10300"}
    assert data.hearing_address(Settings.model_validate({"voice": voice})) == voice["worker"]
    other = {"worker": "tcp:192.0.2.2:10300"}
    assert data.hearing_address(Settings.model_validate({"voice": voice, "hearing": other})) == other["worker"]


def test_callers_cannot_speak_where_that_is_switched_off(tmp_path: Path) -> None:
    assert make_hearing(Settings.model_validate({"hearing": {"enabled": False}}), DataFolder(tmp_path)) is None
    assert make_hearing(Settings(), DataFolder(tmp_path)) is not None


def test_our_speech_worker_is_told_who_recognises_a_language(tmp_path: Path) -> None:
    settings = Settings.model_validate({"hearing": {"turns": 4, "recognisers": {"zh": "tcp:10.0.0.5:10300"}}})
    specs = gateway_processes(settings, tmp_path / "gateway.yaml", DataFolder(tmp_path), demo=False)
    (speech,) = [spec.arguments for spec in specs if spec.name == "speech"]
    assert speech[-4:] == ["--turns", "4", "--recogniser", "zh=tcp:10.0.0.5:10300"]
