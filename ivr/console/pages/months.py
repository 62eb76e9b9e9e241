"""One month for leaders: a page that prints well, and the same as PDF."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ivr.console.figures import GROUP_NAMES, Heard, grouped
from ivr.console.pages.reports import charts_of, day_bars, facts_of
from ivr.console.render import clock, minute, number, page, percent
from ivr.console.services import Services
from ivr.console.web import Answer, NotFoundError, Visit, download
from ivr.console.words import WORDS

if TYPE_CHECKING:
    from ivr.console.paper import Paper

_MONTH = re.compile(r"^(\d{4})-(\d{2})$")


def show(services: Services, visit: Visit, month: str) -> Answer:
    """The page, with the month before it to compare."""
    facts, earlier = _facts(services, visit, month)
    told = {**facts, **charts_of(visit, facts)}
    return page(visit, "month.html", here="reports", month=month, earlier=earlier, made_at=services.now(), **told)


def pdf(services: Services, visit: Visit, month: str) -> Answer:
    """The file."""
    from ivr.console.paper import Paper  # its library takes half a second to load, which a start must not wait for

    facts, earlier = _facts(services, visit, month)
    say = visit.say
    title = say("政务服务热线月报", "Public service hotline, monthly report")
    paper = Paper(f"{title} {month}", f"{facts['first']} — {facts['last']}")
    _write(paper, visit, facts, earlier)
    made = minute(services.now())
    return download(
        paper.end(say(f"由乡音生成于 {made}", f"Made by Xiangyin at {made}")), "application/pdf", f"report-{month}.pdf"
    )


def _facts(services: Services, visit: Visit, month: str) -> tuple[dict[str, Any], Counter[str]]:
    """What is said of the month, and the outcomes of the month before."""
    match = _MONTH.match(month)
    if not match or not 1 <= int(match[2]) <= 12 or not 2000 <= int(match[1]) <= 2200:
        raise NotFoundError("没有这个月", "there is no such month")
    first = date(int(match[1]), int(match[2]), 1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    before = first - timedelta(days=1)
    earlier = grouped(services.office.tallies.between("outcome", before.replace(day=1), before))
    return facts_of(services, visit, first, last), earlier


def _write(paper: Paper, visit: Visit, facts: dict[str, Any], earlier: Counter[str]) -> None:
    say, total, groups = visit.say, facts["total"], facts["groups"]

    def word(kind: str, value: str) -> str:
        pair = WORDS[kind].get(value)
        return say(*pair) if pair else value

    names = {group: say(*pair) for group, pair in GROUP_NAMES.items()}
    shares = [
        (names[group], percent(groups[group] / total) if total else "—", number(groups[group])) for group in names
    ]
    mean = facts["mean_s"]
    length = clock(mean * 1000) if mean is not None else ""
    paper.tiles(
        [(say("通话", "Calls"), number(total), say(f"平均 {length}", f"mean {length}") if length else ""), *shares]
    )
    rows = []
    for group, name in names.items():
        was = earlier[group]
        change = f"{(groups[group] - was) * 100 / was:+.0f} %" if was else "—"
        rows.append((name, number(groups[group]), number(was), change))
    paper.table(
        say("与上月相比", "Compared with the month before"),
        ("", say("本月", "This month"), say("上月", "Month before"), say("变化", "Change")),
        rows,
    )
    paper.chart(say("每天的通话", "Calls by day"), names, day_bars(facts["daily"], facts["first"], facts["last"]))
    paper.table(
        say("结果", "Outcomes"),
        (say("结果", "Outcome"), say("通话", "Calls"), say("占比", "Share")),
        [(word("outcome", value), number(amount), percent(amount / total)) for value, amount in facts["outcomes"]],
    )
    _write_service(paper, visit, facts, word)
    paper.table(
        say("乡镇", "Townships"),
        ("", say("通话", "Calls"), *names.values()),
        [
            (
                facts["township_names"].get(name, name),
                number(sum(each.values())),
                *(number(each[group]) for group in names),
            )
            for name, each in facts["townships"][:30]
        ],
    )
    paper.table(
        say("后台查询", "Questions to the backend"),
        (say("操作", "Operation"), say("次数", "Asked"), say("失败", "Failed"), say("95% 在", "95 % within")),
        [
            (one.name, number(one.asked), number(one.failed), f"{one.p95_ms} ms" if one.p95_ms else "> 8000 ms")
            for one in facts["operations"]
        ],
    )
    paper.table(
        say("转人工", "Transfers"),
        (say("结果", "Outcome"), say("次数", "Times")),
        [(word("transfer", value), number(amount)) for value, amount in facts["transfers"]],
    )


def _write_service(paper: Paper, visit: Visit, facts: dict[str, Any], word: Any) -> None:
    """How well people were served: what they thought, promises that were kept, how they were understood."""
    say = visit.say
    satisfaction = facts["satisfaction"]
    mean = f"{satisfaction.mean:.1f}" if satisfaction.mean is not None else "—"
    paper.table(
        say(f"满意度：平均 {mean} 分", f"Satisfaction: {mean} of 5"),
        (say("评分", "Mark"), say("次数", "Times")),
        [(f"{mark} / 5", number(amount)) for mark, amount in satisfaction.marks.items()],
    )
    paper.table(
        say("按期办理", "Deadlines"),
        ("", say("按期", "Met"), say("超期", "Missed"), say("按期率", "Share")),
        [
            (
                f"{word('queue', one.queue)}：{word('end', one.end)}",
                number(one.met),
                number(one.missed),
                percent(one.met / (one.met + one.missed)),
            )
            for one in facts["deadlines"]
        ],
    )
    _write_heard(paper, visit, facts, word)


def _write_heard(paper: Paper, visit: Visit, facts: dict[str, Any], word: Any) -> None:
    """How speech was understood: by language, by township, and by the accent of who spoke."""
    say = visit.say
    figures = (say("说了", "Tries"), say("听懂", "Understood"), say("问一声", "Asked back"), say("没听懂", "Not"))

    def row(name: str, one: Heard) -> tuple[str, ...]:
        return (
            name,
            number(one.tries),
            *(percent(part / one.tries) for part in (one.understood, one.asked, one.unheard)),
        )

    paper.table(
        say("听懂多少", "Understood"),
        (say("语言", "Language"), *figures),
        [row(word("language", one.name), one) for one in facts["by_language"]],
    )
    paper.table(
        say("各乡镇听懂多少", "Understood, by township"),
        (say("乡镇", "Township"), *figures),
        [row(facts["township_names"].get(one.name, one.name), one) for one in facts["by_township"][:30]],
    )
    paper.table(
        say("各种口音听懂多少", "Understood, by accent"),
        (say("口音", "Accent"), say("说了", "Tries"), *(say(*pair) for pair in facts["came_of"].values())),
        [
            (
                word("merger", one.name),
                number(one.tries),
                *(percent(one.came_of.get(name, 0) / one.tries) for name in facts["came_of"]),
            )
            for one in facts["by_accent"]
        ],
    )
