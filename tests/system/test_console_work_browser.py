"""The work queues in a real Chromium: an operator works through an appeal, a supervisor gives work out."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request
from datetime import datetime

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.ivr.console.support import PASSWORD
from tests.system import desk as desk_of_tests
from tests.system.desk import PHONE, Desk

pytestmark = [pytest.mark.system, pytest.mark.long]
desk = desk_of_tests.desk


class Colleague:
    """Somebody else at another machine, by HTTP alone."""

    def __init__(self, address: str, name: str) -> None:
        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.post("/sign-in", name=name, password=PASSWORD)

    def get(self, path: str) -> bytes:
        with self._opener.open(self._address + path) as answer:
            return bytes(answer.read())

    def post(self, path: str, **form: str) -> None:
        with self._opener.open(self._address + path, urllib.parse.urlencode(form).encode()):
            return

    def take(self, path: str) -> None:
        key = re.search(rb'name="form_key" value="([^"]+)"', self.get(path))
        assert key
        self.post(f"{path}/take", form_key=key[1].decode())


def test_an_operator_works_through_an_appeal(desk: Desk) -> None:
    desk.sign_in("operator")
    desk.find("nav a[href='/work']").click()
    desk.until("table.work")
    desk.is_accessible()
    desk.fits()
    desk.photograph("work")
    desk.go("/work?queue=appeal&whose=free")
    desk.find("table.work tbody a").click()
    desk.until("#take").click()
    desk.until("form[action$='/close']")
    assert PHONE not in desk.text()
    desk.find("input[name=reason]").send_keys("回电核实地点", Keys.ENTER)
    desk.until("audio")
    assert PHONE in desk.text()
    desk.find(".wave").click()
    playing = "return document.querySelector('audio').currentTime > 4"
    desk.wait().until(lambda driver: driver.execute_script(playing))
    desk.driver.execute_script("document.querySelector('audio').pause()")
    desk.find("form[action$='/transcript'] textarea").send_keys(
        "清水镇卫生院门口的路灯坏了三天，晚上老人出门看不见路。"
    )
    desk.find("form[action$='/transcript'] button").click()
    desk.until(".notice")
    desk.find("form[action$='/note'] textarea").send_keys("已打电话，地点核实了。")
    desk.find("button[formaction$='/contacted']").click()
    desk.wait().until(lambda driver: "已联系" in desk.text())
    desk.is_accessible()
    desk.fits()
    desk.photograph("work-item", whole=True)
    desk.find("form[action$='/category'] option[value=power]").click()
    desk.find("form[action$='/category'] button").click()
    desk.wait().until(lambda driver: "定类别" in desk.find(".course").text)
    desk.find("form[action$='/close'] option[value=passed_on]").click()
    desk.find("form[action$='/close'] textarea").send_keys("转镇供电所，明天来修")
    desk.find("form[action$='/close'] button").click()
    desk.wait().until(lambda driver: "转镇供电所，明天来修" in desk.find(".course").text)
    assert not desk.driver.find_elements(By.CSS_SELECTOR, "form[action$='/close']")


def test_of_two_operators_one_gets_it(desk: Desk) -> None:
    desk.sign_in("operator")
    desk.go("/work?queue=callback&whose=free")
    desk.find("table.work tbody a").click()
    take = desk.until("#take")
    path = urllib.parse.urlsplit(desk.driver.current_url).path
    Colleague(desk.address, "supervisor").take(path)
    take.click()
    desk.wait().until(lambda driver: "这件由 supervisor 在办" in desk.text())
    desk.is_accessible()
    desk.go(path)
    assert not desk.driver.find_elements(By.CSS_SELECTOR, "#take, form[action$='/note']")


def test_a_supervisor_gives_work_out_and_looks_after_the_outbox(desk: Desk) -> None:
    desk.sign_in("supervisor")
    desk.go("/work?whose=free")
    desk.find("table.work tbody a").click()
    desk.until("form[action$='/hand-over'] option[value=operator]").click()
    desk.find("form[action$='/hand-over'] button").click()
    desk.wait().until(lambda driver: "转交" in desk.find(".course").text)
    desk.find("button[formaction$='/put-back']").click()
    desk.until("#take")
    desk.go("/outbox")
    desk.is_accessible()
    desk.fits()
    desk.photograph("outbox")
    assert len(desk.driver.find_elements(By.CSS_SELECTOR, ".badge.bad")) == 1
    desk.find("main form button").click()
    desk.until(".notice")
    assert not desk.driver.find_elements(By.CSS_SELECTOR, ".badge.bad"), "it waits to be sent again"
    desk.go("/calls?call_back=1")
    assert desk.driver.find_elements(By.CSS_SELECTOR, "#found tbody a")
    desk.is_accessible()


def test_leaders_get_their_month_on_paper(desk: Desk) -> None:
    month = f"{datetime.now():%Y-%m}"
    desk.sign_in("supervisor")
    desk.go(f"/reports/month/{month}")
    desk.is_accessible()
    assert desk.find("a.button").get_attribute("href").endswith(f"/{month}/pdf")
    paper = Colleague(desk.address, "supervisor").get(f"/reports/month/{month}/pdf")
    assert paper.startswith(b"%PDF-")
    desk.keep("month.pdf", paper)


def test_in_english_and_in_the_dark(desk: Desk) -> None:
    desk.sign_in("operator")
    desk.find("button[name=language]").click()
    desk.until("html[lang=en]")
    desk.find("button[name=theme]").click()
    desk.until("html[data-theme=dark]")
    for path in ("/work", "/work?state=closed", "/work/1", "/outbox"):
        desk.go(path)
        desk.is_accessible()
        desk.fits()
    desk.driver.delete_all_cookies()


def test_no_request_has_left_this_host(desk: Desk) -> None:
    """Comes last: it looks at every request of the tests before."""
    assert desk.hosts_asked() <= {"127.0.0.1", ""}
