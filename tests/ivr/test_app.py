"""The composition root, as far as it starts nothing."""

from __future__ import annotations

from pathlib import Path

from ivr.app import gateway_processes
from ivr.config import DataFolder, Settings


def test_no_password_stands_on_a_command_line(tmp_path: Path) -> None:
    settings = Settings.model_validate({"log": {"database": "postgresql://calls:hunter2@db.example/calls"}})
    specs = gateway_processes(settings, tmp_path / "gateway.yaml", DataFolder(tmp_path), demo=True)
    assert [spec.name for spec in specs] == ["ship", "speech", "backend-demo", "line-1"]
    assert not any("hunter2" in word for spec in specs for word in spec.arguments)
