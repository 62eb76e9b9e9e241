"""`ivr serve`, as far as it needs no calls."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.commands.serve import _log_to_file


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, supervisor = logging.getLogger(), logging.getLogger("ivr.processes")
    before = root.handlers, root.level, supervisor.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = before[0]
    root.setLevel(before[1])
    supervisor.setLevel(before[2])


def test_what_a_child_says_is_in_the_log_at_every_level(tmp_path: Path) -> None:
    file = tmp_path / "gateway.log"
    _log_to_file(file, "ERROR")
    logging.getLogger("ivr.processes.child").info("line-1: ERROR the disk is full")
    logging.getLogger("ivr.app").info("not asked for")
    said = file.read_text("utf-8")
    assert "the disk is full" in said and "not asked for" not in said
