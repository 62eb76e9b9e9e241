"""Marks the tests that run a whole gateway: nine processes, of which two sets do not fit on a small machine."""

from __future__ import annotations

import pytest

from tests.system import running


@pytest.hookimpl(tryfirst=True)  # before marks select
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if getattr(getattr(item, "module", None), "gateway", None) is running.gateway:
            item.add_marker(pytest.mark.whole)
