"""Running English text as it is said."""

from __future__ import annotations

import re

from speech.spoken import cleaning, grouping, values
from speech.spoken.en import codes, dates, numbers

_NUMBER = r"\d+(?:\.\d+)?"
_WEB = re.compile(
    r"\b(?:https?://)?((?:www\.)?[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}\.(?:com|cn|org|net|gov|edu))\b(?:/[!-~]*)?"
)
_EMAIL = re.compile(r"(?<![\w.])([\w.+-]{1,64})@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", re.ASCII)
_KEY = re.compile(r"(?:the\s+)?([*#])(?:\s+(?:key|sign))?", re.IGNORECASE)
_KEYS = {"*": "the star key", "#": "the pound key"}
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d|,\d)")
_ISO_DATE = re.compile(r"(?<![\d./-])\d{4}([-/.])\d{1,2}\1\d{1,2}(?![\d./-])")
_MONTH_NAMES = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH_DAY = re.compile(rf"\b({_MONTH_NAMES})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+({_MONTH_NAMES})\b")
_CLOCK = re.compile(
    r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\d:%])(?:\s*([ap])\.?m\b\.?)?", re.IGNORECASE
)
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_SHORT_DAY = re.compile(r"\b(Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)\b")
_DAY_NAMES = {day[:3]: day for day in _DAYS.split("|")}
_DAY_RANGE = re.compile(rf"\b({_DAYS})\s*[-–—~]+\s*({_DAYS})\b")
_RANGE = re.compile(r"(?<=[\d%m.])\s*[-–—~]+\s*(?=\d)|(?<=\d)\s*[-–—~]+\s*(?=\d)")
_PHONE = re.compile(r"(?<![\d.-])(?:1[3-9]\d{9}|0\d{2,3}[- ]\d{7,8}|[48]00-?\d{3,4}-?\d{3,4})(?!\d|\.\d)")
_IDENTITY = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")
_ORDINAL = re.compile(r"\b(\d{1,6})(?:st|nd|rd|th)\b")
_CURRENCY = re.compile(rf"(?:RMB|CNY|[¥￥])\s*({_NUMBER})(?:\s*yuan)?")
_DOLLARS = re.compile(rf"\$\s*({_NUMBER})")
_YEAR = re.compile(r"(?<=\bin )(?:19|20)\d{2}\b|(?<=, )(?:19|20)\d{2}\b")
_SHARE = re.compile(rf"({_NUMBER})\s*%")
_MINUS = re.compile(r"(?<![\w)])-(?=\d)")
_ANY = re.compile(rf"(?<![\d.]){_NUMBER}")
_CALL = re.compile(r"\b(?:call|dial|hotline|phone|ring|number)\s+$", re.IGNORECASE)
_HOTLINE = re.compile(r"\s+(?:hotline|helpline)", re.IGNORECASE)
#: So many characters around a number are enough for these words.
_NEAR = 20
_SAID = str.maketrans(
    {
        "&": " and ",
        "@": " at ",
        "+": " plus ",
        "=": " equals ",
        "%": " percent",
        "°": " degrees",
        "~": ", ",
        "/": ", ",
        "(": ", ",
        ")": ", ",
        "[": ", ",
        "]": ", ",
        "|": ", ",
        "–": ", ",
        "—": ", ",
        "\n": "; ",
        "_": " ",
        "’": "'",
        "，": ", ",
        "、": ", ",
        "。": ". ",
        "；": "; ",
        "：": ": ",
        "？": "? ",
        "！": "! ",
    }
)
_UNSAID = re.compile(r"[^A-Za-z\u4e00-\u9fffÀ-ɏ,.;:?!' -]+")
_PAUSES = re.compile(r"(?<![ap]\.m)\s*[,.;:?!](?:\s*[,.;:?!])+")
_BY_STRENGTH = "?!.;:,"


