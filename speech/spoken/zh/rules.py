"""Codes, telephone numbers, dates and times inside running Mandarin text.

Each rule is a pattern and what to say for it; `RULES` is their order, the most particular first. What a rule has
turned into words holds no digits any more, so later rules pass it by. Patterns see text as `cleaning.plain` leaves it:
half-width digits, letters and signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from speech.spoken import values
from speech.spoken.zh import dates, letters, numbers, phones, times

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_PAUSE = letters.PAUSE
_LABELS = (
    "编号|文号|单号|证号|案号|卡号|账号|帐号|户号|代码|工号|密码|验证码|受理号|办件号|查询码|流水号|凭证号|序列号|"
    "车牌号?|证件号码|身份证号码?|身份证|信用代码|回执号?|受理码|取件码|申请号|登记号|许可证号"
)
_PHONE_LABELS = (
    "电话号码|电话|手机号码?|手机|座机|热线|传真|致电|拨打|来电|客服|总机|值班|咨询|投诉|举报|联系方式|请拨|拨"
)
_CLOCK = r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\d:%])"
_PART_OF_DAY = "|".join(times.PARTS_OF_DAY)
_EARLIER = rf"({_PART_OF_DAY})?\s*"
_RANGE = r"\s*(?:[-~–—]+|到|至)\s*"
_YEAR = r"(?:19|20)\d{2}"
_NAMES_ON_THE_WEB = {"www": "三个W", "com": "com", "gov": "gov", "org": "org", "net": "net", "edu": "edu"}
_SIGNS_ON_THE_WEB = {"-": "杠", "_": "下划线", "+": "加", "%": "百分号"}


def _email(match: re.Match[str]) -> str:
    return f"{_PAUSE}{_web_name(match[1])}艾特{_web_name(match[2])}{_PAUSE}"


def _address_on_the_web(match: re.Match[str]) -> str:
    """Only the host is said: nobody takes down a path by ear."""
    return f"{_PAUSE}{_web_name(match[1])}{_PAUSE}"


def _web_name(name: str) -> str:
    labels = name.split(".")
    return "点".join(_NAMES_ON_THE_WEB.get(label.lower()) or _web_label(label) for label in labels)


def _web_label(label: str) -> str:
    return " ".join(_web_character(char) for char in label)


def _web_character(char: str) -> str:
    return char.upper() if char.isalpha() else _SIGNS_ON_THE_WEB.get(char) or letters.code_digits(char)


def _code(match: re.Match[str]) -> str:
    return f"{match[1]}{_PAUSE}{letters.code(match[2]) or match[2]}{_PAUSE}"


def _bare_code(match: re.Match[str]) -> str:
    return f"{_PAUSE}{letters.code(match[0]) or match[0]}{_PAUSE}"


def _labelled_phone(match: re.Match[str]) -> str:
    return f"{match[1]}{_PAUSE}{phones.phone(match[2]) or match[2]}{_PAUSE}"


def _bare_phone(match: re.Match[str]) -> str:
    return f"{_PAUSE}{phones.phone(match[0]) or match[0]}{_PAUSE}"


def _document(match: re.Match[str]) -> str:
    """国办发〔2026〕5号: year, number."""
    return f"{_PAUSE}{numbers.digit_by_digit(match[1])}{_PAUSE}{match[2] or ''}{numbers.cardinal(int(match[3]))}号"


def _date(match: re.Match[str]) -> str:
    moment = values.as_moment(match[0])
    if moment is None:
        return match[0]
    return dates.date(moment).removesuffix("日") + "号" if match[0].endswith("号") else dates.date(moment)


def _years(match: re.Match[str]) -> str:
    return f"{numbers.digit_by_digit(match[1])}到{numbers.digit_by_digit(match[2])}{match[3]}"


def _year(match: re.Match[str]) -> str:
    return numbers.digit_by_digit(match[0])


def _clock_range(match: re.Match[str]) -> str:
    part = match[1] or ""
    first, last = _clock_at(match, 2), _clock_at(match, 5)
    if first is None or last is None:
        return match[0]
    # 上午九点到十一点: the part of the day is said once; 晚上8:00-10:00 is the author's own twelve-hour clock.
    of_first, of_last = times.part_of_day(first), times.part_of_day(last)
    say_again = last.hour > 12 and of_last != part if part else of_first != of_last
    return (
        part
        + times.time(first, with_part_of_day=not part, sharp=False)
        + "到"
        + times.time(last, with_part_of_day=say_again, sharp=False)
    )


def _single_clock(match: re.Match[str]) -> str:
    found = _clock_at(match, 2)
    if found is None:
        return match[0]
    part = match[1] or ""
    return part + times.time(found, with_part_of_day=not part, sharp=False)


def _clock_at(match: re.Match[str], group: int) -> values.Clock | None:
    return values.clock(int(match[group]), int(match[group + 1]), int(match[group + 2] or 0))


def _hour_and_minute(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[3])
    hour_word = numbers.counted(hour) if match[2] == "点" else numbers.cardinal(hour)
    return f"{hour_word}{match[2]}{'零' if 0 < minute < 10 else ''}{numbers.cardinal(minute)}分"


def _room(match: re.Match[str]) -> str:
    return "杠".join(map(letters.code_digits, match[0].split("-")))


RULES: tuple[Rule, ...] = (
    (values.TIMESTAMP, _date),
    (re.compile(r"(?<![\w.])([\w.+%-]{1,64})@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", re.ASCII), _email),
    (
        re.compile(r"\bhttps?://([A-Za-z0-9.-]{1,253})(?::\d+)?(?:/[!-~]*)?", re.ASCII | re.IGNORECASE),
        _address_on_the_web,
    ),
    (
        re.compile(r"(?<![\w.])(www(?:\.[A-Za-z0-9-]{1,63}){1,8})(?:/[!-~]*)?", re.ASCII | re.IGNORECASE),
        _address_on_the_web,
    ),
    (re.compile(rf"[〔\[(【]({_YEAR})[〕\])】]\s*(第)?(\d{{1,5}})号"), _document),
    (re.compile(rf"({_LABELS})\s*[:：为是]?\s*((?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9-]{{3,}})(?![A-Za-z0-9])"), _code),
    (
        re.compile(
            rf"({_PHONE_LABELS})\s*[:：为是]?\s*"
            r"((?:\+?86[- ]?)?\(?\d[\d()-]{1,18}\d(?:\s*转\s*\d{1,6})?(?:[/、]\d[\d-]{4,14}\d)*)"
            r"(?![\d:.%年月日号点个元件人天项位份张次名岁])"
        ),
        _labelled_phone,
    ),
    (re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])"), _bare_code),
    (re.compile(r"(?<![\d.-])(?:\+?86[- ]?)?1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})(?!\d|\.\d)"), _bare_phone),
    (re.compile(r"(?<![\d.-])\(?0\d{2,3}(?:\)|[- ])\s?\d{7,8}(?:\s*转\s*\d{1,6}|-\d{1,5})?(?!\d)"), _bare_phone),
    (re.compile(r"(?<![\d.-])[48]00-?\d{3,4}-?\d{3,4}(?![\d万亿元人])"), _bare_phone),
    (re.compile(rf"(?<!\d)({_YEAR})年?{_RANGE}({_YEAR})(年)"), _years),
    (re.compile(rf"(?<!\d)({_YEAR})(?:学年)?(?:{_RANGE}|/)({_YEAR})(学年)"), _years),
    (re.compile(r"(?<![\d.])\d{4}年\d{1,2}月\d{1,2}(?:日|号)?(?!\d)"), _date),
    (re.compile(r"(?<![\d.])\d{4}年\d{1,2}月"), _date),
    (re.compile(r"(?<![\d./-])\d{4}([-/.])\d{1,2}\1\d{1,2}(?![\d./-])(?!号)"), _date),
    (re.compile(r"(?<![A-Za-z\d.])\d+(?:-\d+){2,}(?![\d.])"), _bare_code),
    (re.compile(r"(?<!\d)\d{1,2}月\d{1,2}[日号]"), _date),
    (re.compile(r"(?<=[年月日号])\s*[-~–—]+\s*(?=[一二三四五六七八九十])"), lambda m: "到"),
    (re.compile(r"(?<!\d)[05-9]0(?=后(?!天))"), lambda m: numbers.digit_by_digit(m[0])),
    (re.compile(rf"(?<![\d.]){_YEAR}(?=学?年(?!龄|限)|级|届|版)"), _year),
    (re.compile(_EARLIER + _CLOCK + _RANGE + _CLOCK), _clock_range),
    (re.compile(r"(?<!比)(?<!比例)(?<!比值)(?<!比例为)(?<!比例是)" + _EARLIER + _CLOCK + "(?!的?比)"), _single_clock),
    (re.compile(r"(?<!\d)(\d{1,2})([点时])(\d{1,2})分(?!之|钟)"), _hour_and_minute),
    (re.compile(r"(?<![\d.])\d{1,4}(?:-\d{1,4})*-\d{3,4}(?=室|房|号房)|(?<![\d.-])\d{3,4}(?=室|房间|号房)"), _room),
    (
        re.compile(r"(?<![\d.])\d{3}(?=国道|省道|县道|乡道)|(?<=[GSXY])\d{3}(?=国道|省道|县道|线)"),
        lambda m: letters.code_digits(m[0]),
    ),
    (re.compile(r"(?<![A-Za-z0-9.])(?=[A-Z0-9]*\d{4})(?=[0-9]*[A-Z])[A-Z0-9]{8,}(?![A-Za-z0-9])"), _bare_code),
)


def apply(text: str) -> str:
    """All rules in their order."""
    for pattern, spoken in RULES:
        text = pattern.sub(spoken, text)
    return text
