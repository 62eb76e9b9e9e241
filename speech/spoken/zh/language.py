"""All ways of saying a value in Mandarin."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from speech.spoken import values
from speech.spoken.zh import dates, letters, lists, money, numbers, phones, text, times

_SHARE = re.compile(r"(.{0,99}\d)\s*([%‰])")
_SHARES = {"%": "百分之", "‰": "千分之"}
_SUM = re.compile(r"(?:[¥￥]|RMB|CNY)?\s*(.{0,99}\d)\s*(?:元整?)?", re.IGNORECASE)


class Mandarin:
    """Says JSON values in Mandarin. Every method is total: what a value is not, it is said as text.

    Args:
        weekday: whether complete dates are followed by their weekday.
    """

    def __init__(self, weekday: bool = False) -> None:
        self._weekday = weekday
        self._ways: dict[str, Callable[[Any, str], str | None]] = {
            "text": lambda value, following: None,
            "name": lambda value, following: None,
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
        """The value in words. `following` is the text behind it: 2 before 件 is 两. `now` is for moments: 昨天."""
        if isinstance(value, (list, tuple)) and say_as != "list":
            return self._list(value, following)
        if say_as == "moment":
            seen = values.as_seen_from(value, now)
            return self.say(value, "date") if seen is None else dates.seen(seen)
        return self._ways[say_as](value, following) or self.text(value)

    def text(self, value: Any) -> str:
        """Any value as running text."""
        if isinstance(value, bool):
            return "是" if value else "否"
        return text.spoken_text(values.as_text(value))

    def _code(self, value: Any, following: str) -> str | None:
        if isinstance(value, (bool, float)):
            return None
        return letters.code(values.half_width(value))

    def _number(self, value: Any, following: str) -> str | None:
        share = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
        found = values.as_number(share[1] if share else value)
        if found is None:
            return None
        if share:
            sign = "负" if found.negative else ""
            return sign + _SHARES[share[2]] + numbers.number(values.Number(False, found.whole, found.fraction))
        if found == values.Number(False, 2) and numbers.is_counted_by(following.lstrip()):
            return numbers.counted(2)
        return numbers.number(found)

    def _ordinal(self, value: Any, following: str) -> str | None:
        found = values.as_number(value)
        return None if found is None or found.negative or found.fraction else numbers.ordinal(found.whole)

    def _date(self, value: Any, following: str) -> str | None:
        moment = values.as_moment(value)
        return self._figures(value) if moment is None else dates.date(moment, self._weekday)

    def _time(self, value: Any, following: str) -> str | None:
        clock = values.as_clock(value)
        return self._figures(value) if clock is None else times.time(clock)

    def _duration(self, value: Any, following: str) -> str | None:
        seconds = values.as_number(value)
        return None if seconds is None else times.duration(seconds)

    def _money(self, value: Any, following: str) -> str | None:
        match = _SUM.fullmatch(values.half_width(value)) if isinstance(value, str) else None
        yuan = values.as_number(match[1] if match else value)
        return None if yuan is None else money.money(yuan)

    def _phone(self, value: Any, following: str) -> str | None:
        if isinstance(value, (bool, float)):
            return None
        return phones.phone(values.half_width(value)) or self._figures(value)

    def _figures(self, value: Any) -> str | None:
        """A date, time or telephone number that does not exist, figure by figure: the caller hears what was meant.

        None for a span such as 8:30-12:00, which running text says right.
        """
        if values.is_span(value):
            return None
        return letters.code(values.half_width(value).replace(":", "-")) if isinstance(value, str) else None

    def _list(self, value: Any, following: str) -> str:
        return lists.enumeration([self.text(member) for member in values.as_texts(value)])
