"""Which real calls may run side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system import running

_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files side by side, but never two whole gateways, of nine processes each. These come first, as they last."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            group = "whole gateways" if _runs_a_whole_gateway(item) else item.path.name
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: not _runs_a_whole_gateway(item))


def _runs_a_whole_gateway(item: pytest.Item) -> bool:
    module = getattr(item, "module", None)
    return getattr(module, "gateway", None) is running.gateway
