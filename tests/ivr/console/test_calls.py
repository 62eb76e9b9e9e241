"""The list of calls and the page of one call."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ivr.console.pages import calls as calls_page
from ivr.storage.database import open_database
from ivr.storage.entries import CallRecord
from ivr.storage.search import CallSearch, Search
from tests.ivr.console.support import Browser, TestConsole
from tests.postgresql import Server

_LINK = re.compile(r'href="/calls/(\d[^"/?]+)"')


def listed(browser: Browser, query: str = "") -> list[str]:
    """Ids of all calls of a filter, over all pages."""
    ids: list[str] = []
    address: str | None = f"/calls{query}"
    while address:
        page = browser.get(address).text
        ids += _LINK.findall(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found[1].replace("&amp;", "&") if found else None
    return ids


def test_every_call_is_on_one_page_latest_first(console: TestConsole) -> None:
    calls = console.made_calls(120)
    expected = [record.call.id for record in sorted(calls, key=lambda r: (r.call.started_at, r.call.id), reverse=True)]
    assert listed(console.browser("operator")) == expected


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("?outcome=abandoned", lambda call: call.outcome == "abandoned"),
        ("?outcome=served&misheard=1", lambda call: call.outcome == "served" and call.not_understood > 0),
        ("?last_node=operator&ended_by=menu", lambda call: call.last_node == "operator" and call.ended_by == "menu"),
        ("?dialled=hotline&silent=1", lambda call: call.dialled == "hotline" and call.silences > 0),
        ("?poor_line=1", lambda call: (call.rtp_loss or 0) > 0.03),
        ("?backend_failed=1", lambda call: call.backend_failures > 0),
        ("?tree=hotline&ended_by=line", lambda call: call.ended_by == "line"),
    ],
)
def test_filters_combine(console: TestConsole, query: str, fits: object) -> None:
    assert callable(fits)
    calls = console.made_calls(300)
    expected = {record.call.id for record in calls if fits(record.call)}
    assert expected
    found = listed(console.browser("operator"), query)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_caller_is_found_by_number_and_by_last_digits(console: TestConsole) -> None:
    calls = console.made_calls(60)
    number = console.key.unseal(calls[7].call.caller_sealed)
    of_number = {r.call.id for r in calls if r.call.caller_hash == console.key.hash(number)}
    browser = console.browser("operator")
    assert set(listed(browser, f"?q={number}")) == of_number
    assert of_number <= set(listed(browser, f"?q={number[-4:]}"))
    assert listed(browser, f"?q={calls[7].call.id[:20]}")[0].startswith(calls[7].call.id[:20])


def test_days_are_those_of_the_gateways_clock(console: TestConsole) -> None:
    calls = console.made_calls(60)
    day = calls[30].call.started_at.astimezone().date()
    expected = {r.call.id for r in calls if r.call.started_at.astimezone().date() == day}
    assert set(listed(console.browser("operator"), f"?since={day}&until={day}")) == expected


def test_a_call_as_it_went(console: TestConsole) -> None:
    calls = console.made_calls(80)
    record = next(r for r in calls if r.call.outcome == "served" and r.call.backend_queries and r.call.barge_ins)
    page = console.browser("operator").get(f"/calls/{record.call.id}").text
    for step in record.steps.values():
        assert step.node in page
        for line in step.prompt.splitlines():
            assert line in page
    assert "按键打断" in page
    assert "查到" in page
    assert f"{record.call.backend_ms} ms" in page


def test_what_was_heard_is_shown_with_its_confidence(console: TestConsole) -> None:
    made = next(r for r in console.made_calls(40) if 2 in r.steps)
    heard = {
        "ms": 5000,
        "what": "input",
        "attempt": 1,
        "outcome": "match",
        "input": "查进度",
        "key_source": "speech",
        "option": "查办件进度",
        "confidence": 0.82,
        "candidates": [
            {"id": "1", "phrase": "查进度", "confidence": 0.82},
            {"id": "20", "phrase": "查金额", "confidence": 0.11},
        ],
    }
    call_id = "20261120-111111-aaaaaa"
    step = replace(made.steps[2], call_id=call_id, moments=(*made.steps[2].moments, heard))
    console.add_calls([CallRecord(replace(made.call, id=call_id), {2: step})])
    page = console.browser("operator").get(f"/calls/{call_id}").text
    assert "82.0 %" in page
    assert "查金额" in page


def test_an_empty_log_says_so(console: TestConsole) -> None:
    page = console.browser("operator").get("/calls")
    assert page.status == 200
    assert "没有符合条件的通话" in page.text


def test_pages_are_small(console: TestConsole) -> None:
    calls = console.made_calls(200)
    browser = console.browser("supervisor")
    for path in ("/calls", f"/calls/{calls[-1].call.id}", "/live", "/account"):
        assert len(browser.get(path).body) < 100_000, path


def test_english_is_spoken_too(console: TestConsole) -> None:
    console.made_calls(30)
    browser = console.browser("operator")
    assert browser.post("/look", {"form_key": browser.form_key("/calls"), "language": "en"}).status == 303
    page = browser.get("/calls").text
    assert '<html lang="en">' in page
    assert "abandoned" in page
    assert "结果" not in page


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_a_database_that_is_down_says_so_and_comes_back(console: TestConsole, tmp_path: Path) -> None:
    browser = console.browser("operator")
    file = tmp_path / "calls.sqlite"
    console.office.engine.dispose()
    file.rename(tmp_path / "away")
    file.mkdir()
    page = browser.get("/calls")
    assert page.status == 503
    assert page.headers["retry-after"] == "5"
    assert "数据库暂时连不上" in page.text
    assert 'http-equiv="refresh"' in page.text
    sent = browser.post("/calls/views", {"name": "我的", "query": ""})
    assert sent.status == 503 and "刚才提交的没有存下" in sent.text
    assert 'http-equiv="refresh"' not in sent.text, "a form is not sent again by itself, and its address is no page"
    file.rmdir()
    (tmp_path / "away").rename(file)
    assert browser.get("/calls").status == 200


@pytest.mark.parametrize("console", [pytest.param("postgresql", marks=pytest.mark.system)], indirect=True)
def test_a_server_that_is_down_says_so_and_comes_back(console: TestConsole, postgresql: Server) -> None:
    """Its connections are open when it goes: the first page meets a dead one. Somebody who comes when it has been
    restarted notices nothing.
    """
    browser = console.browser("operator")
    assert browser.get("/calls").status == 200
    postgresql.stop("fast")
    try:
        for _ in range(2):
            page = browser.get("/calls")
            assert page.status == 503 and "数据库暂时连不上" in page.text
    finally:
        postgresql.start()
    form_key = browser.form_key("/calls")
    postgresql.stop("fast")
    postgresql.start()
    sent = browser.post("/calls/views", {"form_key": form_key, "name": "我的", "query": ""})
    assert sent.status == 303, "what is sent is kept"


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_a_console_that_began_without_its_database_mends_itself(tmp_path: Path, console: TestConsole) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'calls.sqlite'}"
    console.office.engine = open_database(url)
    console.office._prepared = False
    (tmp_path / "new" / "calls.sqlite").unlink()
    (tmp_path / "new" / "calls.sqlite").mkdir()
    assert console.browser().get("/sign-in").status == 503
    (tmp_path / "new" / "calls.sqlite").rmdir()
    assert console.browser().get("/sign-in").status == 200


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_a_search_that_finds_nothing_ends_in_time_and_goes_on_from_there(console: TestConsole) -> None:
    """A clock that says that a slice takes 20 ms for each day in it: no page takes much longer than its 80 ms.

    Searched for is what occurs so often that its index cannot tell where there is nothing.
    """
    calls = console.made_calls(150, days=60)
    clock = {"seconds": 0.0}
    search = CallSearch(console.office.engine, budget_s=0.08, clock=lambda: clock["seconds"])

    @event.listens_for(console.office.engine, "after_cursor_execute")
    def slow(_: object, __: object, ___: str, parameters: Any, *____: object) -> None:
        days = [datetime.fromisoformat(value) for value in parameters if isinstance(value, str) and value[:2] == "20"]
        if len(days) >= 2:
            clock["seconds"] += 0.02 * (max(days) - min(days)).total_seconds() / 86400

    pages, place = 0, None
    found: set[str] = set()
    while True:
        begun = clock["seconds"]
        page = search.page(Search(misheard=True, silent=True), place)
        assert clock["seconds"] - begun < 0.2
        found |= {call.id for call in page.calls}
        pages, place = pages + 1, page.next
        if place is None:
            break
        assert page.searched_to is not None
    assert found == {record.call.id for record in calls if record.call.not_understood and record.call.silences}
    assert pages > 2


def test_what_was_said_and_not_understood_is_misheard(console: TestConsole) -> None:
    made = console.made_calls(3)
    said, pressed, _ = (replace(record.call, wrong_inputs=0, unheard=0) for record in made)
    said, pressed = replace(said, id="said", unheard=2), replace(pressed, id="pressed", wrong_inputs=1)
    console.add_calls([CallRecord(said), CallRecord(pressed)])
    found = console.office.search.page(Search(misheard=True)).calls
    assert {call.id for call in found} >= {"said", "pressed"}
    assert all(call.not_understood for call in found)
    page = console.browser("supervisor").get("/calls/said").text
    assert "<dd>2 / " in page


@pytest.mark.parametrize("field", ["misheard", "poor_line", "backend_failed"])
@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_what_is_seldom_is_found_by_an_index_of_its_own(console: TestConsole, field: str) -> None:
    """The database knows its partial index again in our condition."""
    console.made_calls(30)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(console.office.engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, parameters: Any, *____: object) -> None:
        asked.append((statement, parameters))

    console.office.search.page(Search(**{field: True}))  # type: ignore[arg-type]
    assert asked
    with console.office.engine.connect() as connection:
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
            for statement, parameters in asked
            if statement.startswith("SELECT")
        ]
    assert any(f"ix_calls_{field}" in plan for plan in plans)


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_the_whole_list_has_full_pages_on_a_slow_machine_too(console: TestConsole) -> None:
    made = console.made_calls(70, days=60)
    search = CallSearch(console.office.engine, budget_s=0.0)
    first = search.page(Search(), limit=50)
    rest = search.page(Search(), first.next, limit=50)
    assert (len(first.calls), len(rest.calls), rest.next) == (50, len(made) - 50, None)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_an_export_that_is_too_long_says_so_and_leaves_nothing(
    console: TestConsole, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    console.made_calls(12)
    browser = console.browser("supervisor")
    monkeypatch.setattr(calls_page, "LONGEST_EXPORT", 12)
    form = {"query": "", "kind": kind}
    assert browser.send("/calls", "/calls/export", form).status == 200
    monkeypatch.setattr(calls_page, "LONGEST_EXPORT", 11)
    refused = browser.send("/calls", "/calls/export", form)
    assert refused.status == 400 and "请缩小范围" in refused.text
    assert [entry.detail.split()[0] for entry in console.office.audit.entries(action="exported")] == ["12"]
