"""`ivr keys`: older recordings are sealed, and one is opened for whoever has the key."""

from __future__ import annotations

import os
from pathlib import Path

from click.testing import CliRunner, Result

from ivr import cli
from ivr.privacy import SealedFiles

SOUND = b"RIFF" + bytes(range(256)) * 20


def keys(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["keys", *arguments[:1], "--data", str(data), *arguments[1:]])


def test_older_recordings_are_sealed_once_and_keep_their_age(tmp_path: Path) -> None:
    call = tmp_path / "recordings" / "c1" / "call.wav"
    left = tmp_path / "outbox" / "recordings" / "aa.wav"
    for file in (call, left):
        file.parent.mkdir(parents=True)
        file.write_bytes(SOUND)
        os.utime(file, (1000, 1000))
    assert "sealed: 2" in keys(tmp_path, "seal").output
    files = SealedFiles(tmp_path / "keys" / "caller.key")
    for file in (call, left):
        assert file.read_bytes() != SOUND and files.read(file) == SOUND
        assert file.stat().st_mtime == 1000, "retention counts from when it was recorded"
    assert "sealed: 0" in keys(tmp_path, "seal").output


def test_one_recording_is_opened_for_its_owner_alone(tmp_path: Path) -> None:
    sealed, plain = tmp_path / "a.wav", tmp_path / "plain.wav"
    SealedFiles(tmp_path / "keys" / "caller.key").keep(SOUND, sealed)
    assert keys(tmp_path, "open", str(sealed), str(plain)).exit_code == 0
    assert plain.read_bytes() == SOUND and plain.stat().st_mode & 0o077 == 0
    again = keys(tmp_path, "open", str(sealed), str(plain))
    assert again.exit_code != 0 and plain.read_bytes() == SOUND, "nothing is overwritten"


def test_without_the_key_it_says_so(tmp_path: Path) -> None:
    sealed = tmp_path / "a.wav"
    SealedFiles(tmp_path / "other.key").keep(SOUND, sealed)
    refused = keys(tmp_path, "open", str(sealed), str(tmp_path / "plain.wav"))
    assert refused.exit_code != 0 and "key" in refused.output
    assert not (tmp_path / "plain.wav").exists()
