"""The doctor finds what is wrong, and does not fall ill of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from wyoming.event import Event

from ivr import doctor
from ivr.config import DataFolder, Settings
from speech.wire import encoded


def found(check: doctor.Check, folder: Path, **sections: Any) -> doctor.Finding:
    """The one finding of a check with these settings."""
    (finding,) = check(Settings.model_validate(sections), DataFolder(folder))
    return finding


@contextmanager
def server_that_says(answer: bytes) -> Iterator[int]:
    """The port of a server that gives one connection this answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def test_a_data_folder_deep_in_nowhere(tmp_path: Path) -> None:
    assert found(doctor.space, tmp_path / "not" / "there" / "yet").verdict in ("good", "bad")


def test_a_backend_that_does_not_speak_http(tmp_path: Path) -> None:
    with server_that_says(b"hello\r\n\r\n") as port:
        finding = found(doctor.backend, tmp_path, backend={"base_url": f"http://127.0.0.1:{port}"})
    assert (finding.verdict, "hello" in finding.told) == ("warning", True)


def test_only_a_port_in_use_is_taken_for_a_gateway(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gateway:
        gateway.bind(("127.0.0.1", 0))
        port = gateway.getsockname()[1]
        assert found(doctor.sip_port, tmp_path, sip={"bind_address": "127.0.0.1", "port": port}).verdict == "good"
    assert found(doctor.sip_port, tmp_path, sip={"bind_address": "192.0.2.1"}).verdict == "bad"


@pytest.mark.parametrize("database", ["nonsense", "nosuchdatabase://127.0.0.1/calls"])
def test_a_database_address_that_is_none(tmp_path: Path, database: str) -> None:
    assert found(doctor.call_log, tmp_path, log={"database": database}).verdict == "bad"


def installed(monkeypatch: pytest.MonkeyPatch, engines: dict[str, str]) -> None:
    monkeypatch.setattr(doctor, "engine_by_language", lambda models: engines)


def told(folder: Path, **hearing: Any) -> dict[str, doctor.Finding]:
    """What the doctor tells of each language."""
    found = doctor.recognition(Settings.model_validate({"hearing": hearing}), DataFolder(folder))
    return {finding.what.rpartition(" ")[2]: finding for finding in found}


def test_a_foreign_recogniser_is_named_in_place_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, {"zh": "whisper", "en": "whisper"})
    findings = told(tmp_path, recognisers={"zh": "tcp:10.0.0.5:10300", "de": "tcp:10.0.0.6:10300"})
    assert list(findings) == ["zh", "en", "ko", "de"]
    assert findings["zh"].told.startswith("wyoming tcp:10.0.0.5:10300")
    assert findings["de"].told.startswith("wyoming tcp:10.0.0.6:10300")
    assert findings["en"].told == "whisper" and "no recogniser" in findings["ko"].told


def test_who_was_calibrated_by_hand_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, {"zh": "vosk", "en": "whisper"})
    findings = told(tmp_path)
    assert (findings["zh"].verdict, findings["en"].verdict) == ("warning", "good")
    assert "by hand" in findings["zh"].told


def test_what_callers_may_say(tmp_path: Path) -> None:
    programs = [{"installed": True, "models": [{"languages": ["zh"]}]}]
    for listed, told, verdict in ((programs, "zh", "good"), ([], "什么都听不懂", "warning")):
        with server_that_says(encoded(Event("info", {"asr": listed}))) as port:
            finding = found(doctor.speech_input, tmp_path, hearing={"worker": f"tcp:127.0.0.1:{port}"})
        assert (finding.told.startswith(told), finding.verdict) == (True, verdict)
    with server_that_says(b"HTTP/1.1 400 Bad Request\r\n") as port:
        assert found(doctor.speech_input, tmp_path, hearing={"worker": f"tcp:127.0.0.1:{port}"}).verdict == "warning"
    assert found(doctor.speech_input, tmp_path).mend == "ivr serve"
    assert "switched off" in found(doctor.speech_input, tmp_path, hearing={"enabled": False}).told


def test_a_speech_worker_at_a_tcp_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        worker = f"tcp:127.0.0.1:{listening.getsockname()[1]}"
        assert found(doctor.speech_worker, tmp_path, voice={"worker": worker}).verdict == "good"
    assert found(doctor.speech_worker, tmp_path, voice={"worker": worker}).verdict == "warning"
    assert found(doctor.speech_worker, tmp_path).verdict == "warning"
