"""Backups, by restoring them."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from ivr.backup import BackupError, make_backup, restore


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for folder in ("journal", "log", "keys", "models", "prompts", "run", "recordings/2026"):
        (root / folder).mkdir(parents=True)
    (root / "journal" / "line-1.jsonl").write_text('{"v":1}\n')
    (root / "keys" / "caller.key").write_text("secret")
    (root / "keys" / "caller.key").chmod(0o600)
    (root / "models" / "large.onnx").write_bytes(bytes(1000))
    (root / "run" / "control").write_text("")
    (root / "recordings" / "2026" / "a.wav").write_bytes(b"RIFF")
    return root


def test_everything_comes_back_but_what_can_be_made_again(data: Path, tmp_path: Path) -> None:
    count = make_backup(data, tmp_path / "b.tar.gz", with_keys=True)
    assert restore(tmp_path / "b.tar.gz", tmp_path / "new") == count == 3
    restored = {
        file.relative_to(tmp_path / "new").as_posix() for file in (tmp_path / "new").rglob("*") if file.is_file()
    }
    assert restored == {"journal/line-1.jsonl", "keys/caller.key", "recordings/2026/a.wav"}
    assert (tmp_path / "new" / "keys" / "caller.key").read_text() == "secret"
    assert (tmp_path / "new" / "keys" / "caller.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600


def test_keys_stay_apart_unless_asked_for(data: Path, tmp_path: Path) -> None:
    make_backup(data, tmp_path / "b.tar.gz", with_keys=False)
    restore(tmp_path / "b.tar.gz", tmp_path / "new")
    assert not (tmp_path / "new" / "keys").exists()


def test_a_database_that_is_being_written_is_copied_whole(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "log" / "calls.sqlite")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE calls (id TEXT)")
        database.execute("INSERT INTO calls VALUES ('kept')")
        database.commit()
        database.execute("INSERT INTO calls VALUES ('not committed')")
        assert (data / "log" / "calls.sqlite-wal").stat().st_size > 0
        make_backup(data, tmp_path / "b.tar.gz", with_keys=False)
        database.rollback()
    restore(tmp_path / "b.tar.gz", tmp_path / "new")
    with closing(sqlite3.connect(tmp_path / "new" / "log" / "calls.sqlite")) as database:
        assert database.execute("SELECT id FROM calls").fetchall() == [("kept",)]


def test_a_damaged_archive_changes_nothing(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar.gz"
    make_backup(data, archive, with_keys=False)
    whole = archive.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"nonsense", b""):
        archive.write_bytes(damaged)
        with pytest.raises(BackupError, match="damaged"):
            restore(archive, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def archive_of(path: Path, files: dict[str, bytes], listed: dict[str, str]) -> Path:
    facts = json.dumps({"version": 1, "files": listed}).encode()
    with tarfile.open(path, "w:gz") as tar:
        for name, content in {**files, "CONTENTS.json": facts}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_a_file_that_is_not_what_the_list_says_is_refused(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "b.tar.gz", {"a": b"changed"}, {"a": "0" * 64})
    with pytest.raises(BackupError, match="not what the archive says"):
        restore(archive, tmp_path / "new")


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_an_archive_cannot_write_outside_the_folder(tmp_path: Path, name: str) -> None:
    archive = archive_of(tmp_path / "b.tar.gz", {name: b""}, {name: "0" * 64})
    with pytest.raises(BackupError, match="leads out"):
        restore(archive, tmp_path / "new")
    assert not (tmp_path / "outside").exists()


def test_nothing_is_overwritten(data: Path, tmp_path: Path) -> None:
    make_backup(data, tmp_path / "b.tar.gz", with_keys=False)
    with pytest.raises(BackupError, match="exists"):
        restore(tmp_path / "b.tar.gz", data)
    with pytest.raises(FileExistsError):
        make_backup(data, tmp_path / "b.tar.gz", with_keys=False)


def test_an_empty_folder_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        make_backup(tmp_path / "none", tmp_path / "b.tar.gz", with_keys=False)
