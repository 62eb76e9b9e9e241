"""Days that were said: 三月五号, 二零二六年一月三十日, 明天, 下周三, `March the fifth`, 삼월 오일."""

from __future__ import annotations

import datetime
import re

from speech.matching.numbers import amount, digits_in

_RELATIVE = {"大前天": -3, "前天": -2, "昨天": -1, "今天": 0, "明天": 1, "后天": 2, "後天": 2, "大后天": 3, "大後天": 3}
_RELATIVE_ENGLISH = {"yesterday": -1, "today": 0, "tomorrow": 1}
_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2, "後年": 2, "大后年": 3, "大後年": 3}
#: Years to come that a year of two figures may mean; beyond, it is of the century before: 六零年 is 1960.
_MOST_YEARS_AHEAD = 5
#: Days of the lunar calendar, which are not looked up here: to ask again is better than another day.
_LUNAR = re.compile("[农農阴陰旧舊老古][历曆]|[正腊臘冬]月|[闰閏廿]|初[一二三四五六七八九十]|除夕")
_NUMBER = r"[零〇一二两三四五六七八九十\d]+"
_DAY = re.compile(
    rf"(?:(?P<year>[零〇一二两三四五六七八九十百千\d]+年|{'|'.join(_YEARS)}))?(?P<month>{_NUMBER})月份?(?P<day>{_NUMBER})[号日號]?"
)
_WEEKDAY = re.compile(r"(?P<which>[这这個个下上]*)(?:周|星期|礼拜|禮拜|週)(?P<day>[一二三四五六日天])")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_KOREAN = re.compile(r"(?P<month>[일이삼사오육유칠팔구시십\d]+)월\s*(?P<day>[일이삼사오육칠팔구십\d]+?)일")
_KOREAN_DIGITS = str.maketrans("일이삼사오육유칠팔구시십", "一二三四五六六七八九十十")


def dates_in(text: str, language: str, today: datetime.date) -> list[str]:
    """The days that a text may mean as `YYYYMMDD`, likeliest first; empty if it names none.

    Without a year, the year in which the day is nearest to `today` comes first.
    """
    code = language.partition("-")[0]
    finders = {"zh": _mandarin, "en": _english, "ko": _korean}
    found = finders[code](text, today) if code in finders else []
    return [day.strftime("%Y%m%d") for day in dict.fromkeys(found)]


def _mandarin(text: str, today: datetime.date) -> list[datetime.date]:
    plain = re.sub(r"[\s，。,.、？！]+", "", text)
    for word in sorted(_RELATIVE, key=len, reverse=True):
        if word in plain:
            return [today + datetime.timedelta(days=_RELATIVE[word])]
    if _LUNAR.search(plain):
        return []
    if match := _DAY.search(plain):
        month, day = amount(match["month"]), amount(match["day"])
        return _on(today, match["year"] or "", month or 0, day or 0)
    if match := _WEEKDAY.search(plain):
        weeks = match["which"].count("下") - match["which"].count("上")
        monday = today - datetime.timedelta(days=today.weekday())
        weekday = "一二三四五六日天".index(match["day"])
        return [monday + datetime.timedelta(days=min(weekday, 6) + 7 * weeks)]
    return _from_figures(digits_in(text, "zh"))


def _english(text: str, today: datetime.date) -> list[datetime.date]:
    words = re.sub(r"[^a-z0-9]+", " ", text.lower()).split()
    for word in words:
        if word in _RELATIVE_ENGLISH:
            return [today + datetime.timedelta(days=_RELATIVE_ENGLISH[word])]
    month = next((_MONTHS.index(word) + 1 for word in words if word in _MONTHS), 0)
    numbers = [int(match[1]) for word in words if (match := re.fullmatch(r"(\d+)(?:st|nd|rd|th)?", word))]
    day = next((number for number in numbers if number <= 31), 0)
    year = next((str(number) for number in numbers if number > 1900), "")
    if not day:
        tens = 20 if "twenty" in words else 30 if "thirty" in words else 0
        day = next((tens + _ORDINALS.index(word) + 1 for word in words if word in _ORDINALS), 0)
        day = day or (30 if "thirtieth" in words else 0)
    return _on(today, year, month, day)


def _korean(text: str, today: datetime.date) -> list[datetime.date]:
    match = _KOREAN.search(text)
    if match is None:
        return []
    month, day = (amount(match[name].translate(_KOREAN_DIGITS)) for name in ("month", "day"))
    return _on(today, "", month or 0, day or 0)


def _on(today: datetime.date, year: str, month: int, day: int) -> list[datetime.date]:
    if year in _YEARS:
        return _possible(today.year + _YEARS[year], month, day)
    if year:
        said = _year(digits_in(year.removesuffix("年").replace("千零零", "千零"), "zh"), today)
        return _possible(said, month, day) if said else []
    near = [one for other in (-1, 0, 1) for one in _possible(today.year + other, month, day)]
    return sorted(near, key=lambda one: abs((one - today).days))[:2]


def _year(figures: str, today: datetime.date) -> int:
    """The year of two or four figures; 0 for none."""
    if len(figures) != 2:
        return int(figures) if len(figures) == 4 and figures.isdigit() else 0
    year = today.year // 100 * 100 + int(figures)
    return year if year <= today.year + _MOST_YEARS_AHEAD else year - 100


def _possible(year: int, month: int, day: int) -> list[datetime.date]:
    try:
        return [datetime.date(year, month, day)]
    except ValueError:
        return []


def _from_figures(figures: str) -> list[datetime.date]:
    """Eight figures said one by one, as they are typed."""
    if len(figures) != 8:
        return []
    return _possible(int(figures[:4]), int(figures[4:6]), int(figures[6:]))
