"""`ivr outbox`: what operators see of what callers left, and how they send it again."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backend_client.outbox.entries import Entries
from backend_client.outbox.writer import OutboxWriter, outbox_file
from ivr.cli import main

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["outbox", *arguments, "--data", str(data)])


def leave(data: Path) -> tuple[str, str]:
    """Leave a message that waits, and a callback that was refused."""
    writer = OutboxWriter(data / "outbox", 0, lambda: NOW)
    waiting = writer.leave("message", {"text": "我家的水断了"}, [], "c1")
    refused = writer.leave("callback", {"number": "13800138001", "reason": "社保卡"}, [], "c2")
    entries = Entries(outbox_file(data / "outbox"))
    entry = entries.find(refused)
    assert entry
    entries.refused(entry, "refused: HTTP 409", NOW)
    entries.close()
    return waiting, refused


def test_nothing_left_is_said(tmp_path: Path) -> None:
    result = run(tmp_path, "list")
    assert (result.exit_code, "还没有人留下什么" in result.output) == (0, True)


def test_the_list_says_what_a_person_must_look_at(tmp_path: Path) -> None:
    waiting, refused = leave(tmp_path)
    everything = run(tmp_path, "list").output
    assert waiting in everything
    assert refused in everything
    only = run(tmp_path, "list", "--state", "refused").output
    assert waiting not in only
    assert "HTTP 409" in only


def test_what_was_said_is_not_shown_and_numbers_are_masked(tmp_path: Path) -> None:
    waiting, refused = leave(tmp_path)
    shown = run(tmp_path, "show", waiting).output + run(tmp_path, "show", refused).output
    assert "c1" in shown
    assert "我家的水断了" not in shown
    assert "社保卡" not in shown
    assert "13800138001" not in shown
    assert run(tmp_path, "show", "1234567890").exit_code == 1


def test_trying_again_puts_it_back_into_the_queue(tmp_path: Path) -> None:
    _, refused = leave(tmp_path)
    assert "1" in run(tmp_path, "retry").output
    entries = Entries(outbox_file(tmp_path / "outbox"))
    assert {entry.state for entry in entries.latest(5)} == {"waiting"}
    entries.close()
    assert run(tmp_path, "retry", refused).exit_code == 0
    assert run(tmp_path, "retry", "1234567890").exit_code == 1
