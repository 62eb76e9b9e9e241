"""Where the shared test material is, and how to do without it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"


def folder(name: str) -> Path:
    """A folder of the shared material; skips the test that asks where it is absent."""
    path = SHARED / name
    if not path.is_dir():
        pytest.skip(f"needs the shared test material in ../shared/data/{name}")
    return path
