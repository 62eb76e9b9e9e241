"""Wrong tries about a person: counted across calls and workers, locked, forgotten, and nobody's number on the disk."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from backend_client.errors import AnswerError, BackendError, RequestError
from backend_client.lockout.attempts import Attempts
from backend_client.lockout.guarded import GuardedAnswers
from tests.backend_client.support import result_of

PERSON = {"id_last6": "012345", "phone": "13800138001"}
NOT_VERIFIED = RequestError("HTTP 403", 403, reason="not_verified")
DOWN = AnswerError("unreachable", "no link")


class Live:
    """A backend that says what it is told to."""

    def __init__(self) -> None:
        self.says: Any = None
        self.asked = 0

    def query(self, operation: str, arguments: Any, *, language: str, budget_ms: int, call_id: str) -> Deferred[Any]:
        self.asked += 1
        return fail(self.says) if isinstance(self.says, Exception) else succeed(self.says)


class Desk:
    """One gateway; `again` is another worker of it."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_000_000.0
        self.folder = folder
        self.live = Live()
        self.again()

    def again(self) -> None:
        attempts = Attempts(self.folder / "tries.sqlite", b"k" * 32, lambda: self.now, most=5, lock_s=1800.0)
        self.guarded = GuardedAnswers(self.live, attempts)

    def ask(self, operation: str = "find_cases", **more: Any) -> Any:
        """The answer, or the reason why there is none."""
        arguments = {**PERSON, **more}
        asked = self.guarded.query(operation, arguments, language="zh", budget_ms=5000, call_id="c")
        try:
            return result_of(asked)
        except BackendError as error:
            return error.reason


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("wrong", [None, {"items": [], "count": 0}, NOT_VERIFIED], ids=["absent", "empty", "403"])
def test_five_wrong_tries_in_any_calls_lock_and_the_backend_is_not_asked_any_more(desk: Desk, wrong: Any) -> None:
    desk.live.says = wrong
    for _ in range(5):
        desk.again()
        assert desk.ask() != "locked"
    desk.live.says = {"items": [{"number": "20260001"}]}
    desk.again()
    assert desk.ask() == "locked"
    assert desk.ask("look_up_social_insurance") == "locked"
    assert desk.live.asked == 5


def test_the_lock_ends_by_itself(desk: Desk) -> None:
    for _ in range(5):
        desk.ask()
    desk.now += 1799
    assert desk.ask() == "locked"
    desk.now += 2
    desk.live.says = {"items": [{"number": "20260001"}]}
    assert desk.ask() == desk.live.says


def test_other_identity_numbers_for_the_same_telephone_are_guesses_and_count_together(desk: Desk) -> None:
    for guess in range(5):
        desk.ask(id_last6=f"01234{guess}")
    assert desk.ask(id_last6="112345", phone="138 0013 8001") == "locked"
    assert desk.ask(phone="13800138002") is None, "somebody else is not locked"


def test_the_right_numbers_forgive_what_was_mistyped(desk: Desk) -> None:
    for _ in range(4):
        desk.ask()
    desk.live.says = {"summary": "两千四百块"}
    assert desk.ask("look_up_social_insurance") == desk.live.says
    desk.live.says = None
    for _ in range(4):
        assert desk.ask() is None


def test_a_link_that_is_down_is_nobodys_fault(desk: Desk) -> None:
    desk.live.says = DOWN
    assert [desk.ask() for _ in range(7)] == ["unreachable"] * 7


def test_questions_that_are_not_about_a_person_are_not_counted(desk: Desk) -> None:
    for _ in range(7):
        assert desk.ask("look_up_phone_balance", id_last6=None) is None


def test_what_cannot_be_counted_is_not_asked(desk: Desk) -> None:
    (desk.folder / "tries.sqlite").write_bytes(b"not a database, but long enough to look at" * 100)
    assert desk.ask() == "locked"
    assert desk.live.asked == 0


def test_the_file_is_its_owners_and_names_nobody(desk: Desk) -> None:
    desk.ask()
    file = desk.folder / "tries.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"138" not in file.read_bytes() and b"012345" not in file.read_bytes()
