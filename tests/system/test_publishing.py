"""Menus are published while somebody telephones: that call ends with the old ones, the next has the new ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ivr.config import SHIPPED_TREES
from tests.system.baresip import baresip
from tests.system.running import Running, gateway

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

OLD = "听清楚了，就可以挂机。"
#: Rendered already, because another menu says it.
NEW = "您还有别的事吗？没有的话，请挂机。"


def edit(menus: Path) -> None:
    """Say something else after the answer, and expect it in the rehearsals."""
    for file in menus.glob("*.yaml"):
        text = file.read_text("utf-8").replace(OLD, NEW)
        for expected in ("听清楚了，就可以挂机", "听清楚了"):
            text = text.replace(expected, "您还有别的事吗")
        file.write_text(text, "utf-8")


def publish(running: Running, menus: Path, why: str) -> str:
    """Publish, wait until the gateway has it, and return its revision."""
    before = running.log().count("menus reloaded")
    said = running.ivr("menus", "publish", str(menus), "-m", why, "--who", "li")
    running.wait_for_log("menus reloaded", times=before + 1)
    return said.split()[1]


def test_a_call_goes_on_with_the_menus_it_began_with(tmp_path: Path) -> None:
    menus = tmp_path / "menus"
    menus.mkdir()
    for file in SHIPPED_TREES.glob("*.yaml"):
        shutil.copy(file, menus)
    with gateway(tmp_path / "gateway") as running, baresip(tmp_path / "baresip") as phone:
        first = publish(running, menus, "to begin with")
        phone.dial(running.uri)
        running.wait_for("step_entered", lambda data: data["node"] == "main_menu")
        phone.press("1")
        running.wait_for("step_entered", lambda data: data["node"] == "ask_number")

        edit(menus)
        second = publish(running, menus, "other words at the end")
        assert second != first

        phone.press("20260001")
        heard = running.wait_for("played", lambda data: OLD in data["text"] or NEW in data["text"], 90.0)
        assert OLD in heard["text"]
        phone.command("hangup")
        running.wait_for("closed", lambda data: data["ended_by"] == "caller")

        earlier = len(running.journal())
        running.phone("1 20260001# wait:25 hangup")
        heard = running.wait_for("played", lambda data: OLD in data["text"] or NEW in data["text"], since=earlier)
        assert NEW in heard["text"]

        later, former = running.calls()
        assert (former["menu_revision"], later["menu_revision"]) == (first, second)
        assert "other words at the end" in running.ivr("menus", "log")
        assert NEW.rstrip("。") in running.ivr("menus", "diff", first)

        running.ivr("menus", "rollback", "-m", "the old words were better", "--who", "wang")
        running.wait_for_log(f"已发布 published {first} (wang")
