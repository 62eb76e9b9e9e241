"""Menus are published while somebody telephones: that call ends with the old ones, the next has the new ones."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from ruamel.yaml import YAML

from tests.system.baresip import Baresip, baresip
from tests.system.running import Running, free_port, gateway

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(300)]

#: All words of this menu are rendered already, because the shipped hotline says them.
TREE = """
ivr: 1
id: village
title: 村里的热线
languages: [zh]
start: ask_number
way_out: answer
nodes:
  ask_number:
    kind: collect
    prompt: 请输入您的办件号码。号码印在回执单上，一共八位数。
    save_as: number
    least: 4
    most: 4
    next: answer
  answer: {kind: hangup, text: "ANSWER"}
"""
CASES = """
rehearsals: 1
tree: village
cases:
- {name: 听到回话, steps: [{hear: 请输入您的办件号码}, {press: "1234"}, {hear: "ANSWER"}], ends: menu}
"""
OLD = "听清楚了，就可以挂机。"
NEW = "您还有别的事吗？没有的话，请挂机。"


def files(answer: str) -> dict[str, str]:
    return {"village.yaml": TREE.replace("ANSWER", answer), "village.cases.yaml": CASES.replace("ANSWER", answer)}


class Site:
    """A gateway with menus of its own, the people who publish them, and a telephone."""

    def __init__(self, running: Running, phone: Baresip, menus: Path, console: str) -> None:
        self.running = running
        self._phone = phone
        self._menus = menus
        self._console = console
        self._seen = 0

    def write(self, answer: str) -> None:
        for name, text in files(answer).items():
            (self._menus / name).write_text(text, "utf-8")

    def serves(self, words: str) -> None:
        """Wait until new calls are answered with these menus."""
        self.running.wait_for_log(f"menus reloaded: {words}")

    def publish(self, answer: str, why: str) -> str:
        """Publish by command; the revision."""
        self.write(answer)
        said = self.running.ivr("menus", "publish", str(self._menus), "-m", why, "--who", "li")
        revision = said.split()[1]
        self.serves(f"已发布 published {revision} (li: {why})")
        return revision

    def publish_over_http(self, answer: str, base: str, why: str) -> str:
        """Publish as a program does; the revision."""
        self._wait_for_the_console()
        token = self.running.ivr("tokens", "make", "git", "--scope", "menus:publish").strip()
        body = json.dumps({"files": files(answer), "base": base, "why": why}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with urlopen(Request(f"{self._console}/api/v1/menus/publications", body, headers), timeout=30) as reply:
            assert reply.status == 201
            revision = str(json.load(reply)["publication"]["revision"])
        self.serves(f"已发布 published {revision} (token:git: {why})")
        return revision

    def _wait_for_the_console(self) -> None:
        """The gateway answers calls without it, so it starts last and as slowly as it likes."""
        deadline = time.monotonic() + 90.0
        while True:
            try:
                urlopen(f"{self._console}/healthz", timeout=30).close()
                return
            except URLError as error:
                assert time.monotonic() < deadline, error
                time.sleep(0.1)

    def begin_call(self) -> None:
        """Call, and hear the question."""
        self._seen = len(self.running.journal())
        self._phone.dial(self.running.uri)
        self.running.wait_for("step_entered", lambda data: data["node"] == "ask_number", since=self._seen)

    def end_call(self) -> str:
        """Answer the question; what is said to that until the gateway hangs up."""
        self._phone.press("1234")
        self._phone.wait_for_the_end(30.0)
        self.running.wait_for("closed", lambda data: data["ended_by"] == "menu", since=self._seen)
        heard = self.running.wait_for("played", lambda data: data["text"] in (OLD, NEW), since=self._seen)
        return str(heard["text"])

    def call(self) -> str:
        self.begin_call()
        return self.end_call()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("publishing")
    menus = folder / "menus"
    menus.mkdir()
    for name, text in files(OLD).items():
        (menus / name).write_text(text, "utf-8")
    port = free_port()
    settings = {
        "menus": {"folder": str(menus), "numbers": {"12345": "village"}},
        "console": {"port": port},
        "hearing": {"enabled": False},
    }
    with gateway(folder / "gateway", settings) as running, baresip(folder / "baresip") as phone:
        yield Site(running, phone, menus, f"http://127.0.0.1:{port}")


def test_a_call_goes_on_with_the_menus_it_began_with(site: Site) -> None:
    first = site.publish(OLD, "to begin with")
    site.begin_call()
    second = site.publish_over_http(NEW, first, "other words")
    assert site.end_call() == OLD
    assert site.call() == NEW
    site.running.ivr("menus", "rollback", "-m", "the old words were better", "--who", "wang")
    site.serves(f"已发布 published {first} (wang: the old words were better)")
    assert site.call() == OLD
    assert [call["menu_revision"] for call in reversed(site.running.calls())] == [first, second, first]
    assert NEW in site.running.ivr("menus", "diff", second)


def test_a_signal_has_the_folder_read_again(site: Site) -> None:
    """For those who develop menus and publish nothing (`menus.published: false`)."""
    file = Path(site.running.environment["XIANGYIN_SETTINGS"])
    settings = YAML().load(file)
    settings["menus"]["published"] = False
    site.write(OLD)
    with file.open("w", encoding="utf-8") as out:
        YAML().dump(settings, out)
    site.running.process.send_signal(signal.SIGHUP)
    site.serves("文件夹 folder")
    site.begin_call()
    site.write(NEW)
    site.running.process.send_signal(signal.SIGHUP)
    site.running.wait_for_log("menus reloaded: 文件夹 folder", times=2)
    assert site.end_call() == OLD
    assert site.call() == NEW
