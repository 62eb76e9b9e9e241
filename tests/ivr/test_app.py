"""The composition root, as far as it starts nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from twisted.internet.testing import MemoryReactorClock

from ivr.app import make_hearing
from ivr.children import behind_edge, gateway_processes
from ivr.config import DataFolder, Settings
from ivr.texting import make_messenger

ROOT = Path(__file__).resolve().parents[2]


def test_a_line_worker_loads_nothing_that_is_for_others() -> None:
    """Databases, pages and dictionaries cost each worker a second of start-up and seventy megabytes."""
    heavy = ("sqlalchemy", "alembic", "klein", "jinja2", "pypinyin", "onnxruntime", "prometheus_client")
    program = f"import sys, ivr.app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_password_stands_on_a_command_line(tmp_path: Path) -> None:
    settings = Settings.model_validate({"log": {"database": "postgresql://calls:hunter2@db.example/calls"}})
    specs = gateway_processes(settings, tmp_path / "gateway.yaml", DataFolder(tmp_path), demo=True)
    assert [spec.name for spec in specs] == ["ship", "sync", "outbox", "speech", "backend-demo", "line-1", "console"]
    assert not any("hunter2" in word for spec in specs for word in spec.arguments)


def test_the_demo_is_the_sms_provider_unless_one_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def provider(settings: Settings, *, demo: bool) -> set[str | None]:
        specs = gateway_processes(settings, None, DataFolder(tmp_path), demo=demo)
        return {spec.environment.get("XIANGYIN_MESSAGES_URL") for spec in specs}

    monkeypatch.delenv("XIANGYIN_MESSAGES_URL", raising=False)
    assert provider(Settings(), demo=True) == {"http://127.0.0.1:8099/demo/messages"}
    assert provider(Settings(), demo=False) == {None}
    own = Settings.model_validate({"messages": {"url": "https://sms.example/send"}})
    assert provider(own, demo=True) == {None}


def test_without_an_sms_provider_there_is_no_messenger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XIANGYIN_MESSAGES_URL", raising=False)
    assert make_messenger(Settings(), DataFolder(tmp_path), MemoryReactorClock()) is None
    monkeypatch.setenv("XIANGYIN_MESSAGES_URL", "http://127.0.0.1:8099/demo/messages")
    assert make_messenger(Settings(), DataFolder(tmp_path), MemoryReactorClock()) is not None


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


def test_many_lines_are_workers_with_ports_of_their_own_behind_an_edge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.edge.kamailio.shutil.which", lambda *_, **__: "/usr/sbin/kamailio")
    settings = Settings.model_validate({"sip": {"bind_address": "127.0.0.1"}, "lines": {"count": 10}})
    specs = {spec.name: spec for spec in gateway_processes(settings, None, DataFolder(tmp_path), demo=False)}
    names = list(specs)
    assert [name for name in names if name.startswith(("edge", "line"))] == ["edge", "line-1", "line-2", "line-3"]
    line = list(specs["line-2"].arguments)
    assert line[line.index("--port") + 1] == "15062" and line[line.index("--edge") + 1] == "127.0.0.1:5060"
    assert line[line.index("--rtp") + 1] == "16516+132"
    assert specs["edge"].must_start and specs["edge"].death_signal == "TERM" and specs["line-2"].pulse
    assert all(spec.pulse for spec in specs.values()), "every process that is stopped is noticed"


def test_one_worker_of_all_registers_and_its_contact_is_at_the_edge() -> None:
    first = behind_edge(Settings(), "line-1", 15061, "203.0.113.9:5060")
    second = behind_edge(Settings(), "line-2", 15062, "203.0.113.9:5060")
    assert (first.registers, second.registers) == (True, False)
    assert second.contact == "sip:line-2@203.0.113.9:5060" and second.route == "sip:127.0.0.1:5060;lr"
    assert second.address == "127.0.0.1", "nobody but the edge reaches a worker"
