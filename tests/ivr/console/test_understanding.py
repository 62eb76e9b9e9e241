"""Reports and the traffic of menus: their figures are those of the calls."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ivr.console.drawing.bars import Bar, bars
from ivr.console.drawing.tree import Traffic, draw_tree
from ivr.console.figures import group_of, percentile
from ivr.storage.database import writing
from ivr.storage.recount import recount
from tests.ivr.console.support import TestConsole

_CELLS = re.compile(r"<[^>]+>")


def row(page: str, heading: str) -> list[str]:
    """The cells of the table row that begins with a heading."""
    for line in page.split("<tr")[1:]:
        cells = [_CELLS.sub("", cell).strip() for cell in re.split(r"</t[hd]>", line.partition(">")[2])]
        if heading in cells[0]:
            return cells
    raise AssertionError(f"no row {heading}")


def test_a_report_says_what_the_calls_say(console: TestConsole) -> None:
    calls = [record.call for record in console.made_calls(400, days=5)]
    page = console.browser("supervisor").get("/reports?days=7").text
    outcomes = Counter(call.outcome for call in calls)
    assert row(page, "已答复")[1] == f"{outcomes['served']:,}"
    assert row(page, "中途挂断")[1] == f"{outcomes['abandoned']:,}"
    asked = sum(call.backend_queries for call in calls)
    shown = sum(int(row(page, name)[1].replace(",", "")) for name in ("case_status", "service_item", "notices"))
    assert shown == asked
    machine = sum(1 for call in calls if group_of(call.outcome) == "machine")
    assert f"{machine / len(calls) * 100:.1f} %" in page


def test_days_without_calls_are_in_no_report(console: TestConsole) -> None:
    console.made_calls(50)
    page = console.browser("author").get("/reports?days=7&until=2020-01-01").text
    assert "还没有通话" in page


def test_a_month_on_paper(console: TestConsole) -> None:
    calls = console.made_calls(200, days=40)
    browser = console.browser("supervisor")
    month = f"{calls[0].call.started_at.astimezone():%Y-%m}"
    page = browser.get(f"/reports/month/{month}")
    assert page.status == 200
    assert "与上月相比" in page.text
    assert browser.get("/reports/month/2026-13").status == 404
    assert browser.get("/reports/month/../../etc").status in (400, 404)


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=100000", "until=soon", "until=0001-01-01"])
def test_a_malformed_report_gets_400(console: TestConsole, query: str) -> None:
    assert console.browser("supervisor").get(f"/reports?{query}").status == 400


def test_the_traffic_of_a_menu_is_that_of_the_steps(console: TestConsole) -> None:
    records = console.made_calls(300, days=5)
    page = console.browser("author").get("/menus/hotline?days=7").text
    steps = [step for record in records for step in record.steps.values() if step.tree == "hotline"]
    visits = Counter(step.node for step in steps)
    assert row(page, "main_menu")[1] == f"{visits['main_menu']:,}"
    chosen = sum(1 for step in steps if step.option == "找人工")
    assert f"找人工 {chosen}" in page
    edges = Counter((step.node, step.next) for step in steps)
    assert f"main_menu → ask_guide: {edges['main_menu', 'ask_guide']:,}" in page
    left = sum(1 for r in records if r.call.outcome == "abandoned" and r.call.last_node == "main_menu")
    assert left
    assert f'last_node=main_menu">{left}<' in page
    wrong = sum(1 for step in steps for m in step.moments if m.get("outcome") == "invalid")
    assert sum(int(n) for n in re.findall(r"<kbd>.</kbd></th><td class=\"num\">(\d+)", page)) == wrong


def test_every_node_is_drawn_on_request(console: TestConsole) -> None:
    browser = console.browser("author")
    menus = console.services.menus()
    assert menus is not None
    for tree in menus.trees.values():
        page = browser.get(f"/menus/{tree.id}?all=1")
        assert page.status == 200
        assert len(page.body) < 100_000
        for name in tree.nodes:
            assert f'id="node-{name}"' in page.text
    assert browser.get("/menus/no_such_tree").status == 404


def test_a_drawing_holds_no_markup_of_others() -> None:
    chart = bars([Bar("<b>", "</title><script>", (("machine", 3.0),))], '"><script>')
    assert "<script>" not in chart
    assert "<b>" not in chart


def test_a_tree_without_traffic_is_a_drawing_all_the_same(console: TestConsole) -> None:
    menus = console.services.menus()
    assert menus is not None
    assert "<svg" in draw_tree(menus.trees["hotline"], Traffic({}, {}, {}), "x", "y")


def test_counting_anew_comes_to_the_same(console: TestConsole) -> None:
    console.made_calls(120)
    span = console.office.tallies.span()
    assert span is not None
    before = {
        name: console.office.tallies.between(name, *span) for name in ("outcome", "edge", "backend_ms", "gave_up")
    }
    with writing(console.office.engine).begin() as connection:
        connection.exec_driver_sql("UPDATE tallies SET amount = amount + 1")
    assert recount(console.office.engine) == 120
    assert {name: console.office.tallies.between(name, *span) for name in before} == before


@pytest.mark.parametrize(
    ("buckets", "share", "bound"),
    [
        ({"100": 9, "200": 1}, 0.5, 100),
        ({"100": 9, "200": 1}, 0.95, 200),
        ({"100": 1, "more": 9}, 0.5, None),
        ({}, 0.5, None),
    ],
)
def test_percentiles_of_buckets(buckets: dict[str, int], share: float, bound: int | None) -> None:
    assert percentile(buckets, share) == bound
