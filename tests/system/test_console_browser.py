"""The console in a real Chromium: the main path of each role, by mouse and by keyboard, read by axe, all on this host.

With XIANGYIN_SCREENSHOTS=FOLDER the pages are photographed there, as docs/images has them.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from benchmarks.console.made_calls import MadeCalls
from ivr.privacy import CallerKey
from tests.ivr.console.support import PASSWORD, TestConsole

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
_CHROMIUM, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)
_PATIENCE_S = 15
_AXE = (resources.files("axe_core_python") / "axe.min.js").read_text("utf-8")
_RUN_AXE = """
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
axe.run({runOnly: {type: "tag", values: tags}, preload: false}).then(
  results => done(results.violations.map(({id, impact, nodes}) => (
    {id, impact, nodes: nodes.slice(0, 5).map(node => [node.html, node.failureSummary])}))),
  error => done(String(error)));
"""


class FakeWorker(threading.Thread):
    """Publishes two calls on a socket, as a line worker does; notes whom it was asked to hang up."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        folder.mkdir(parents=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(folder / "line-1.sock"))
        self._socket.listen()
        self._connection: socket.socket | None = None
        self.asked: list[bytes] = []
        self.heard = threading.Event()

    def run(self) -> None:
        calls = [
            _live_call("20261122-101530-9f3ac2", "139****5678", "main_menu", 0.001),
            _live_call("20261122-101402-77b01c", "057****2210", "guide_menu", 0.13),
        ]
        try:
            connection, _ = self._socket.accept()
            self._connection = connection
            connection.sendall(json.dumps({"calls": calls}).encode() + b"\n")
            with connection.makefile("rb") as lines:
                self.asked.append(lines.readline())
            connection.sendall(json.dumps({"calls": calls[1:]}).encode() + b"\n")
            self.heard.set()
        except OSError:
            return

    def close(self) -> None:
        for one in (self._connection, self._socket):
            if one is not None:
                one.close()


def _live_call(call_id: str, caller: str, node: str, loss: float) -> dict[str, object]:
    return {
        "call_id": call_id,
        "caller_masked": caller,
        "dialled": "12345",
        "tree": "hotline",
        "node": node,
        "lasts_ms": 74_000,
        "node_ms": 6_000,
        "codec": "PCMA",
        "loss": loss,
        "jitter_ms": 12.0,
    }


class Desk:
    """Somebody at the console in a browser.

    Attributes:
        address: of the console.
        recorded: id of a call that has a recording.
    """

    def __init__(self, driver: webdriver.Chrome, address: str, recorded: str, worker: FakeWorker) -> None:
        self.driver = driver
        self.address = address
        self.recorded = recorded
        self.worker = worker

    def go(self, path: str) -> None:
        self.driver.get(self.address + path)

    def sign_in(self, role: str) -> None:
        self.driver.delete_all_cookies()
        self.go("/sign-in")
        self.find("input[name=name]").send_keys(role)
        self.find("input[name=password]").send_keys(PASSWORD, Keys.ENTER)
        self.until("header .me")

    def find(self, selector: str):  # type: ignore[no-untyped-def]
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def until(self, selector: str):  # type: ignore[no-untyped-def]
        return self.wait().until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def wait(self) -> WebDriverWait[webdriver.Chrome]:
        return WebDriverWait(self.driver, _PATIENCE_S, poll_frequency=0.05)

    def text(self) -> str:
        return str(self.find("body").text)

    def is_accessible(self) -> None:
        """Nothing serious by WCAG 2.2 AA, as far as a program can see."""
        self.driver.execute_script(_AXE)
        found = self.driver.execute_async_script(_RUN_AXE)
        assert isinstance(found, list), found
        serious = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        assert not serious, json.dumps(serious, ensure_ascii=False, indent=1)[:4000]

    def fits(self) -> None:
        """Nothing sticks out at 1366x768."""
        assert self.driver.execute_script("return document.documentElement.scrollWidth") <= 1366

    def photograph(self, name: str, *, whole: bool = False) -> None:
        folder = os.environ.get("XIANGYIN_SCREENSHOTS")
        if folder:
            shot = self.driver.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole}
            )
            (Path(folder) / f"console-{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def hosts_asked(self) -> set[str]:
        """Every host that a page has asked for anything since the last time."""
        hosts = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                hosts.add(urlsplit(message["params"]["request"]["url"]).hostname or "")
        return hosts


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    if not _CHROMIUM or not _DRIVER:
        pytest.skip("Chromium is not installed: apt-get install chromium chromium-driver")
    data = tmp_path_factory.mktemp("d")
    (data / "log").mkdir()
    recorded = _fill(data)
    worker = FakeWorker(data / "run" / "live")
    worker.start()
    command = [sys.executable, "-m", "ivr.cli", "console", "--port", "0", "--data", str(data)]
    with (data / "console.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready.startswith("ready "), (data / "console.log").read_text()
        driver = _browser()
        try:
            yield Desk(driver, ready.split()[1], recorded, worker)
        finally:
            driver.quit()
    finally:
        process.terminate()
        process.wait()
        assert process.stdout
        process.stdout.close()
        worker.close()


def _fill(data: Path) -> str:
    """People, calls and one recording; the id of the call that has it."""
    console = TestConsole(f"sqlite:///{data / 'log' / 'calls.sqlite'}", data / "keys")
    key = CallerKey(data / "keys" / "caller.key")
    console.add_people()
    made = MadeCalls(7, datetime.now(timezone.utc), 35, hash_number=key.hash, seal=key.seal)
    records = console.add_calls(made.many(600))
    console.close()
    call = next(record.call for record in reversed(records) if record.call.backend_queries and record.call.keys > 1)
    _record(data / "recordings" / f"{call.id}-1.wav", (call.duration_ms or 0) / 1000)
    return call.id


def _record(path: Path, seconds: float) -> None:
    """Two voices that take turns."""
    path.parent.mkdir()
    time = np.arange(round(seconds * 8000)) / 8000
    noise = np.random.default_rng(1).normal(0, 1, len(time))
    voices = [
        noise * strength * np.clip(np.sin(time * 0.9 + phase), 0, 1) * np.clip(np.sin(time * 7 + phase), 0.1, 1)
        for strength, phase in ((4000, 3.1), (9000, 0.0))
    ]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.stack(voices, 1).clip(-32768, 32767).astype("<i2").tobytes())


def _browser() -> webdriver.Chrome:
    options = Options()
    options.binary_location = str(_CHROMIUM)
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": "zh-CN,zh"})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(_DRIVER)))
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 1366, "height": 768, "deviceScaleFactor": 1, "mobile": False}
    )
    return driver


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
    assert desk.worker.heard.wait(_PATIENCE_S)
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
