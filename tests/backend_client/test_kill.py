"""What callers left arrives exactly once although processes are killed and the link breaks.

`python -m benchmarks.outbox --kills 50` does the same for longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.outbox import MODES, Trial

pytestmark = pytest.mark.system


def test_everything_that_was_confirmed_arrives_exactly_once(tmp_path: Path) -> None:
    result = Trial(tmp_path, seed=3).run(kills=6)
    assert result["each exactly once"]
    assert result["kills"] == {"delivering": 4, "leaving": 4}
    assert set(result["link"]) == set(MODES)  # type: ignore[call-overload]
    assert result["confirmed"]
