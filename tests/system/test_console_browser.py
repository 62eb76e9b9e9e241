"""The console in a real Chromium: each role's main path, by mouse and by keyboard, read by axe, on this host alone."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.ivr.console.support import PASSWORD
from tests.system import desk as desk_of_tests
from tests.system.desk import PATIENCE_S, Desk

pytestmark = [pytest.mark.system, pytest.mark.long]
desk = desk_of_tests.desk


def test_an_operator_finds_a_call_and_hears_it(desk: Desk) -> None:
    desk.go("/sign-in")
    desk.is_accessible()
    desk.photograph("sign-in")
    desk.sign_in("operator")
    desk.go("/calls")
    desk.is_accessible()
    desk.fits()
    desk.photograph("calls")
    rows = len(desk.driver.find_elements(By.CSS_SELECTOR, "#found tbody tr"))
    assert rows == 50
    # The list follows what is typed, without a click.
    desk.find("input[name=q]").send_keys(desk.recorded[:22])
    desk.wait().until(lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "#found tbody tr")) == 1)
    assert desk.recorded[:15] in desk.driver.current_url
    desk.find("#found tbody a").click()
    desk.until(".chapters")
    assert not desk.driver.find_elements(By.CSS_SELECTOR, "audio")
    desk.find("input[name=reason]").send_keys("回电核实住址", Keys.ENTER)
    desk.until("audio")
    assert "已记入审计日志" in desk.text()
    desk.is_accessible()
    desk.fits()
    desk.photograph("call", whole=True)
    desk.find(".wave").click()
    half_way = "const audio = document.querySelector('audio'); return audio.currentTime > audio.duration * 0.45"
    desk.wait().until(lambda driver: driver.execute_script(half_way))
    desk.driver.execute_script("document.querySelector('audio').pause()")


def test_a_supervisor_sees_reports_and_ends_a_call(desk: Desk) -> None:
    desk.sign_in("supervisor")
    for path, name in (("/reports", "reports"), ("/menus/hotline", "menu"), ("/menus", "menus")):
        desk.go(path)
        desk.is_accessible()
        desk.fits()
        desk.photograph(name, whole=True)
    desk.go(f"/reports/month/{datetime.now():%Y-%m}")
    desk.is_accessible()
    pdf = desk.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    assert pdf.startswith("JVBERi0")
    desk.go("/live")
    desk.wait().until(lambda driver: "139****5678" in desk.text())
    desk.is_accessible()
    desk.photograph("live")
    desk.find("#board .danger").click()
    desk.wait().until(lambda driver: driver.switch_to.alert).accept()
    assert desk.worker.heard.wait(PATIENCE_S)
    assert (
        json.loads(desk.worker.asked[0]) == {"hang_up": "20261122-101402-77b01c"} or b"hang_up" in desk.worker.asked[0]
    )
    desk.wait().until(lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "#board tbody th")) == 1)


def test_an_author_reads_english_in_the_dark(desk: Desk) -> None:
    desk.sign_in("author")
    desk.find("button[name=language]").click()
    desk.until("html[lang=en]")
    desk.find("button[name=theme]").click()
    desk.until("html[data-theme=dark]")
    for path in ("/menus", "/menus/case_status", "/reports", "/calls", f"/calls/{desk.recorded}"):
        desk.go(path)
        desk.is_accessible()
        desk.fits()
    desk.photograph("dark")
    desk.driver.delete_all_cookies()


def test_an_auditor_checks_the_chain(desk: Desk) -> None:
    desk.sign_in("auditor")
    desk.find("button[name=verify]").click()
    desk.until(".notice")
    assert "全部完好" in desk.text()
    assert "登录" in desk.text()
    desk.is_accessible()
    desk.fits()
    desk.photograph("audit")


def test_an_administrator_adds_an_account_that_works(desk: Desk) -> None:
    desk.sign_in("administrator")
    desk.until("h1")
    desk.is_accessible()
    assert "来电人听到了应急声音" in desk.text() and "共 2 次" in desk.text()
    desk.find("main details summary").click()
    assert "no answer in 20 s" in desk.text()
    desk.photograph("health", whole=True)
    desk.go("/people")
    desk.is_accessible()
    desk.find("input[name=full_name]").send_keys("李秀英")
    form = desk.find("main section form")
    form.find_element(By.NAME, "password").send_keys(PASSWORD)
    form.find_element(By.NAME, "name").send_keys("li", Keys.ENTER)
    desk.until(".notice")
    assert "李秀英" in desk.text()
    desk.photograph("people")
    desk.go("/account")
    desk.is_accessible()
    desk.sign_in("li")
    assert "李秀英" in desk.text()


def test_the_keyboard_is_enough(desk: Desk) -> None:
    desk.sign_in("operator")
    desk.go("/calls")
    body = desk.find("body")
    body.send_keys(Keys.TAB)
    focused = desk.driver.switch_to.active_element
    assert focused.get_attribute("class") == "skip"
    assert focused.location["x"] >= 0
    focused.send_keys(Keys.ENTER)
    assert desk.driver.switch_to.active_element.get_attribute("id") == "main"
    seen = set()
    for _ in range(40):
        desk.driver.switch_to.active_element.send_keys(Keys.TAB)
        active = desk.driver.switch_to.active_element
        seen.add(active.get_attribute("name") or active.tag_name)
    assert {"q", "since", "outcome", "misheard", "a"} <= seen


def test_no_request_has_left_this_host(desk: Desk) -> None:
    """Comes last: it looks at every request of the tests before."""
    assert desk.hosts_asked() <= {"127.0.0.1", ""}
