"""Reports: how many called, what became of it, how fast, and how the backend did. Counts only, nobody's calls."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from ivr.console.drawing.bars import Bar, bars
from ivr.console.figures import (
    GROUP_NAMES,
    GROUPS,
    Accent,
    accents,
    by_value,
    group_of,
    grouped,
    kept_deadlines,
    operations,
    percentile,
    recognition,
    satisfaction,
    townships,
)
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.townships import township_names
from ivr.console.web import Answer, BadRequestError, Visit
from ivr.console.words import CAME_OF, MERGERS
from ivr.storage.tallies import Count

_SPANS = (7, 30, 90, 365)
#: Names of `ivr.storage.tallies` that a report tells of.
_COUNTED = (
    "outcome",
    "answer_ms",
    "talk_s",
    "backend",
    "backend_ms",
    "transfer",
    "dialled",
    "language",
    "township",
    "rating",
    "deadline",
    "heard",
    "accent",
    "resumed",
)


def show(services: Services, visit: Visit) -> Answer:
    """The last days."""
    days = whole_days(visit.query.get("days", "30"))
    last = _day(services, visit.query.get("until", ""))
    first = last - timedelta(days=days - 1)
    facts = facts_of(services, visit, first, last)
    told = {**facts, **charts_of(visit, facts)}
    return page(visit, "reports.html", here="reports", spans=_SPANS, days=days, months=_months(services), **told)


def facts_of(services: Services, visit: Visit, first: date, last: date) -> dict[str, Any]:
    """What the pages say of some days."""
    tallies = services.office.tallies
    counts = tallies.several(_COUNTED, first, last)
    daily = tallies.by_day("day_outcome", first, last)
    outcomes, heard = counts["outcome"], counts["heard"]
    groups = grouped(outcomes)
    answer, talked = by_value(counts["answer_ms"]), by_value(counts["talk_s"])
    total = sum(groups.values())
    return {
        "first": first,
        "last": last,
        "total": total,
        "groups": groups,
        "group_names": GROUP_NAMES,
        "outcomes": by_value(outcomes).most_common(),
        "hours": outcomes,
        "daily": daily,
        "busiest": _busiest(daily),
        "answer_p50": percentile(answer, 0.5),
        "answer_p95": percentile(answer, 0.95),
        "mean_s": round(sum(talked.values()) / total) if total else None,
        "operations": operations(counts["backend"], counts["backend_ms"]),
        "transfers": by_value(counts["transfer"]).most_common(),
        "dialled": by_value(counts["dialled"]).most_common(12),
        "languages": by_value(counts["language"]).most_common(),
        "townships": townships(counts["township"]),
        "township_names": township_names(services.menus(), visit.language),
        "satisfaction": satisfaction(counts["rating"]),
        "deadlines": kept_deadlines(counts["deadline"]),
        "waiting": services.office.work.waiting(services.now()),
        "by_language": recognition(heard),
        "by_township": [one for one in recognition(heard, by_place=True) if one.name],
        "by_accent": accents(counts["accent"]),
        "came_of": CAME_OF,
        "resumed": by_value(counts["resumed"]),
    }


def charts_of(visit: Visit, facts: dict[str, Any]) -> dict[str, Markup]:
    """The drawings of a page that says these facts."""
    days = day_bars(facts["daily"], facts["first"], facts["last"])
    return {
        "day_chart": bars(days, visit.say("每天的通话", "calls by day")),
        "hour_chart": _hour_chart(visit, facts["hours"]),
        "accent_chart": _accent_chart(visit, facts["by_accent"]),
    }


def day_bars(counts: list[Count], first: date, last: date) -> list[Bar]:
    """Calls by day, each by group of outcomes; by week where there are many days."""
    days: dict[date, Counter[str]] = {}
    for count in counts:
        days.setdefault(count.day, Counter())[group_of(count.value)] += count.amount
    span = (last - first).days + 1
    weekly = span > 120
    columns: list[Bar] = []
    for start in range(0, span, 7 if weekly else 1):
        within = [first + timedelta(days=start + offset) for offset in range(7 if weekly else 1)]
        sums: Counter[str] = Counter()
        for day in within:
            sums.update(days.get(day, Counter()))
        label = f"{within[0]:%m-%d}" if len(columns) % max(1, span // (84 if weekly else 12)) == 0 else ""
        name = f"{within[0]:%Y-%m-%d}: {sum(sums.values()):,}"
        columns.append(Bar(label, name, tuple((group, sums[group]) for group in GROUPS)))
    return columns


def _hour_chart(visit: Visit, counts: list[Count]) -> Markup:
    hours: dict[str, Counter[str]] = {}
    for count in counts:
        hours.setdefault(count.place, Counter())[group_of(count.value)] += count.amount
    columns = []
    for hour in range(24):
        sums = hours.get(f"{hour:02d}", Counter())
        columns.append(
            Bar(str(hour), f"{hour}:00: {sum(sums.values()):,}", tuple((group, sums[group]) for group in GROUPS))
        )
    return bars(columns, visit.say("一天里各小时的通话", "calls by hour of the day"), width=620)


def _accent_chart(visit: Visit, rows: list[Accent]) -> Markup:
    """Shares of what came of speech, a bar for each accent."""
    columns = []
    for one in rows:
        name = visit.say(*MERGERS[one.name]) if one.name in MERGERS else one.name
        shares = tuple((came_of, 100 * one.came_of.get(came_of, 0) / one.tries) for came_of in CAME_OF)
        columns.append(Bar(name, f"{name}: {one.tries:,}", shares))
    return bars(columns, visit.say("各种口音听懂多少", "how speech was understood, by accent"), unit="%")


def _busiest(counts: list[Count]) -> tuple[date, int] | None:
    days: Counter[date] = Counter()
    for count in counts:
        days[count.day] += count.amount
    return days.most_common(1)[0] if days else None


def _months(services: Services) -> list[str]:
    """The months that have counts, latest first, two years at most."""
    span = services.office.tallies.span()
    if span is None:
        return []
    first, last = span
    months: list[str] = []
    day = last.replace(day=1)
    while day >= first.replace(day=1) and len(months) < 24:
        months.append(f"{day:%Y-%m}")
        day = (day - timedelta(days=1)).replace(day=1)
    return months


def whole_days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 800:
        raise BadRequestError("天数从 1 到 800", "days is a number from 1 to 800")
    return int(text)


def _day(services: Services, text: str) -> date:
    """The last day that is meant; today if none is named."""
    if not text:
        return services.now().astimezone().date()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError("日期不对", "until is no date such as 2026-11-22") from error
    if not 2000 <= day.year <= 2200:
        raise BadRequestError("日期不对", "until is no date such as 2026-11-22")
    return day
