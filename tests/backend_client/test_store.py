"""The answer store: synchronised from the demo backend, in pages, over failures, and read as calls read it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.resource import Resource

from backend_client.client import BackendClient
from backend_client.demo.faults import FaultPlan, parse_faults
from backend_client.demo.store import Store
from backend_client.errors import RequestError
from backend_client.results import Change, Changes
from backend_client.store.database import open_for_writing
from backend_client.store.reader import AnswerStore
from backend_client.store.staging import Staging, UnbelievableError
from backend_client.store.synchroniser import Outcome, Synchroniser
from tests.backend_client.support import NOON, TODAY, make_client, make_demo, result_of


class County:
    """A demo backend, a store that is synchronised from it, and a reader of the store."""

    def __init__(self, folder: Path) -> None:
        self.today = TODAY
        self.now = NOON
        self.clock = Clock()
        self.faults = FaultPlan()
        self.file = folder / "content.sqlite"
        self.connection = open_for_writing(self.file)
        self.demo = make_demo(clock=self.clock, store=Store(None, lambda: self.today), faults=self.faults)
        self.reader = AnswerStore(self.file, lambda: self.now)

    def client(self, **settings: Any) -> BackendClient:
        root = Resource()
        root.putChild(b"hotline", self.demo.resource())
        return make_client(RequestTraversalAgent(root), self.clock, **settings)

    def start(self, languages: tuple[str, ...] = ("zh",), trust: bool = False) -> Deferred[Outcome]:
        synchroniser = Synchroniser(self.client(), self.connection, languages, lambda: self.now, trust=trust)
        return Deferred.fromCoroutine(synchroniser.run())

    def sync(self, **options: Any) -> Outcome:
        outcome: Outcome = result_of(self.start(**options))
        return outcome

    def answer(self, operation: str, language: str = "zh", **arguments: Any) -> Any:
        stored = self.reader.answer(operation, arguments, language)
        return stored and stored.data


@pytest.fixture
def county(tmp_path: Path) -> Any:
    county = County(tmp_path)
    yield county
    county.reader.close()
    county.connection.close()


def test_the_store_answers_as_the_backend_does(county: County) -> None:
    assert county.answer("get_policy", code="elder_allowance") is None, "nothing is there yet"
    outcome = county.sync(languages=("zh", "en"))
    assert (outcome.changed, outcome.failures) == (2 * (130 + 20 + 11 + 5 + 18), [])
    client = county.client()
    questions: list[tuple[str, dict[str, Any]]] = [
        ("get_service_item", {"code": "id_card_replacement"}),
        ("get_policy", {"code": "winter_heating"}),
        ("list_service_items", {"department": "公安", "limit": 5, "cursor": "5"}),
        ("list_service_items", {"q": "补贴 老人"}),
        ("list_service_items", {"q": "证"}),
        ("list_service_items", {"q": "Card a"}),
        ("list_service_items", {"q": "鑫"}),
        ("list_service_items", {"q": "证", "department": "公安"}),
        ("list_policies", {"q": "补"}),
        ("list_policies", {"limit": 3}),
        ("list_notices", {"kind": "flood", "township": "dawan"}),
        ("list_notices", {"at": "2026-11-20T11:00:00+08:00"}),
        ("list_townships", {}),
        ("list_departments", {"limit": 100}),
    ]
    for operation, arguments in questions:
        for language in ("zh", "en"):
            live = result_of(client.query(operation, arguments, language=language, budget_ms=9000, call_id="c"))
            assert county.answer(operation, language, **arguments) == live, (operation, arguments)


def test_a_round_without_changes_brings_nothing(county: County) -> None:
    county.sync()
    again = county.sync()
    assert (again.changed, again.pages) == (0, 5)


def test_only_what_changed_travels_and_what_is_gone_goes(county: County) -> None:
    county.sync()
    county.today += timedelta(days=1)
    county.now += timedelta(days=1)
    outcome = county.sync()
    assert 11 <= outcome.changed <= 25, "notices and policies have dates that count from today"
    assert county.answer("list_notices", kind="power_outage")["items"][0]["starts_at"].startswith("2026-11-24")


def test_an_old_answer_says_how_old_it_is(county: County) -> None:
    county.sync()
    stored = county.reader.answer("list_policies", {}, "zh")
    assert stored
    assert stored.as_of == NOON


def test_a_link_that_breaks_is_gone_on_with_where_it_broke(county: County) -> None:
    county.faults.set(parse_faults("5xx=500@listChanges*1"))
    outcome = county.sync()
    assert outcome.failures == [], "a shorter page came through"
    assert county.answer("list_service_items")["count"] == 130


def test_pages_that_came_are_not_fetched_again(county: County, tmp_path: Path) -> None:
    staging = Staging(county.connection, "service-items", "zh")
    client = county.client()
    first = result_of(client.query("list_service_items", {"limit": 40}, language="zh", budget_ms=9000, call_id="c"))[
        "items"
    ]
    page = tuple(Change(key=each["code"], content=each) for each in first)
    staging.add(Changes(changes=page, token="v1.40", more=True))
    assert county.answer("list_service_items") is None, "half of the content is not shown"
    outcome = county.sync()
    assert outcome.failures == []
    assert county.answer("list_service_items")["count"] == 130
    assert Staging(county.connection, "service-items", "zh").position().since == "v1.130"


def test_a_token_that_the_backend_forgot_begins_again(county: County) -> None:
    county.sync()
    county.connection.execute("UPDATE state SET token = 'v1.99999' WHERE collection = 'policies'")
    assert county.sync().failures == []
    assert county.answer("list_policies")["count"] == 19


def change(key: str, **fields: Any) -> Change:
    township = {"code": key, "name": key, "villages": [], **fields}
    return Change(key=key, content=township)


def codes(number: int) -> list[str]:
    return [f"town{each}" for each in range(number)]


def staged(county: County, changes: list[Change], token: str = "t") -> Staging:
    staging = Staging(county.connection, "townships", "zh")
    staging.add(Changes(changes=tuple(changes), token=token, more=False))
    return staging


def test_a_piece_that_is_not_as_promised_is_left_out(county: County, caplog: pytest.LogCaptureFixture) -> None:
    staging = staged(county, [*map(change, codes(9)), change("town9", name=None)])
    assert staging.put_in_place(NOON) == 9
    assert "townships: name" in caplog.text
    assert county.answer("list_townships")["count"] == 9


def test_lists_go_by_the_order_of_the_backend(county: County) -> None:
    def listed() -> list[str]:
        return [each["code"] for each in county.answer("list_townships")["items"]]

    staged(county, list(map(change, ["a", "b", "c"]))).put_in_place(NOON)
    assert listed() == ["a", "b", "c"]
    Staging(county.connection, "townships", "zh").start_again()
    staging = staged(county, list(map(change, ["c", "a", "b"])))
    assert staging.put_in_place(NOON) == 0, "nothing is new or different"
    assert listed() == ["c", "a", "b"]


def test_too_much_rubbish_is_not_believed(county: County) -> None:
    wrong_keys = [Change(key=key, content={"code": "other", "name": "x", "villages": []}) for key in codes(3)]
    with pytest.raises(UnbelievableError, match="3 of 10"):
        staged(county, [*map(change, [f"good{each}" for each in range(7)]), *wrong_keys])


def test_a_backend_that_lost_its_content_is_not_believed(county: County) -> None:
    staged(county, list(map(change, codes(30)))).put_in_place(NOON)
    Staging(county.connection, "townships", "zh").start_again()
    few = list(map(change, codes(5)))
    with pytest.raises(UnbelievableError, match="25 of 30"):
        staged(county, few).put_in_place(NOON)
    assert county.answer("list_townships")["count"] == 30
    assert Staging(county.connection, "townships", "zh").position().since is None
    assert staged(county, few).put_in_place(NOON, trust=True) == 25
    assert county.answer("list_townships")["count"] == 5


def test_a_policy_that_ran_out_is_found_but_not_listed(county: County) -> None:
    county.sync()
    assert county.answer("get_policy", code="winter_heating")["valid_until"] < "2026-11-22"
    listed = county.answer("list_policies", limit=100)["items"]
    assert "winter_heating" not in {policy["code"] for policy in listed}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_policy", {}),
        ("list_notices", {"colour": "red"}),
        ("list_notices", {"at": "tomorrow"}),
        ("list_policies", {"cursor": "next"}),
        ("find_answers", {}),
        ("find_answers", {"q": ""}),
    ],
)
def test_a_wrong_question_is_refused(county: County, operation: str, arguments: dict[str, Any]) -> None:
    county.sync()
    with pytest.raises(RequestError):
        county.reader.answer(operation, arguments, "zh")


def test_a_broken_file_is_no_answer(county: County, caplog: pytest.LogCaptureFixture) -> None:
    county.connection.close()
    county.file.write_bytes(b"no database" * 1000)
    assert county.answer("list_policies") is None
    assert "cannot be read" in caplog.text


def test_a_file_of_another_version_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "content.sqlite"
    other = sqlite3.connect(file)
    other.executescript("PRAGMA user_version = 99; CREATE TABLE content (x);")
    other.close()
    assert AnswerStore(file, lambda: NOON).answer("list_policies", {}, "zh") is None
    connection = open_for_writing(file)
    assert connection.execute("SELECT COUNT(*) FROM content").fetchone() == (0,)
    connection.close()


def test_a_reader_sees_what_was_there_when_it_is_written_to(county: County) -> None:
    county.sync()
    before = county.answer("list_townships")["count"]
    county.connection.execute("BEGIN IMMEDIATE")
    county.connection.execute("DELETE FROM content")
    assert county.answer("list_townships")["count"] == before
    county.connection.execute("ROLLBACK")
