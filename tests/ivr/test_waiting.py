"""The place in the row of those who wait for a person: the same for all line workers, and forgotten with the caller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import succeed

from backend_client.errors import BackendError
from ivr.waiting import WaitingRoom
from tests.backend_client.support import result_of


class Live:
    def query(self, operation: str, arguments: Any, *, language: str, budget_ms: int, call_id: str) -> Any:
        return succeed(operation)


class Gateway:
    """Its line workers share a file."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.file = folder / "run" / "waiting.sqlite"

    def ask(self, call_id: str, target: str = "operator", operation: str = "wait_for_person") -> Any:
        room = WaitingRoom(Live(), self.file, lambda: self.now)
        self.now += 1
        arguments = {"target": target}
        return result_of(room.query(operation, arguments, language="zh", budget_ms=1000, call_id=call_id))


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path)


def test_who_came_first_is_first_however_often_others_ask(gateway: Gateway) -> None:
    assert [gateway.ask(call)["ahead"] for call in ("b", "a", "c")] == [0, 1, 2]
    assert [gateway.ask(call)["ahead"] for call in ("c", "b", "a")] == [2, 0, 1]


def test_who_got_through_or_hung_up_is_before_nobody_any_more(gateway: Gateway) -> None:
    gateway.ask("a")
    gateway.ask("b")
    gateway.now += 57
    assert gateway.ask("b")["ahead"] == 1
    gateway.now += 10
    assert gateway.ask("b")["ahead"] == 0


def test_each_target_has_a_row_of_its_own(gateway: Gateway) -> None:
    gateway.ask("a")
    assert gateway.ask("b", "night")["ahead"] == 0


def test_everything_else_is_asked_of_the_backend(gateway: Gateway) -> None:
    assert gateway.ask("a", operation="get_case") == "get_case"


def test_a_file_that_cannot_be_used_is_a_failure_and_no_end_of_the_call(gateway: Gateway) -> None:
    gateway.file.parent.mkdir()
    gateway.file.write_bytes(b"no database, but long enough to be looked at" * 50)
    with pytest.raises(BackendError) as caught:
        gateway.ask("a")
    assert caught.value.reason == "refused"
