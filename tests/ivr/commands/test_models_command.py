"""`ivr models` on a models folder with small models."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.commands import models
from speech.models.model import Archive, Download, File, Model

CONTENT = b"a voice"
VOICE = Model(
    "small",
    "声音 / a voice",
    "MIT",
    "https://example.org",
    (File("voice.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), ()),),
    usual=True,
)
ABSENT = Model(
    "absent", "没有 / absent", "MIT", "", archives=(Archive(1, "0" * 64, "", Download("http://127.0.0.1:9/")),)
)


@pytest.fixture(autouse=True)
def _catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "CATALOGUE", {"small": VOICE, "absent": ABSENT})


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(models.command, ["--data", str(data), *arguments])


def test_list_install_verify_remove(tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.write_bytes(CONTENT)
    assert [entry["state"] for entry in json.loads(run(tmp_path, "list", "--json").stdout)] == ["missing", "missing"]
    installed = run(tmp_path, "install", "--from", str(usb), "--json")
    assert installed.exit_code == 0
    assert json.loads(installed.stdout)[0]["changed"] is True
    assert "already there" in run(tmp_path, "install").stdout
    assert "installed" in run(tmp_path, "list").stdout
    assert json.loads(run(tmp_path, "verify", "--json").stdout) == {"small": []}
    (tmp_path / "models" / "small" / "voice.bin").write_bytes(b"A VOICE")
    damaged = run(tmp_path, "verify")
    assert damaged.exit_code == 1
    assert "ivr models install small" in damaged.stdout
    assert "removed" in run(tmp_path, "remove", "small").stdout
    assert json.loads(run(tmp_path, "remove", "small", "--json").stdout) == {"small": False}


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    result = run(tmp_path, "install", "nothing")
    assert result.exit_code == 2
    assert "small, absent" in result.output


def test_what_cannot_be_had_ends_with_the_instruction(tmp_path: Path) -> None:
    result = run(tmp_path, "install", "absent")
    assert result.exit_code == 1
    assert "ivr models install absent --from" in result.output


def test_a_language_stands_for_the_model_that_hears_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "VOSK_MODELS", {"zh": VOICE})
    usb = tmp_path / "usb"
    usb.write_bytes(CONTENT)
    installed = run(tmp_path, "install", "zh", "--from", str(usb))
    assert installed.exit_code == 0, installed.output
    assert "small" in installed.output
