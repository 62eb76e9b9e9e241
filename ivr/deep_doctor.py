"""What only a running gateway can show: its processes, its trunk, and a real call through all of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from ivr.config import DataFolder, Settings
from ivr.doctor import Finding, Verdict
from ivr.edge.addresses import ANY, LOOPBACK
from ivr.processes.control import ControlError, ask

#: The test call: long enough to hear the first words of a menu, then it hangs up.
_CALL_S = 12.0
_CALLER = "ivr-doctor"


def examine_running(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    """The findings of `ivr doctor --deep`."""
    try:
        workers = ask(data.control, {"do": "workers"})["workers"]
    except ControlError as error:
        yield Finding("网关 gateway", "bad", str(error), "ivr serve")
        return
    for worker in workers:
        yield from _process(worker)
    if settings.sip.trunk is not None:
        told_by = [worker["trunk"] for worker in workers if "trunk" in worker]
        states = [state for state in told_by if state != "by another worker"]
        registered = "registered" in states
        told = ", ".join(states) or "没有接线进程在注册 / no line worker registers"
        yield Finding("线路注册 trunk", "good" if registered else "bad", told, "" if registered else "sip.trunk")
    yield _call(settings, data)


def _process(worker: dict[str, Any]) -> Iterator[Finding]:
    name, state = worker["name"], worker["state"]
    verdict: Verdict = "good" if state == "ready" else "warning"
    told = f"{state}, {worker['uptime_s']:.0f} s, {worker['restarts']} restarts"
    yield Finding(f"进程 process {name}", verdict, told, "" if state == "ready" else "ivr workers")
    if worker.get("journal", "healthy") != "healthy":
        yield Finding(f"日志 journal {name}", "bad", worker["journal"], f"df -h {name}")


def _call(settings: Settings, data: DataFolder) -> Finding:
    """Call the first number and hear something."""
    number = next(iter(settings.menus.numbers))
    host = LOOPBACK if settings.sip.bind_address == ANY else settings.sip.bind_address
    uri = f"sip:{number}@{host}:{settings.sip.port}"
    options = ["--json", "--caller", _CALLER, "--timeout", str(_CALL_S), "--data", str(data.root)]
    command = [sys.executable, "-m", "ivr.cli", "phone", uri, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_CALL_S + 60, check=False)
    what = "试打 test call"
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return Finding(what, "bad", f"{uri}: {(done.stderr or done.stdout).strip()[-300:]}", "ivr doctor")
    if report["answered_ms"] is None:
        return Finding(what, "bad", f"{uri}: SIP {report['sip_code']} {report['sip_reason']}", "ivr workers")
    return _heard(what, uri, report)


def _heard(what: str, uri: str, report: dict[str, Any]) -> Finding:
    quality, prompts = report["quality"], report["prompts"]
    told = f"{uri}: {quality['received']} RTP, {100 * quality['loss']:.1f} % lost, {len(prompts)} prompts heard"
    if not prompts:
        return Finding(what, "bad", f"{told}; 接通了但没有声音 / answered, but silent", "ivr prompts check")
    return Finding(what, "good", told)
