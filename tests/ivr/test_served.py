"""Which menus calls are answered with, and how a running gateway takes others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from ivr.config import DataFolder, MenuSettings
from ivr.publishing.local import LocalCopy, Served
from ivr.served import Engines, MenuWatch, first_engines, source_of
from tests.ivr.rehearsal.made import TREE, write
from tests.reactor import installed


def settings_for(tmp_path: Path, **more: object) -> MenuSettings:
    folder = tmp_path / "menus"
    folder.mkdir(exist_ok=True)
    write(folder, "- {name: x, steps: [hang_up]}\n")
    return MenuSettings.model_validate({"folder": folder, "numbers": {"12345": "village"}, **more})


def publish(tmp_path: Path, number: int, text: str = TREE, revision: str = "") -> None:
    served = Served(number, revision or f"revision{number}", "2026-11-22T12:00:00+00:00", "li", "why")
    LocalCopy(DataFolder(tmp_path / "data").menus).take(served, {"village.yaml": text.lstrip()})


def revision(engines: Engines) -> str:
    return engines["12345"].menus.revision


def test_the_folder_is_served_until_something_is_published(tmp_path: Path) -> None:
    settings, data = settings_for(tmp_path), DataFolder(tmp_path / "data")
    assert source_of(settings, data).served is None
    publish(tmp_path, 1)
    assert revision(first_engines(settings, data)) == "revision1"


def test_a_setting_keeps_the_folder(tmp_path: Path) -> None:
    settings, data = settings_for(tmp_path, published=False), DataFolder(tmp_path / "data")
    publish(tmp_path, 1)
    assert source_of(settings, data).served is None
    assert revision(first_engines(settings, data)) != "revision1"


def test_a_copy_of_no_use_leaves_the_folder_to_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings, data = settings_for(tmp_path), DataFolder(tmp_path / "data")
    publish(tmp_path, 1, "broken")
    assert revision(first_engines(settings, data)) != "revision1"
    assert "cannot be served" in caplog.text


def watched(tmp_path: Path, in_reactor: Callable[..., None], act: Callable[[MenuWatch], None]) -> str:
    """What a watch has served after something was done; the revision, empty if nothing."""
    used: list[Engines] = []

    async def scenario() -> None:
        done: Deferred[None] = Deferred()

        def use(engines: Engines) -> None:
            used.append(engines)
            done.callback(None)

        watch = MenuWatch(settings_for(tmp_path), DataFolder(tmp_path / "data"), use, installed())
        watch.start()
        act(watch)
        done.addTimeout(10, installed())
        await done
        watch.stop()

    in_reactor(scenario)
    return revision(used[-1])


def test_what_is_published_is_noticed(tmp_path: Path, in_reactor: Callable[..., None]) -> None:
    assert watched(tmp_path, in_reactor, lambda watch: publish(tmp_path, 7)) == "revision7"


def test_a_signal_has_the_menus_read_again(tmp_path: Path, in_reactor: Callable[..., None]) -> None:
    publish(tmp_path, 3)
    assert watched(tmp_path, in_reactor, lambda watch: watch.reload()) == "revision3"


def test_wrong_menus_change_nothing(
    tmp_path: Path, in_reactor: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, 1)

    def act(watch: MenuWatch) -> None:
        publish(tmp_path, 2, "broken")
        watch.reload()
        publish(tmp_path, 3)
        watch.reload()

    assert watched(tmp_path, in_reactor, act) == "revision3"
    assert "calls go on with the old ones" in caplog.text
