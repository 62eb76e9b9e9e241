"""The supervisor's socket, with a real socket and Twisted's own reactor kept out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.testing import StringTransport

from ivr.processes.control import ControlError, _Connections, ask


def answer_to(line: bytes) -> dict[str, Any]:
    def drain(request: dict[str, Any]) -> dict[str, Any]:
        if request.get("name") != "line-1":
            raise ValueError("no such line worker")
        return {"drained": request["name"]}

    connection = _Connections({"drain": drain}).buildProtocol(None)
    transport = StringTransport()
    connection.makeConnection(transport)
    connection.dataReceived(line + b"\n")
    answered: dict[str, Any] = json.loads(transport.value())
    return answered


def test_a_request_is_answered() -> None:
    assert answer_to(b'{"do": "drain", "name": "line-1"}') == {"ok": True, "drained": "line-1"}


@pytest.mark.parametrize("line", [b'{"do": "drain", "name": "x"}', b'{"do": "dance"}', b"[]", b"nonsense", b"\xff"])
def test_what_cannot_be_done_is_an_error_with_words(line: bytes) -> None:
    answer = answer_to(line)
    assert answer["ok"] is False and answer["error"]


def test_without_a_gateway_the_question_is_whether_it_runs(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="is the gateway running"):
        ask(tmp_path / "control.sock", {"do": "workers"})