def spoken_text(text: str) -> str:
    """Running text in words and pauses; it holds letters, blanks, apostrophes, hyphens and the marks ,.;:?!"""
    text = cleaning.plain(text)
    text = _EMAIL.sub(lambda match: f", {_web_name(match[1])} at {_web_name(match[2])}, ", text)
    text = _WEB.sub(lambda match: f", {_web_name(match[1])}, ", text)
    text = _KEY.sub(lambda match: _KEYS[match[1]], text)
    text = grouping.ENDLESS.sub(lambda match: f", {codes.code(match[0])}, ", text)
    text = _codes(text)
    text = _dates_and_times(text)
    text = _amounts(text)
    return _tidy(_UNSAID.sub(" ", text.translate(_SAID)))


def _codes(text: str) -> str:
    text = _IDENTITY.sub(lambda match: f", {codes.code(match[0])}, ", text)
    return _PHONE.sub(lambda match: f", {codes.phone(match[0]) or match[0]}, ", text)


def _dates_and_times(text: str) -> str:
    text = values.TIMESTAMP.sub(_iso_date, text)
    text = _ISO_DATE.sub(_iso_date, text)
    text = _MONTH_DAY.sub(lambda match: f"{match[1]} {numbers.ordinal(int(match[2]))}", text)
    text = _DAY_MONTH.sub(lambda match: f"{match[2]} {numbers.ordinal(int(match[1]))}", text)
    text = _YEAR.sub(lambda match: dates.year(int(match[0])), text)
    text = _SHORT_DAY.sub(lambda match: _DAY_NAMES[match[1][:3]], text)
    text = _DAY_RANGE.sub(r"\1 to \2", text)
    text = _RANGE.sub(" to ", text)
    return _CLOCK.sub(_clock, text)


def _iso_date(match: re.Match[str]) -> str:
    moment = values.as_moment(match[0])
    return dates.date(moment) if moment is not None else match[0]


def _clock(match: re.Match[str]) -> str:
    hour = int(match[1])
    if match[4] and hour <= 12:
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    clock = values.clock(hour, int(match[2]), int(match[3] or 0))
    return dates.time(clock) if clock is not None else match[0]


def _amounts(text: str) -> str:
    text = _THOUSANDS.sub(lambda match: numbers.cardinal(int(match[0].replace(",", ""))), text)
    text = _ORDINAL.sub(lambda match: numbers.ordinal(int(match[1])), text)
    text = _CURRENCY.sub(r"\1 yuan", text)
    text = _DOLLARS.sub(r"\1 dollars", text)
    text = _SHARE.sub(r"\1 percent", text)
    text = _MINUS.sub("minus ", text)
    return _ANY.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    digits = match[0]
    value = values.as_number(digits)
    # Digits that touch letters must not melt into them: A4 is A four.
    before = " " if match.string[max(0, match.start() - 1) : match.start()].isalpha() else ""
    behind = " " if match.string[match.end() : match.end() + 1].isalpha() else ""
    is_code = "." not in digits and (len(digits) >= 7 or (len(digits) > 1 and digits.startswith("0")))
    if value is None or is_code or _is_hotline(match):
        groups = grouping.digit_groups(digits.replace(".", ""))
        return before + ", ".join(map(numbers.digit_by_digit, groups)) + behind
    return before + numbers.number(value) + behind


def _is_hotline(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - _NEAR) : match.start()]
    following = match.string[match.end() : match.end() + _NEAR]
    return bool(_CALL.search(before) or _HOTLINE.match(following))


def _web_name(name: str) -> str:
    return " dot ".join(_web_label(label) for label in name.split("."))


def _web_label(label: str) -> str:
    if label.lower() == "www":
        return "W W W"
    if label.isalpha() and (len(label) > 3 or label.lower() in ("com", "gov", "org", "net", "edu")):
        return label
    return " ".join(
        numbers.digit_by_digit(char) if char.isdigit() else _SIGNS.get(char, char.upper()) for char in label
    )


_SIGNS = {"-": "dash", "_": "underscore", "+": "plus"}


def _tidy(text: str) -> str:
    text = _PAUSES.sub(lambda match: min(re.sub(r"\s", "", match[0]), key=_BY_STRENGTH.index), text)
    return re.sub(r"\s+([,.;:?!])", r"\1", re.sub(r"\s{2,}", " ", text)).strip()
