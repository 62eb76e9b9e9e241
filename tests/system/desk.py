"""A console in a process of its own, and somebody at it in a real Chromium, read by axe.

With XIANGYIN_SCREENSHOTS=FOLDER the pages are photographed there, as docs/images has them.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import lru_cache
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

from backend_client.outbox.entries import Entries
from backend_client.outbox.writer import OutboxWriter, outbox_file
from benchmarks.console.made_calls import MadeCalls
from ivr.leaving import Sealing
from ivr.privacy import CallerKey, derived_key
from ivr.storage.database import writing
from ivr.storage.entries import CallEntry
from ivr.storage.tallies import add_tallies
from ivr.storage.work_deeds import Doer
from tests.ivr.console.support import PASSWORD, TestConsole

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
PATIENCE_S = 15
PHONE = "13805720147"
TOWNSHIPS = ("qingshui", "shiqiao", "liulin", "qingshan", "dawan")
_RUN_AXE = """
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
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

    def __init__(self, driver: webdriver.Chrome, address: str, recorded: str, worker: FakeWorker | None) -> None:
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
        return WebDriverWait(self.driver, PATIENCE_S, poll_frequency=0.05)

    def text(self) -> str:
        return str(self.find("body").text)

    def is_accessible(self) -> None:
        """Nothing serious by WCAG 2.2 AA, as far as a program can see."""
        self.driver.execute_script(axe())
        found = self.driver.execute_async_script(_RUN_AXE)
        assert isinstance(found, list), found
        serious = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        assert not serious, json.dumps(serious, ensure_ascii=False, indent=1)[:4000]

    def fits(self) -> None:
        """Nothing sticks out at 1366x768."""
        assert self.driver.execute_script("return document.documentElement.scrollWidth") <= 1366

    def photograph(self, name: str, *, whole: bool = False) -> None:
        if os.environ.get("XIANGYIN_SCREENSHOTS"):
            shot = self.driver.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole}
            )
            self.keep(f"console-{name}.png", base64.b64decode(shot["data"]))

    def keep(self, name: str, content: bytes) -> None:
        """Put a file beside the photographs, if they are wanted."""
        folder = os.environ.get("XIANGYIN_SCREENSHOTS")
        if folder:
            (Path(folder) / name).write_bytes(content)

    def hosts_asked(self) -> set[str]:
        """Every host that a page has asked for anything since the last time."""
        hosts = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                hosts.add(urlsplit(message["params"]["request"]["url"]).hostname or "")
        return hosts


