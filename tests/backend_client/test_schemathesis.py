"""Requests that nobody would think of, at the demo backend over real HTTP: every answer keeps the contract.

This sends a few hundred; docs/backend.md has the command that sends thousands.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import backend_client
from tests.backend_client.test_process import address_of, start, stop

pytestmark = pytest.mark.system

CONTRACT = Path(backend_client.__file__).with_name("openapi.yaml")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)


def test_no_request_gets_an_answer_that_the_contract_does_not_have(tmp_path: Path) -> None:
    demo = start(tmp_path / "demo.sqlite")
    try:
        schemathesis = Path(sys.executable).with_name("schemathesis")
        command = [sys.executable, schemathesis, "run", CONTRACT, "--url", address_of(demo)]
        options = ["--checks", ",".join(CHECKS), "--phases", "fuzzing", "--max-examples", "8", "--seed", "5"]
        run = [*command, *options, "--no-color", "--warnings", "off"]
        done = subprocess.run(run, capture_output=True, text=True, timeout=110, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-5000:]
        counted = re.search(r"([0-9]+) generated", done.stdout)
        assert counted, done.stdout[-500:]
        assert int(counted[1]) >= 200
    finally:
        assert stop(demo) == (0, "")
