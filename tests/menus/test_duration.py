from __future__ import annotations

from typing import Any

import pytest

from menus.duration import parse_duration


@pytest.mark.parametrize(
    ("written", "ms"), [("8s", 8000), ("1.5s", 1500), ("500ms", 500), ("2min", 120_000), (" 3 s ", 3000), (8000, 8000)]
)
def test_durations_have_units(written: Any, ms: int) -> None:
    assert parse_duration(written) == ms


@pytest.mark.parametrize("written", ["8", "", "s", "-1s", "8 hours", "1e3s", 8, 8.5, True, None, ["8s"]])
def test_anything_else_says_how_to_write_one(written: Any) -> None:
    with pytest.raises(ValueError, match="500ms"):
        parse_duration(written)