#: Of a gateway that has had its troubles.
_SAID = """\
2026-11-21 08:12:01,120 WARNING ivr.processes.child: line-1: the emergency voice speaks: no answer in 20 s
2026-11-22 02:00:07,004 ERROR ivr.storage.shipper: the call log cannot be written, trying again: connection refused
2026-11-22 02:00:37,410 WARNING ivr.storage.shipper: the call log is written again
2026-11-22 09:41:15,882 WARNING ivr.processes.child: line-2: the emergency voice speaks: no answer in 20 s
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    data = tmp_path_factory.mktemp("d")
    (data / "log").mkdir()
    (data / "log" / "gateway.log").write_text(_SAID, "utf-8")
    recorded = _fill(data)
    worker = FakeWorker(data / "run" / "live")
    worker.start()
    try:
        with opened(data) as (driver, address):
            yield Desk(driver, address, recorded, worker)
    finally:
        worker.close()


@contextmanager
def opened(data: Path, *options: str) -> Iterator[tuple[webdriver.Chrome, str]]:
    """A browser, and the address of a console over the data in a folder. Skips the test without Chromium.

    Args:
        options: of `ivr console`.
    """
    if not _CHROMIUM or not _DRIVER:
        pytest.skip("Chromium is not installed: apt-get install chromium chromium-driver")
    command = [sys.executable, "-m", "ivr.cli", "console", "--port", "0", "--data", str(data), *options]
    with (data / "console.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready.startswith("ready "), (data / "console.log").read_text()
        driver = _browser()
        try:
            yield driver, ready.split()[1]
        finally:
            driver.quit()
    finally:
        process.terminate()
        process.wait()
        assert process.stdout
        process.stdout.close()


@lru_cache(maxsize=1)
def axe() -> str:
    """The script of axe-core."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None or not package.submodule_search_locations:
        pytest.skip("axe is not installed: pip install --no-deps --require-hashes -r requirements/axe.txt")
    return (Path(package.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


def _fill(data: Path) -> str:
    """People, calls and one recording; the id of the call that has it."""
    key = CallerKey(data / "keys" / "caller.key")
    audit_key = derived_key(data / "keys" / "caller.key", "audit chain")
    console = TestConsole(f"sqlite:///{data / 'log' / 'calls.sqlite'}", data / "keys", audit_key)
    console.add_people()
    made = MadeCalls(7, datetime.now(timezone.utc), 35, hash_number=key.hash, seal=key.seal)
    records = console.add_calls(made.many(600))
    _leave(console, [record.call for record in records if record.steps], data)
    console.close()
    call = next(record.call for record in reversed(records) if record.call.backend_queries and record.call.keys > 1)
    _record(data / "recordings" / f"{call.id}-1.wav", (call.duration_ms or 0) / 1000)
    return call.id


def _leave(console: TestConsole, calls: list[CallEntry], data: Path) -> None:
    """What callers have left in the last weeks: some of it done, some waiting, some late, some not delivered."""
    console.time.at = datetime.now(timezone.utc)
    people = {role: Doer(role, oversees=role == "supervisor") for role in ("operator", "supervisor")}
    kinds = ("complaint", "question", "help", "suggestion")
    for number, call in enumerate(calls[-160::4]):
        details = {"appeal": kinds[number % 4], "township": TOWNSHIPS[number % 5], "category": "road", "phone": PHONE}
        item = console.add_work(call, token=number + 10, **details)
        _record(data / "recordings" / item.recordings, 9)
        if number < 34 and number not in (9, 22, 31):
            who = ("operator", "supervisor")[number % 2]
            done = item.left_at + timedelta(days=(1, 1, 2, 1, 9)[number % 5], minutes=30)
            console.time.at = min(done, datetime.now(timezone.utc))
            console.office.deeds.take(item.id, people[who])
            console.office.deeds.close(item.id, people[who], "answered", "已电话答复")
    console.time.at = datetime.now(timezone.utc)
    for number, call in enumerate(calls[-20::6]):
        console.add_work(
            call, "callback", number + 60, number=PHONE, preferred_time="morning", reason="社保卡丢了，想问怎么补办"
        )
    console.office.deeds.review(calls[-3], people["operator"], "来电人说听不清")
    day = console.time.at.astimezone().date()
    said = {
        ("zh", "qingshui"): (211, 14, 9),
        ("zh", "dawan"): (64, 9, 13),
        ("zh", ""): (1730, 88, 61),
        ("ko", ""): (12, 1, 1),
    }
    with writing(console.office.engine).begin() as connection:
        for (language, township), amounts in said.items():
            for outcome, amount in zip(("match", "doubtful", "unheard"), amounts, strict=True):
                add_tallies(connection, {(day, "heard", language, township, outcome): amount})
        add_tallies(
            connection,
            {(day, "resumed", "hotline", "", "gone_on"): 17, (day, "resumed", "hotline", "", "begun_again"): 5},
        )
    outbox = OutboxWriter(
        data / "outbox", 1, lambda: console.time.at.astimezone(), sealing=Sealing(data / "keys" / "caller.key")
    )
    outbox.leave("callback", {"number": PHONE, "reason": "社保卡"}, [], calls[-1].id)
    refused = outbox.leave("message", {"text": "我家的水断了"}, [], calls[-2].id)
    entries = Entries(outbox_file(data / "outbox"), Sealing(data / "keys" / "caller.key"))
    for entry in entries.waiting():
        if entry.reference == refused:
            entries.refused(entry, "422 phone", console.time.at)
        else:
            entries.failed(entry, "unreachable", console.time.at + timedelta(minutes=4))
    entries.close()


def _record(path: Path, seconds: float) -> None:
    """Two voices that take turns."""
    path.parent.mkdir(exist_ok=True)
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
