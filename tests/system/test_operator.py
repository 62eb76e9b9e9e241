"""Reaching a person: the caller presses 0, the gateway calls the desk of the settings and joins the two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.rawphone import RawPhone
from tests.system.running import ROOT, free_port, gateway
from tests.system.wire import tone

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


def test_the_caller_talks_with_the_desk_and_goes_on_afterwards(tmp_path: Path) -> None:
    port = free_port()
    desk = subprocess.Popen(
        [sys.executable, "-m", "ivr.cli", "phone", "--answer", "--port", str(port), "--seconds", "3", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "XIANGYIN_DATA": str(tmp_path / "desk")},
    )
    assert desk.stdout is not None
    assert desk.stdout.readline().startswith("ready")
    settings = {"transfer": {"targets": {"operator": f"sip:desk@127.0.0.1:{port}"}}}
    with gateway(tmp_path, settings, good_voice=False) as running:
        with RawPhone() as phone:
            phone.dial("127.0.0.1", running.sip_port, "12345")
            phone.press("0")
            phone.run(lambda: any(line["name"] == "Transfer" for line in running.journal()), 30.0)
            phone.play(tone("5", 3.0))
            phone.run(lambda: any(line["name"] == "transfer" for line in running.journal()), 60.0)
            (transfer,) = [line["data"] for line in running.journal() if line["name"] == "transfer"]
            assert (transfer["target"], transfer["outcome"]) == ("operator", "ended")
            phone.run(lambda: last_step(running.journal()) not in ("operator", "main_menu"), 20.0)
            phone.hang_up()
        report = json.loads(desk.communicate(timeout=30)[0])
    assert report["prompts"], "the desk did not hear the caller"


def last_step(journal: list[dict[str, object]]) -> str:
    notes = [line["data"] for line in journal if line["name"] == "Note"]
    entered = [note["data"]["node"] for note in notes if note["name"] == "step_entered"]  # type: ignore[index]
    return str(entered[-1])


def test_a_desk_that_cannot_be_reached_is_told_with_its_number(tmp_path: Path) -> None:
    with gateway(tmp_path, good_voice=False) as running, RawPhone() as phone:
        phone.dial("127.0.0.1", running.sip_port, "12345")
        phone.press("0")
        phone.run(lambda: any(line["name"] == "transfer" for line in running.journal()), 60.0)
        (transfer,) = [line["data"] for line in running.journal() if line["name"] == "transfer"]
        assert transfer["outcome"] == "failed"
        phone.run(lambda: last_step(running.journal()) != "operator", 20.0)
        phone.hang_up()
