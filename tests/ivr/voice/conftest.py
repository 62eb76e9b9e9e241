"""What tests of this room share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ivr.voice.around import Around


@pytest.fixture
def around(tmp_path: Path) -> Around:
    return Around(tmp_path)
