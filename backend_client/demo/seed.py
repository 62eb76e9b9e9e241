"""The content of the demo county, from `data/*.yaml`, with days that count from the day of seeding.

The same day always gives the same content.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from backend_client.demo.items import ItemWriter
from backend_client.demo.spoken import spoken_day
from backend_client.demo.tables import (
    CaseRow,
    DepartmentRow,
    NoticeRow,
    PersonRow,
    PolicyRow,
    Row,
    ServiceItemRow,
    TownshipRow,
)

#: China has one time zone and no summer time.
CHINA = timezone(timedelta(hours=8))
LANGUAGES = ("zh", "en")
DATA = resources.files("backend_client.demo") / "data"
OFFICE_HOURS = {
    "zh": "周一到周五，上午九点到十二点，下午一点到五点",
    "en": "Monday to Friday, nine to twelve and one to five",
}


def demo_rows(today: date) -> Iterator[Row]:
    """Yield all rows as they are on `today`."""
    yield from _places()
    yield from _service_items()
    statuses = load("case_statuses")
    for position, entry in enumerate(load("policies")):
        valid = entry.get("valid_for_days")
        yield PolicyRow(
            code=entry["code"],
            position=position,
            document_number=entry["document_number"],
            valid_until=None if valid is None else today + timedelta(days=valid),
            texts={language: {"department": None, "questions": [], **entry[language]} for language in LANGUAGES},
        )
    for entry in load("cases"):
        yield _case(entry, today, statuses[entry["status"]])
    for entry in load("notices"):
        yield _notice(entry, today)
    for entry in load("people"):
        yield _person(entry, today)


@cache
def load(name: str) -> Any:
    """Return what `data/NAME.yaml` holds. Nobody may change it."""
    return YAML(typ="safe").load((DATA / f"{name}.yaml").read_text("utf-8"))


def _service_items() -> Iterator[ServiceItemRow]:
    """Those that are asked for most first."""
    departments = load("departments")
    writer = ItemWriter(departments, load("papers"), load("ways"))
    rows = [writer.whole(entry) for entry in load("service_items")]
    short = [writer.short(each["code"], entry) for each in departments for entry in load(f"items/{each['code']}")]
    rows += sorted(short, key=lambda row: not row.frequent)
    for position, row in enumerate(rows):
        row.position = position
        yield row


def _places() -> Iterator[Row]:
    for position, entry in enumerate(load("departments")):
        texts = {
            language: {"name": entry[language][0], "address": entry[language][1], "hours": OFFICE_HOURS[language]}
            for language in LANGUAGES
        }
        yield DepartmentRow(code=entry["code"], position=position, phone=entry["phone"], texts=texts)
    for position, entry in enumerate(load("townships")):
        texts = {language: {"name": entry[language][0], "villages": entry[language][1]} for language in LANGUAGES}
        yield TownshipRow(code=entry["code"], position=position, texts=texts)


def _case(entry: dict[str, Any], today: date, status_text: dict[str, str]) -> CaseRow:
    expected = entry.get("expected_in_days")
    texts = {
        language: {
            "status_text": status_text[language],
            "missing_documents": [],
            "pickup_address": None,
            **entry[language],
        }
        for language in LANGUAGES
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
    texts = {language: dict(entry[language]) for language in LANGUAGES}
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


def _person(entry: dict[str, Any], today: date) -> PersonRow:
    texts = {
        language: {name: lookup_texts(lookup, language, today) for name, lookup in entry["lookups"].items()}
        for language in LANGUAGES
    }
    return PersonRow(
        id_last6=entry["id_last6"],
        phone=entry["phone"],
        pin=entry.get("pin", ""),
        cases=entry["cases"],
        texts=texts,
    )


def lookup_texts(entry: dict[str, Any], language: str, today: date) -> dict[str, Any]:
    """Return an answer to a lookup as the contract has it, without its subject."""
    until = entry.get("until_in_days")
    summary, details = entry[language]
    return {
        "summary": summary,
        "details": details,
        "amount_cents": entry.get("amount_cents"),
        "count": entry.get("count"),
        "until": None if until is None else (today + timedelta(days=until)).isoformat(),
        "as_of": datetime.combine(today, time(3), CHINA).isoformat(),
    }
