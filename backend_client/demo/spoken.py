"""Numbers and days as people say them, in the texts of the demo backend."""

from __future__ import annotations

from datetime import date

_DIGITS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_WEEKDAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期天"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def spoken_day(day: date, language: str) -> str:
    """Return a day as people say it: 十二月七号，星期一; Monday, December 7."""
    weekday = _WEEKDAYS[language][day.weekday()]
    if language == "zh":
        return f"{below_hundred(day.month)}月{below_hundred(day.day)}号，{weekday}"
    return f"{weekday}, {_MONTHS[day.month - 1]} {day.day}"


def below_hundred(number: int) -> str:
    """Return 1 to 99 in Chinese: 十二."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十") + _DIGITS[ones]
