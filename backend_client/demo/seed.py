"""The data of the demo county, from `data/*.yaml`, with days that count from the day of seeding.

The same day always gives the same data.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from backend_client.demo.tables import CaseRow, NoticeRow, PolicyRow, Row, ServiceItemRow

#: China has one time zone and no summer time.
CHINA = timezone(timedelta(hours=8))
LANGUAGES = ("zh", "en")

_DIGITS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_WEEKDAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期天"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def demo_rows(today: date) -> Iterator[Row]:
    """Yield all rows as they are on `today`."""
    statuses = _load("case_statuses")
    for position, entry in enumerate(_load("service_items")):
        yield ServiceItemRow(
            code=entry["code"], position=position, days=entry["days"], phone=entry["phone"], texts=_texts(entry)
        )
    for position, entry in enumerate(_load("policies")):
        valid = entry.get("valid_for_days")
        yield PolicyRow(
            code=entry["code"],
            position=position,
            document_number=entry["document_number"],
            valid_until=None if valid is None else today + timedelta(days=valid),
            texts=_texts(entry),
        )
    for entry in _load("cases"):
        yield _case(entry, today, statuses[entry["status"]])
    for entry in _load("notices"):
        yield _notice(entry, today)


def spoken_day(day: date, language: str) -> str:
    """Return a day as people say it: 十二月七号，星期一; Monday, December 7."""
    weekday = _WEEKDAYS[language][day.weekday()]
    if language == "zh":
        return f"{_below_hundred(day.month)}月{_below_hundred(day.day)}号，{weekday}"
    return f"{weekday}, {_MONTHS[day.month - 1]} {day.day}"


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十") + _DIGITS[ones]


def _load(name: str) -> Any:
    return YAML(typ="safe").load((resources.files("backend_client.demo") / "data" / f"{name}.yaml").read_text("utf-8"))


def _texts(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {language: dict(entry[language]) for language in LANGUAGES}


def _case(entry: dict[str, Any], today: date, status_text: dict[str, str]) -> CaseRow:
    expected = entry.get("expected_in_days")
    texts = _texts(entry)
    for language in LANGUAGES:
        texts[language] = {
            "status_text": status_text[language],
            "missing_documents": [],
            "pickup_address": None,
            **texts[language],
        }
    return CaseRow(
        number=entry["number"],
        status=entry["status"],
        accepted_on=_working_day(today - timedelta(days=entry["accepted_days_ago"]), -1),
        expected_on=None if expected is None else _working_day(today + timedelta(days=expected), 1),
        texts=texts,
    )


def _working_day(day: date, step: int) -> date:
    """Return `day`, or the nearest working day in the direction of `step`."""
    while day.weekday() >= 5:
        day += timedelta(days=step)
    return day


def _notice(entry: dict[str, Any], today: date) -> NoticeRow:
    starts = _moment(entry["starts"], today)
    texts = _texts(entry)
    for language in LANGUAGES:
        texts[language]["text"] = texts[language]["text"].replace("{day}", spoken_day(starts.date(), language))
    return NoticeRow(
        id=entry["id"],
        kind=entry["kind"],
        township=entry.get("township"),
        starts_at=starts.isoformat(),
        ends_at=_moment(entry["ends"], today).isoformat() if "ends" in entry else None,
        texts=texts,
    )


def _moment(entry: dict[str, Any], today: date) -> datetime:
    day = today + timedelta(days=entry["in_days"])
    return datetime.combine(day, time.fromisoformat(entry["at"]), CHINA)
