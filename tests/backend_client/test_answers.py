"""What calls are answered when the link is up, slow or gone: the store, the backend, or what was known last."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from backend_client.answers import Answers
from backend_client.errors import AnswerError, RequestError
from backend_client.store.known import KnownAnswers
from tests.backend_client.support import CASE, NOON, result_of
from tests.backend_client.test_store import County


class Live:
    """A backend that does what it is told."""

    def __init__(self) -> None:
        self.says: Any = dict(CASE)
        self.asked: list[str] = []

    def query(self, operation: str, arguments: Any, *, language: str, budget_ms: int, call_id: str) -> Deferred[Any]:
        self.asked.append(operation)
        return fail(self.says) if isinstance(self.says, Exception) else succeed(self.says)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.county = County(folder)
        self.live = Live()
        self.known = KnownAnswers(
            folder / "known", folder / "keys" / "answers.key", lambda: self.county.now, timedelta(days=30)
        )
        self.answers = Answers(
            self.live, self.county.reader, self.known, lambda: self.county.now, stale_after=timedelta(hours=24)
        )

    def ask(self, operation: str, **arguments: Any) -> Any:
        return result_of(self.answers.query(operation, arguments, language="zh", budget_ms=5000, call_id="c"))


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    desk = Desk(tmp_path)
    yield desk
    desk.county.reader.close()
    desk.county.connection.close()


DOWN = AnswerError("unreachable", "no link")


def test_public_content_is_answered_without_a_link(desk: Desk) -> None:
    desk.county.sync()
    desk.live.says = DOWN
    policy = desk.ask("get_policy", code="elder_allowance")
    assert (policy["title"], policy["as_of"], policy["stale"]) == ("高龄补贴", "2026-11-22T12:00:00+08:00", False)
    assert desk.live.asked == []


def test_content_that_was_not_brought_up_to_date_says_so(desk: Desk) -> None:
    desk.county.sync()
    desk.county.now += timedelta(hours=25)
    assert desk.ask("list_policies")["stale"] is True


def test_before_the_first_synchronisation_the_backend_is_asked(desk: Desk) -> None:
    desk.live.says = {"items": [], "count": 0, "next": None}
    assert desk.ask("list_policies") == {"as_of": NOON.isoformat(), **desk.live.says, "stale": False}
    with pytest.raises(RequestError):
        desk.ask("find_answers", q="低保")


def test_what_the_store_does_not_have_is_asked_live_and_else_absent(desk: Desk) -> None:
    desk.county.sync()
    desk.live.says = {"code": "brand_new"}
    assert desk.ask("get_policy", code="brand_new")["code"] == "brand_new"
    desk.live.says = DOWN
    assert desk.ask("get_policy", code="brand_new") is None


def test_a_case_is_asked_live_and_else_told_with_its_age(desk: Desk) -> None:
    case = desk.ask("get_case", number="20260001")
    assert (case["status"], case["stale"]) == ("in_review", False)
    desk.county.now += timedelta(days=1)
    desk.live.says = DOWN
    old = desk.ask("get_case", number="20260001")
    assert (old["status"], old["stale"], old["as_of"]) == ("in_review", True, NOON.isoformat())
    with pytest.raises(AnswerError):
        desk.ask("get_case", number="20260002")


@pytest.mark.parametrize("reason", ["timeout", "unreachable", "server_error", "bad_answer", "too_large"])
def test_every_failure_of_theirs_is_bridged(desk: Desk, reason: Any) -> None:
    desk.ask("get_case", number="20260001")
    desk.live.says = AnswerError(reason, "x")
    assert desk.ask("get_case", number="20260001")["stale"] is True


def test_a_refusal_is_not_bridged(desk: Desk) -> None:
    desk.ask("get_case", number="20260001")
    desk.live.says = RequestError("HTTP 403", 403)
    with pytest.raises(RequestError):
        desk.ask("get_case", number="20260001")


def test_a_case_that_is_gone_is_forgotten(desk: Desk) -> None:
    desk.ask("get_case", number="20260001")
    desk.live.says = None
    assert desk.ask("get_case", number="20260001") is None
    desk.live.says = DOWN
    with pytest.raises(AnswerError):
        desk.ask("get_case", number="20260001")


def test_old_answers_are_worth_nothing_and_are_deleted(desk: Desk) -> None:
    desk.ask("get_case", number="20260001")
    desk.county.now += timedelta(days=31)
    desk.live.says = DOWN
    with pytest.raises(AnswerError):
        desk.ask("get_case", number="20260001")
    desk.county.now += timedelta(days=36_500)
    assert desk.known.forget_old() == 1


def test_what_a_pin_protects_is_never_kept(desk: Desk, tmp_path: Path) -> None:
    desk.ask("look_up_social_insurance", id_last6="012345", phone="13800138001")
    desk.ask("find_cases", id_last6="012345", phone="13800138001")
    assert not (tmp_path / "known").exists()


def test_nobody_reads_from_the_folder_who_asked_for_what(desk: Desk, tmp_path: Path) -> None:
    desk.ask("get_case", number="20260001")
    (file,) = (tmp_path / "known").iterdir()
    assert b"20260001" not in file.read_bytes()
    assert "20260001" not in file.name
    assert stat.S_IMODE((tmp_path / "keys" / "answers.key").stat().st_mode) == 0o600
    again = KnownAnswers(tmp_path / "known", tmp_path / "keys" / "answers.key", lambda: NOON, timedelta(days=30))
    kept = again.recall("get_case", {"number": "20260001"}, "zh")
    assert kept
    assert kept.data["number"] == "20260001"
    file.write_bytes(b"damaged")
    assert again.recall("get_case", {"number": "20260001"}, "zh") is None
