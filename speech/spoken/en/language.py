"""All ways of saying a value in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from speech.spoken import values
from speech.spoken.en import codes, dates, money, numbers, text

_SHARE = re.compile(r"(.{0,99}\d)\s*%")
_SUM = re.compile(r"(?:[¥￥]|RMB|CNY)?\s*(.{0,99}\d)\s*(?:元|yuan)?", re.IGNORECASE)
_END_MARKS = ",.;:?! "


class English:
    """Says JSON values in English. Every method is total: what a value is not, it is said as text.

    Args:
        weekday: whether complete dates begin with their weekday.
    """

    def __init__(self, weekday: bool = False) -> None:
        self._weekday = weekday
        self._ways: dict[str, Callable[[Any], str | None]] = {
            "text": lambda value: None,
            "name": lambda value: None,
            "digits": self._code,
            "id": self._code,
            "number": self._number,
            "ordinal": self._ordinal,
            "date": self._date,
            "time": self._time,
            "duration": self._duration,
            "money": self._money,
            "phone": self._phone,
            "list": self._list,
        }

    def say(self, value: Any, say_as: str, following: str = "", now: str = "") -> str:
        """The value in words. `following` changes nothing in English; `now` is for moments: yesterday."""
        if isinstance(value, (list, tuple)) and say_as != "list":
            return self._list(value)
        if say_as == "moment":
            seen = values.as_seen_from(value, now)
            return self.say(value, "date") if seen is None else dates.seen(seen)
        return self._ways[say_as](value) or self.text(value)

    def text(self, value: Any) -> str:
        """Any value as running text."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return text.spoken_text(values.as_text(value))

    def _code(self, value: Any) -> str | None:
        return None if isinstance(value, (bool, float)) else codes.code(values.half_width(value))

    def _number(self, value: Any) -> str | None:
        share = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
        found = values.as_number(share[1] if share else value)
        if found is None:
            return None
        return numbers.number(found) + (" percent" if share else "")

    def _ordinal(self, value: Any) -> str | None:
        found = values.as_number(value)
        return None if found is None or found.negative or found.fraction else numbers.ordinal(found.whole)

    def _date(self, value: Any) -> str | None:
        moment = values.as_moment(value)
        return _figures(value) if moment is None else dates.date(moment, self._weekday)

    def _time(self, value: Any) -> str | None:
        clock = values.as_clock(value)
        return _figures(value) if clock is None else dates.time(clock)

    def _duration(self, value: Any) -> str | None:
        seconds = values.as_number(value)
        return None if seconds is None else dates.duration(seconds)

    def _money(self, value: Any) -> str | None:
        match = _SUM.fullmatch(values.half_width(value)) if isinstance(value, str) else None
        yuan = values.as_number(match[1] if match else value)
        return None if yuan is None else money.money(yuan)

    def _phone(self, value: Any) -> str | None:
        if isinstance(value, (bool, float)):
            return None
        return codes.phone(values.half_width(value)) or _figures(value)

    def _list(self, value: Any) -> str:
        return _enumeration([self.text(member) for member in values.as_texts(value)])


def _figures(value: Any) -> str | None:
    """A date, time or telephone number that does not exist, figure by figure; None for a span such as 8:30-12:00."""
    if values.is_span(value):
        return None
    return codes.code(values.half_width(value).replace(":", "-")) if isinstance(value, str) else None


def _enumeration(items: list[str]) -> str:
    items = [item.strip(_END_MARKS) for item in items]
    if len(items) <= 1:
        return "".join(items)
    places = enumerate(items, start=1)
    return "; ".join(f"{numbers.ordinal(place).capitalize()}, {item}" for place, item in places) + "."
