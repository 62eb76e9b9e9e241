"""What leaders are told: satisfaction, deadlines, understanding, townships; on the page and on paper."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from benchmarks.console.made_calls import MadeCalls
from ivr.console.drawing.bars import Bar
from ivr.console.figures import accents, kept_deadlines, recognition, satisfaction, townships
from ivr.console.pages.months import _facts, _write
from ivr.console.paper import Paper
from ivr.console.web import Visit
from ivr.storage.entries import CallRecord
from ivr.storage.tallies import Count, _spans
from tests.ivr.console.support import START, TestConsole

DAY = date(2026, 11, 20)


def count(tree: str = "", place: str = "", value: str = "", amount: int = 1) -> Count:
    return Count(DAY, tree, place, value, amount)


def test_satisfaction_is_a_mean_and_a_share() -> None:
    found = satisfaction([count(value="5", amount=3), count(value="2"), count("other", value="4", amount=2)])
    assert found.amount == 6
    assert found.mean == pytest.approx(25 / 6)
    assert found.satisfied == pytest.approx(5 / 6)
    assert satisfaction([]).mean is None
    assert satisfaction([]).satisfied is None


def test_speech_is_counted_by_language_and_by_township() -> None:
    counts = [
        count("zh", "qingshui", "match", 8),
        count("zh", "qingshui", "unheard"),
        count("zh", "", "denied"),
        count("ko", "", "doubtful", 2),
    ]
    first, second = recognition(counts)
    assert (first.name, first.tries, first.understood, first.unheard) == ("zh", 10, 8, 2)
    assert (second.name, second.asked) == ("ko", 2)
    assert {one.name: one.tries for one in recognition(counts, by_place=True)} == {"qingshui": 9, "": 3}


def test_accents_stand_in_one_order() -> None:
    counts = [
        count("zh", "unknown", "unheard", 9),
        count("zh", "zh/z", "accepted", 2),
        count("zh", "n/l", "accepted", 3),
        count("zh", "n/l", "refused"),
        count("zh", "none", "accepted"),
    ]
    found = accents(counts)
    assert [(one.name, one.tries) for one in found] == [("none", 1), ("n/l", 4), ("zh/z", 2), ("unknown", 9)]
    assert found[1].came_of == {"accepted": 3, "refused": 1}


def test_the_report_tells_how_accents_are_understood(console: TestConsole) -> None:
    supervisor = console.browser("supervisor")
    assert "看不出口音" in supervisor.get("/reports?until=2026-11-20").text
    console.add_calls(MadeCalls(3, START, 3).many(150))
    page = supervisor.get("/reports?until=2026-11-20").text
    assert "平翘舌不分" in page
    assert 'class="accepted"' in page
    assert ">100%<" in page
    assert ">200%<" not in page
    assert "看不出口音" not in page
    assert "各种口音听懂多少" in supervisor.get("/reports/month/2026-11").text


def test_deadlines_and_townships() -> None:
    kept = kept_deadlines([count("appeal", "answer", "met", 3), count("appeal", "answer", "missed")])
    assert [(one.queue, one.end, one.met, one.missed) for one in kept] == [("appeal", "answer", 3, 1)]
    found = townships([count("hotline", "a", "served"), count("hotline", "b", "abandoned", 4)])
    assert [(name, dict(groups)) for name, groups in found] == [("b", {"abandoned": 4}), ("a", {"machine": 1})]


@pytest.mark.parametrize("days", [1, 20, 31, 75, 400])
@pytest.mark.parametrize("last", [date(2026, 11, 30), date(2026, 11, 20), date(2026, 3, 1), date(2028, 2, 29)])
def test_whole_months_and_the_days_around_them_are_every_day_once(days: int, last: date) -> None:
    first = last - timedelta(days=days - 1)
    covered: list[date] = []
    for _, _, one, other in _spans(first, last):
        covered += [one + timedelta(days=day) for day in range((other - one).days + 1)]
    assert sorted(covered) == [first + timedelta(days=day) for day in range(days)]


@pytest.fixture
def month(console: TestConsole) -> str:
    """A month with calls in two townships, ratings, and work that is done."""
    records = console.made_calls(60, days=12)
    rated = [
        CallRecord(replace(record.call, id=f"{record.call.id}-r", rating=4, township="qingshui"), {})
        for record in records[:5]
    ]
    console.add_calls(rated)
    item = console.add_work(records[0].call)
    browser = console.browser("operator")
    browser.send(f"/work/{item.id}", f"/work/{item.id}/take", {})
    browser.send(f"/work/{item.id}", f"/work/{item.id}/close", {"result": "answered"})
    return f"{START:%Y-%m}"


def test_the_report_says_it(console: TestConsole, month: str) -> None:
    browser = console.browser("supervisor")
    for path in ("/reports?days=30&until=2026-11-20", f"/reports/month/{month}"):
        page = browser.get(path).text
        marks = console.office.tallies.between("rating", START.date() - timedelta(days=20), START.date())
        amount = sum(count.amount for count in marks)
        mean = sum(int(count.value) * count.amount for count in marks) / amount
        assert f"{mean:.1f}" in page and f"{amount} 人评价" in page
        assert "清水镇" in page
        assert "诉求：答复" in page and "按期率" in page
    english = console.browser("supervisor")
    english.cookies["xiangyin_look"] = "en.light"
    assert "appeal：answer" in english.get(f"/reports/month/{month}").text


def test_the_month_as_pdf(console: TestConsole, month: str) -> None:
    browser = console.browser("supervisor")
    reply = browser.get(f"/reports/month/{month}/pdf")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.headers["content-disposition"] == f'attachment; filename="report-{month}.pdf"'
    assert reply.body.startswith(b"%PDF-")
    assert b"%%EOF" in reply.body[-32:]
    assert browser.get("/reports/month/2026-13/pdf").status == 404
    assert console.browser("operator").get(f"/reports/month/{month}/pdf").status == 403


class Written:
    """A recorder in the place of paper: headings with what stands below them."""

    def __init__(self) -> None:
        self.tables: dict[str, list[tuple[str, ...]]] = {}

    def tiles(self, tiles: Sequence[tuple[str, str, str]]) -> None:
        pass

    def chart(self, heading: str, legend: Mapping[str, str], columns: Sequence[Bar]) -> None:
        pass

    def table(self, heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        assert all(len(row) == len(columns) for row in rows), heading
        self.tables[heading] = [tuple(row) for row in rows]


def test_paper_says_what_the_page_says(console: TestConsole, month: str) -> None:
    console.add_calls(MadeCalls(3, START, 3).many(150))
    visit, written = Visit(language="zh"), Written()
    facts, earlier = _facts(console.services, visit, month)
    _write(written, visit, facts, earlier)  # type: ignore[arg-type]
    page = console.browser("supervisor").get(f"/reports/month/{month}").text
    headings = set(re.findall("<h2>([^<]+)</h2>", page))
    assert [heading[:4] for heading in set(written.tables) - headings] == ["满意度："]
    assert headings - set(written.tables) == {"满意度", "每天的通话", "一天里的各小时", "拨打的号码"}
    accents_told = {name: rest for name, *rest in written.tables["各种口音听懂多少"]}
    assert "平翘舌不分" in accents_told
    for name, (tries, *shares) in accents_told.items():
        row = page[page.index(f'<th scope="row">{name}</th>') :].partition("</tr>")[0]
        assert re.findall('"num">([^<]+)<', row) == [tries, *shares]
        assert sum(float(share.rstrip(" %")) for share in shares) == pytest.approx(100, abs=0.3)


def test_counts_of_several_names_are_those_of_each(console: TestConsole) -> None:
    console.made_calls(80, days=40)
    tallies = console.office.tallies
    span = START.date() - timedelta(days=60), START.date()
    names = ("outcome", "visit", "resumed")
    for tree in (None, "hotline", "nothing"):
        together = tallies.several(names, *span, tree=tree)
        assert together == {name: tallies.between(name, *span, tree=tree) for name in names}
    assert not tallies.several(names, *span)["resumed"]
    by_day: Counter[tuple[str, str, str]] = Counter()
    for one in tallies.between("visit", *span, by_day=True):
        by_day[one.tree, one.place, one.value] += one.amount
    whole = tallies.several(names, *span)["visit"]
    assert {(one.tree, one.place, one.value): one.amount for one in whole} == by_day


def test_a_report_tells_of_a_call_at_once(console: TestConsole) -> None:
    """Nothing is kept from one page to the next: a journal that comes late, of a month that is over, is in it."""
    supervisor = console.browser("supervisor")
    late = START - timedelta(days=40)
    address = f"/reports/month/{late:%Y-%m}"

    def calls() -> list[str]:
        return [
            re.findall("<dd>([0-9,]+)</dd>", supervisor.get(path).text)[0] for path in (address, "/reports?days=90")
        ]

    assert calls() == ["0", "0"]
    console.add_calls(MadeCalls(3, late, 1).many(7))
    assert calls() == ["7", "7"]
    console.add_calls(MadeCalls(4, START, 1).many(2))
    assert calls() == ["7", "9"]


def test_paper_takes_any_text() -> None:
    paper = Paper("<b>&", "]]>")
    paper.tiles([("<i>", "&amp;", "")])
    paper.table("<para>", ("", "<x"), [("<font", "&")])
    paper.table("", ("a", "b"), [])
    paper.table("很长", ("什么" * 90, "多少"), [("乡镇" * 90, "1" * 90)])
    paper.chart("<", {"machine": "</p>"}, [Bar("", "", ())])
    assert paper.end("</document>").startswith(b"%PDF-")
