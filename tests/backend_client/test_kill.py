"""What callers left arrives exactly once although processes are killed and the link breaks.

`python -m benchmarks.outbox --kills 50` and `python -m benchmarks.dialogues` do the same for longer, and
`python -m benchmarks.power_cuts` does it to a whole gateway with real calls.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.dialogues import FAULTS

pytestmark = pytest.mark.system


def run(name: str, *options: str) -> list[str]:
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def test_everything_that_was_confirmed_arrives_exactly_once() -> None:
    lines = run("outbox", "--kills", "6", "--seed", "3")
    assert "kills: {'delivering': 4, 'leaving': 4}" in lines
    assert "each exactly once: True" in lines


@pytest.mark.long
def test_every_caller_gets_an_answer_its_age_or_a_ticket() -> None:
    assert [line.partition(":")[0] for line in run("dialogues", "--dialogues", "3")] == list(FAULTS)
