"""What callers left arrives exactly once although processes are killed and the link breaks.

`python -m benchmarks.outbox --kills 50` and `python -m benchmarks.dialogues` do the same for longer.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.dialogues import FAULTS
from benchmarks.outbox import MODES, Trial

pytestmark = pytest.mark.system


def test_everything_that_was_confirmed_arrives_exactly_once(tmp_path: Path) -> None:
    result = Trial(tmp_path, seed=3).run(kills=6)
    assert result["each exactly once"]
    assert result["kills"] == {"delivering": 4, "leaving": 4}
    assert set(result["link"]) == set(MODES)  # type: ignore[call-overload]
    assert result["confirmed"]


def test_every_caller_gets_an_answer_its_age_or_a_ticket() -> None:
    command = [sys.executable, "-m", "benchmarks.dialogues", "--dialogues", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == list(FAULTS)
