"""Requests that nobody would think of, at the HTTP API of the console: every answer keeps its OpenAPI document.

This sends some hundred; docs/console.md has the command that sends thousands.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ivr.console
from ivr.console.api import SCOPES
from ivr.console.passwords import token_hash
from tests.backend_client.test_process import address_of, stop
from tests.backend_client.test_schemathesis import CHECKS
from tests.ivr.console.support import TestConsole
from tests.system.running import free_port

pytestmark = [pytest.mark.system, pytest.mark.long]

CONTRACT = Path(ivr.console.__file__).with_name("openapi.yaml")


def test_no_request_gets_an_answer_that_the_document_does_not_have(made_sqlite: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "log").mkdir(parents=True)
    made = TestConsole(f"sqlite:///{data / 'log' / 'calls.sqlite'}", tmp_path)
    made.add_people()
    made.made_calls(30)
    made.office.tokens.make("board", frozenset(SCOPES), token_hash("secret"), "test", None)
    made.close()
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"console: {{port: {free_port()}}}\n", "utf-8")
    environment = {**os.environ, "XIANGYIN_DATA": str(data), "XIANGYIN_SETTINGS": str(settings)}
    console = subprocess.Popen(
        [sys.executable, "-m", "ivr.cli", "console"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        url = f"{address_of(console)}/api/v1"
        command = [sys.executable, Path(sys.executable).with_name("schemathesis"), "run", CONTRACT, "--url", url]
        options = ["--checks", ",".join(CHECKS), "--phases", "fuzzing", "--max-examples", "10", "--seed", "5"]
        # An event stream has no end.
        more = ["--exclude-operation-id", "watchLive", "-H", "Authorization: Bearer secret", "--no-color"]
        run = [*command, *options, *more, "--warnings", "off"]
        done = subprocess.run(run, capture_output=True, text=True, timeout=110, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-5000:]
        counted = re.search(r"([0-9]+) generated", done.stdout)
        assert counted and int(counted[1]) >= 100, done.stdout[-500:]
    finally:
        stop(console)
