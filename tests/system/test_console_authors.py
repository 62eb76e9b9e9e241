"""The main path of authors in a real Chromium: an editor that checks while one types, a phone that sounds, publishing
and going back, and what callers said becoming a synonym. All on this host.

With XIANGYIN_SCREENSHOTS=FOLDER the pages are photographed there, as docs/images has them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ivr.storage.database import writing
from ivr.storage.tallies import Key, add_tallies
from tests.ivr.console.support import TREES, TestConsole
from tests.system.desk import ROOT, Desk, opened

pytestmark = [pytest.mark.system, pytest.mark.long]

_UNHEARD = {"我那个事情办得咋样了": 41, "我的事情办得咋样": 17, "我要交电费": 23, "停电停到啥时候": 12}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    data = tmp_path_factory.mktemp("d")
    (data / "log").mkdir()
    _fill(data)
    for name in ("prompts", "models"):  # what was rendered is heard; without it the emergency voice speaks
        if (ROOT / "var" / name).exists():
            (data / name).symlink_to(ROOT / "var" / name)
    # The shipped menus with the rehearsals of one of them: publishing rehearses everything each time.
    menus = data / "folder"
    menus.mkdir()
    for file in (*TREES.glob("*.yaml"), TREES / "appeal.cases.yaml"):
        if file.name == "appeal.cases.yaml" or not file.name.endswith(".cases.yaml"):
            shutil.copy(file, menus)
    (data / "settings.yaml").write_text(f"menus: {{folder: {menus}}}\n", "utf-8")
    with opened(data, "--settings", str(data / "settings.yaml")) as (driver, address):
        yield Desk(driver, address, "", None)
    assert "Traceback" not in (data / "console.log").read_text()


def _fill(data: Path) -> None:
    """People, and what callers have said in vain in the last days."""
    console = TestConsole(f"sqlite:///{data / 'log' / 'calls.sqlite'}", data / "keys")
    console.add_people()
    counts: dict[Key, int] = {}
    for back in range(1, 9):
        day = date.today() - timedelta(days=back)
        counts[(day, "visit", "hotline", "main_menu", "")] = 900
        for words, amount in _UNHEARD.items():
            counts[(day, "not_understood", "hotline", "main_menu", words)] = amount
    with writing(console.office.engine).begin() as connection:
        add_tallies(connection, counts)
    console.close()


def _text(desk: Desk) -> str:
    return str(desk.driver.execute_script("return document.getElementById('text').value"))


def _state(desk: Desk, word: str) -> None:
    desk.wait().until(lambda driver: word in desk.find("#state").text)


def test_an_author_edits_with_the_check_at_their_side(desk: Desk) -> None:
    desk.sign_in("author")
    desk.go("/authoring")
    desk.is_accessible()
    desk.fits()
    desk.go("/authoring/trees/case_status/edit")
    desk.is_accessible()
    desk.fits()
    area = desk.find("#text")
    before = _text(desk)
    area.send_keys(Keys.CONTROL, Keys.END)
    area.send_keys(Keys.NULL)
    area.send_keys("  dead_end:\nkind: say\ntext: 说完就没有了。\nnext: nowhere\n")
    desk.wait().until(lambda driver: "nowhere" in desk.find("#problems").text)
    assert desk.driver.find_elements(By.CSS_SELECTOR, ".gutter .error")
    assert "改法" in desk.find("#problems").text
    # What can be written is offered, and taken with the keyboard alone.
    area.send_keys(Keys.UP, Keys.END, *[Keys.BACKSPACE] * len("nowhere"))
    area.send_keys(Keys.ALT, "/")
    area.send_keys(Keys.NULL)
    desk.until("#choices:not([hidden]) li")
    desk.photograph("editor")
    desk.is_accessible()
    shown = [item.text for item in desk.driver.find_elements(By.CSS_SELECTOR, "#choices li")]
    area.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert f"next: {shown[0].split()[0]}" in _text(desk)
    _state(desk, "已存为草稿")
    # Nothing typed is lost: it is there when the page is opened again.
    desk.go("/authoring/trees/case_status/edit")
    assert "dead_end" in _text(desk)
    desk.find("#problems a").click()
    assert desk.driver.switch_to.active_element.get_attribute("id") == "text"
    desk.go("/authoring/trees/case_status")
    desk.find("form[action$=discard] button").click()
    desk.wait().until(lambda driver: driver.switch_to.alert).accept()
    desk.until(".notice")
    desk.go("/authoring/trees/case_status/edit")
    assert _text(desk) == before


def test_two_windows_do_not_overwrite_each_other(desk: Desk) -> None:
    desk.go("/authoring/trees/appeal/edit")
    first = desk.driver.current_window_handle
    desk.driver.switch_to.new_window("window")
    desk.go("/authoring/trees/appeal/edit")
    desk.find("#text").send_keys("# there\n")
    _state(desk, "已存为草稿")
    desk.driver.close()
    desk.driver.switch_to.window(first)
    desk.find("#text").send_keys("# here\n")
    desk.until("#other:not([hidden])")
    assert "# there" in str(desk.find("#other textarea").get_property("value"))
    assert "# here" in _text(desk)
    desk.find("[data-take=mine]").click()
    _state(desk, "已存为草稿")
    desk.go("/authoring/trees/appeal/edit")
    assert "# here" in _text(desk)
    assert "# there" not in _text(desk)


def test_the_phone_sounds_and_the_call_becomes_a_rehearsal(desk: Desk) -> None:
    desk.go("/authoring/trees/hotline/phone")
    desk.is_accessible()
    desk.fits()
    desk.find("#call").click()
    desk.wait().until(lambda driver: "政务服务热线" in desk.find("#log").text)
    heard = "return Number(document.getElementById('phone').dataset.played || 0)"
    desk.wait().until(lambda driver: driver.execute_script(heard) > 0)
    desk.find("[data-press='1']").click()
    desk.wait().until(lambda driver: "case_status" in desk.find("#where").text)
    desk.find("body").send_keys("*")
    desk.wait().until(lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "#log .pressed")) == 2)
    desk.photograph("phone")
    desk.is_accessible()
    desk.find("#hang-up").click()
    desk.wait().until(lambda driver: "通话结束" in desk.find("#display").text)
    desk.find("#keeping input").send_keys("打过的一次", Keys.ENTER)
    desk.wait().until(lambda driver: "打过的一次" in desk.find("#kept").text)
    desk.go("/authoring/trees/hotline")
    row = desk.driver.find_element(By.XPATH, "//tr[th[text()='打过的一次']]")
    assert "通过" in row.text
    assert "没通过" not in row.text
    desk.is_accessible()
    desk.fits()
    desk.photograph("tree")


def test_what_callers_said_becomes_a_synonym_is_published_and_rolled_back(desk: Desk) -> None:
    for tree in ("appeal", "hotline"):
        desk.go(f"/authoring/trees/{tree}")
        desk.find("form[action$=discard] button").click()
        desk.wait().until(lambda driver: driver.switch_to.alert).accept()
        desk.until(".notice")
    desk.go("/menus/hotline")
    row = desk.driver.find_element(By.CSS_SELECTOR, "#unheard tbody tr")
    assert "我那个事情办得咋样了" in row.text
    assert "我的事情办得咋样" in row.text  # sounds alike, so it is the same group
    desk.driver.execute_script("arguments[0].scrollIntoView()", desk.find("#unheard"))
    desk.is_accessible()
    desk.fits()
    desk.photograph("unheard")
    Select(row.find_element(By.NAME, "keys")).select_by_index(1)
    row.find_element(By.CSS_SELECTOR, "button").click()
    desk.until(".diff tr.new")
    assert "我那个事情办得咋样了" in desk.find(".diff tr.new").text
    assert len(desk.driver.find_elements(By.CSS_SELECTOR, ".diff tr.new")) == 1
    desk.is_accessible()
    desk.fits()
    desk.photograph("publish")
    desk.find("input[name=why]").send_keys("来电人这样说", Keys.ENTER)
    desk.until(".notice")
    assert "已发布" in desk.find(".notice").text
    desk.is_accessible()
    desk.go("/menus/hotline")
    assert "我那个事情办得咋样了" in desk.find("#became").text
    # A second change, and back again.
    desk.go("/authoring/trees/hotline/edit")
    desk.find("#text").send_keys(Keys.CONTROL, Keys.HOME)
    desk.find("#text").send_keys(Keys.NULL)
    desk.driver.execute_script(
        "const area = document.getElementById('text');"
        "area.value = area.value.replace('请问您要办什么事？', '请问您想办什么事？');"
        "area.dispatchEvent(new Event('input'));"
    )
    _state(desk, "已存为草稿")
    desk.go("/authoring/publish")
    desk.until("input[name=why]").send_keys("换个说法", Keys.ENTER)
    desk.until(".notice")
    desk.go("/authoring/revisions")
    desk.find("tbody tr:nth-child(2) summary").click()
    form = desk.find("tbody tr:nth-child(2) form")
    form.find_element(By.NAME, "why").send_keys("原来的更顺")
    form.find_element(By.CSS_SELECTOR, "button").click()
    desk.wait().until(lambda driver: driver.switch_to.alert).accept()
    desk.until(".notice")
    assert len(desk.driver.find_elements(By.CSS_SELECTOR, "tbody tr")) == 4
    desk.is_accessible()
    desk.fits()
    desk.photograph("revisions")


def test_in_english_and_dark_as_well(desk: Desk) -> None:
    desk.find("button[name=language]").click()
    desk.until("html[lang=en]")
    desk.find("button[name=theme]").click()
    desk.until("html[data-theme=dark]")
    paths = (
        "",
        "/trees/hotline",
        "/trees/hotline/drawing",
        "/trees/hotline/edit",
        "/trees/hotline/phone",
        "/publish",
        "/revisions",
    )
    for path in paths:
        desk.go(f"/authoring{path}")
        desk.is_accessible()
        desk.fits()
    desk.photograph("author-dark")


def test_no_request_has_left_this_host(desk: Desk) -> None:
    """Comes last: it looks at every request of the tests before."""
    assert desk.hosts_asked() <= {"127.0.0.1", ""}
