"""What is there when the console has started."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.console.render import environment
from ivr.console.warming import warm_up
from tests.ivr.console.support import TestConsole


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_the_first_visitor_waits_for_no_template_and_no_menus(console: TestConsole) -> None:
    asked: list[str] = []
    environment.cache_clear()
    warm_up(replace(console.services, menus=lambda: asked.append("menus")))  # type: ignore[arg-type, return-value]
    made = environment()
    assert asked == ["menus"]
    assert made.cache is not None and len(made.cache) == len(made.list_templates()) > 20
