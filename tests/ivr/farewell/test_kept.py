"""Dialogs on the disk."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ivr.farewell.dialog import Dialog
from ivr.farewell.kept import KeptDialogs, take
from ivr.privacy import CallerKey

ONE = Dialog("1", "us", "<sip:13912345678@192.0.2.9>;tag=t", "sip:13912345678@192.0.2.9")
OTHER = Dialog("2", "us", "them", "sip:2@192.0.2.9", ("<sip:192.0.2.1;lr>",))


@pytest.fixture
def key(tmp_path: Path) -> CallerKey:
    return CallerKey(tmp_path / "caller.key")


def test_what_has_not_ended_is_left(tmp_path: Path, key: CallerKey) -> None:
    kept = KeptDialogs(tmp_path / "line-1", key.seal)
    kept.keep(1, OTHER)
    kept.keep(1, ONE)
    kept.keep(2, OTHER)
    kept.forget(2)
    kept.forget(3)
    (file,) = (tmp_path / "line-1").iterdir()
    assert "13912345678" not in file.read_text() and file.stat().st_mode & 0o077 == 0
    assert take(tmp_path / "line-1", key.unseal) == [ONE]
    assert take(tmp_path / "line-1", key.unseal) == []
    assert take(tmp_path / "nobody", key.unseal) == []


def test_a_half_written_one_does_not_hold_up_the_others(
    tmp_path: Path, key: CallerKey, caplog: pytest.LogCaptureFixture
) -> None:
    kept = KeptDialogs(tmp_path, key.seal)
    kept.keep(1, ONE)
    kept.keep(2, OTHER)
    file = tmp_path / "1"
    file.write_text(file.read_text()[:40])
    assert [dialog for dialog in take(tmp_path, key.unseal) if dialog.call_id == "2"] == [OTHER]
    assert "cannot be read" in caplog.text and not file.exists()


def test_a_file_that_stays_holds_nothing_up(
    tmp_path: Path, key: CallerKey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = KeptDialogs(tmp_path / "line-1", key.seal)
    kept.keep(1, ONE)

    def refused(path: Path, **_: object) -> None:
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    kept.forget(1)
    assert take(tmp_path / "line-1", key.unseal) == [ONE]
    assert caplog.text.count("cannot be deleted") == 2


def test_a_disk_that_refuses_is_only_said(tmp_path: Path, key: CallerKey, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        KeptDialogs(tmp_path / "file" / "line-1", key.seal).keep(1, ONE)
    assert "could not be ended from outside" in caplog.text
