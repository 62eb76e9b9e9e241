"""An appeal from the telephone to the desk: a resident calls and speaks, and an operator finds it in the console, takes
it, hears it and closes it, over HTTP as a browser does.
"""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio import wav
from tests.ivr.console.support import PASSWORD
from tests.system.rawphone import RawPhone
from tests.system.running import ROOT, Running, free_port, gateway
from tests.system.test_dialogues import ALIKE, CALLER, RATE, Caller, left, likeness, until, voice

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(600)]
__all__ = ["gateway", "voice"]
CONSOLE_PORT = free_port()
MASKED = "139****1234"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {"hearing": {"enabled": False}, "console": {"port": CONSOLE_PORT}}
    with gateway(tmp_path_factory.mktemp("gateway"), settings) as started:
        subprocess.run(
            [sys.executable, "-m", "ivr.cli", "users", "add", "wang", "--role", "operator", "--full-name", "王芳"],
            env=started.environment,
            cwd=ROOT,
            input=f"{PASSWORD}\n",
            text=True,
            check=True,
            timeout=60,
        )
        yield started


class Operator:
    """Somebody who is signed in to the console."""

    def __init__(self, name: str) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        until(self._answers, "the console does not answer")
        self.send("/sign-in", name=name, password=PASSWORD)

    def get(self, path: str) -> bytes:
        with self._opener.open(f"http://127.0.0.1:{CONSOLE_PORT}{path}", timeout=20) as answer:
            content: bytes = answer.read()
            return content

    def page(self, path: str) -> str:
        return self.get(path).decode()

    def send(self, path: str, page: str = "", **form: str) -> str:
        """Send a form of a page; the page that it leads to."""
        key = re.search(r'name="form_key" value="([^"]+)"', self.page(page)) if page else None
        fields = {**form, **({"form_key": key[1]} if key else {})}
        data = urllib.parse.urlencode(fields).encode()
        with self._opener.open(f"http://127.0.0.1:{CONSOLE_PORT}{path}", data, timeout=20) as answer:
            return str(answer.read().decode())

    def _answers(self) -> bool:
        try:
            return bool(self.page("/sign-in"))
        except OSError:
            return False


def test_what_a_resident_says_is_taken_heard_and_closed_by_an_operator(
    running: Running, voice: NDArray[np.int16], tmp_path: Path
) -> None:
    with RawPhone(user=CALLER) as phone:
        caller = Caller(running, phone)
        caller.complain(voice)
        caller.until("recorded", cause="silence")
        phone.press("1")
        caller.until("left", kind="appeal", status="kept")
        phone.hang_up()
    ticket = left(running)[0]["reference"]

    operator = Operator("wang")
    until(lambda: ticket in operator.page("/work"), "the appeal is not in the queue")
    queue = operator.page("/work")
    assert MASKED in queue and "清水镇" in queue and "反映问题" in queue
    found = re.search(rf'href="(/work/\d+)"[^>]*>[^<]*{ticket}', queue)
    assert found, queue
    item = found[1]
    closed_to_the_eye = operator.page(item)
    assert MASKED in closed_to_the_eye and CALLER not in closed_to_the_eye
    assert "<audio" not in closed_to_the_eye
    assert "王芳" in operator.send(f"{item}/take", item)
    revealed = operator.send(f"{item}/reveal", item, reason="回电核实地点")
    assert CALLER in revealed
    (address,) = re.findall(r'<audio[^>]* src="([^"]+)"', revealed)
    heard = tmp_path / "heard.wav"
    heard.write_bytes(operator.get(address))
    assert likeness(wav.read(heard).samples, voice[:RATE]) > ALIKE
    operator.send(f"{item}/contacted", item)
    assert "已派人去修" in operator.send(f"{item}/close", item, result="answered", text="已派人去修")
    assert ticket not in operator.page("/work")
    assert ticket in operator.page("/work?state=closed")
