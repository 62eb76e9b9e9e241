"""What a caller and the log get when parts of a gateway break: real processes, real calls."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ivr.config import SHIPPED_TREES
from tests.system.rawphone import RawPhone
from tests.system.running import ROOT, Running, free_port, gateway

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


def ask_for_a_case(phone: RawPhone, running: Running) -> None:
    phone.dial("127.0.0.1", running.sip_port, "12345")
    phone.press("1")
    for key in "20260001":
        phone.press(key)


def test_a_worker_killed_in_mid_call_loses_nothing_and_is_replaced(tmp_path: Path) -> None:
    with gateway(tmp_path, good_voice=False) as running, RawPhone() as phone:
        ask_for_a_case(phone, running)
        phone.run(lambda: any(line["name"] == "backend" for line in running.journal()), 20.0)
        os.kill(running.child("line-1"), signal.SIGKILL)
        phone.run(lambda: phone.ended_by_other, 3.0)  # nobody waits at a dead line
        before = running.journal()
        running.wait_for_log("line-1 ended by itself")
        running.wait_for_log("line-1 started", times=2)

        (lost,) = running.wait_for_ends()
        assert (lost["ended_by"], lost["end_reason"]) == ("gateway", "worker_lost")
        assert lost["journal_lines"] == len(before), "every line that was acted upon is in the log"
        assert lost["last_node"] in {line["data"]["data"]["node"] for line in before if is_step(line)}

        with RawPhone() as second:
            second.run(lambda: reaches(second, running), 30.0)
            second.sound_after(second.answered_at, timeout=20.0)
            second.hang_up()


def is_step(line: dict[str, Any]) -> bool:
    return line["name"] == "Note" and line["data"]["name"] == "step_entered"


def reaches(phone: RawPhone, running: Running) -> bool:
    """Whether the gateway answers now."""
    try:
        phone.dial("127.0.0.1", running.sip_port, "12345", timeout=2.0)
    except AssertionError:
        return False
    return True


def test_a_backend_that_hangs_is_a_sentence_and_a_way_out(tmp_path: Path) -> None:
    with gateway(tmp_path, good_voice=False) as running, RawPhone() as phone:
        running.wait_for_backend()
        # Not SIGSTOP: the supervisor replaces a process that hangs, within the budget of the query.
        running.ask_demo("PUT", "/admin/faults", {"faults": "stall@getCase"})
        ask_for_a_case(phone, running)
        phone.run(lambda: said(running, "现在查不了"), 60.0)
        (fact,) = running.records("backend")
        assert fact["status"] == "timeout" and fact["ms"] < 10_000
        assert said(running, "请您稍等")
        phone.run(lambda: entered(running, "after_failure"), 30.0)
        phone.hang_up()


def said(running: Running, words: str) -> bool:
    plays = [line["data"]["parts"] for line in running.journal() if line["name"] == "Play"]
    return any(words in part.get("text", "") for parts in plays for part in parts)


def entered(running: Running, node: str) -> bool:
    return any(line["data"]["data"]["node"] == node for line in running.journal() if is_step(line))


def test_wrong_menus_stop_the_start_and_say_where(tmp_path: Path) -> None:
    trees = tmp_path / "trees"
    shutil.copytree(SHIPPED_TREES, trees)
    spoil(trees / "hotline.yaml")
    (tmp_path / "gateway.yaml").write_text(f"menus: {{folder: {trees}}}\nsip: {{port: {free_port()}}}\n")
    done = subprocess.run(
        [sys.executable, "-m", "ivr.cli", "line", "--settings", str(tmp_path / "gateway.yaml")],
        env={**os.environ, "XIANGYIN_DATA": str(tmp_path / "data")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 78
    assert "hotline.yaml" in done.stderr and "main_menuu" in done.stderr and "main_menu" in done.stderr


def test_wrong_menus_on_a_running_service_leave_the_old_revision(tmp_path: Path) -> None:
    trees = tmp_path / "trees"
    shutil.copytree(SHIPPED_TREES, trees)
    with gateway(tmp_path, {"menus": {"folder": str(trees)}}, good_voice=False) as running:
        spoil(trees / "hotline.yaml")
        running.process.send_signal(signal.SIGHUP)
        running.wait_for_log("menus not reloaded")
        with RawPhone() as phone:
            phone.dial("127.0.0.1", running.sip_port, "12345")
            phone.sound_after(phone.answered_at, timeout=20.0)
            phone.hang_up()


def spoil(tree: Path) -> None:
    text = tree.read_text("utf-8")
    tree.write_text(text.replace("next: main_menu", "next: main_menuu", 1), "utf-8")


def test_a_port_in_use_is_refused_with_the_reason(tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        (tmp_path / "gateway.yaml").write_text(
            f"sip: {{bind_address: 127.0.0.1, port: {port}}}\nbackend: {{base_url: 'http://127.0.0.1:1'}}\n"
        )
        done = subprocess.run(
            [sys.executable, "-m", "ivr.cli", "serve", "--settings", str(tmp_path / "gateway.yaml")],
            env={**os.environ, "XIANGYIN_DATA": str(tmp_path / "data")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    assert done.returncode == 78
    assert str(port) in done.stderr
