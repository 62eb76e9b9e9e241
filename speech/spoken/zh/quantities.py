"""Numbers that stay in running Mandarin text after codes, dates and times: amounts, ranges, shares, sums, units."""

from __future__ import annotations

import re

from speech.spoken import grouping
from speech.spoken.values import Number, as_number
from speech.spoken.zh import letters, money, numbers

_NUMBER = r"\d+(?:\.\d+)?"
_LONGEST_AMOUNT = 16
_NEAR = 40
_UNITS = {
    "km/h": "公里每小时",
    "km2": "平方公里",
    "km": "公里",
    "m2": "平方米",
    "m3": "立方米",
    "mm": "毫米",
    "cm": "厘米",
    "kWh": "度",
    "kW": "千瓦",
    "kV": "千伏",
    "KV": "千伏",
    "KW": "千瓦",
    "kg": "公斤",
    "KG": "公斤",
    "Kg": "公斤",
    "mg": "毫克",
    "ml": "毫升",
    "mL": "毫升",
    "hm2": "公顷",
    "GB": "G",
    "MB": "兆",
    "KB": "K",
    "Mbps": "兆",
    "dB": "分贝",
    "°C": "摄氏度",
    "min": "分钟",
    "h": "小时",
    "m": "米",
    "g": "克",
    "t": "吨",
    "L": "升",
    "W": "瓦",
    "V": "伏",
}
_UNIT = re.compile(
    rf"(?<=[\d万亿])\s*({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?![A-Za-z0-9])"
)
_PER = (
    "平方米|立方米|平米|公里|公斤|小时|分钟|工作日|个月|人次|学期|学年|户|人|年|月|周|天|日|次|本|份|张|件|项|亩|度|吨|斤|米|"
    "升|辆|车|页|套|个|台|门|科|棵|株|头|只|晚|位|条|间|瓶|袋|证|期|户次|床"
)
_PRICED = "[万亿]?(?:[元角分个件张份次天度吨升斤米]|公斤|公里|小时|人次?)"
#: The lower end of a range in front of a price: 150- in 150-200元/亩.
_FROM = rf"{_NUMBER}(?:{_PRICED}|[万亿])?\s*(?:[-~–—]+|至|到)\s*"
_PRICE = re.compile(rf"((?:{_FROM})?{_NUMBER})({_PRICED})/({_PER})(?:[·/]({_PER}))?(?![\u4e00-\u9fff]*/)")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d|,\d)(?!\.\d{1,2}元)(?:\.\d+)?")
_THOUSANDS_OF_YUAN = re.compile(r"(?<=\d),(?=\d{3}(?:,\d{3})*\.\d{1,2}元)")
_THOUSANDS_OF_PRICE = re.compile(
    rf"(?<=\d),(?=\d{{3}}(?!\d)[\d,.]*(?:(?:{_PRICED}|[万亿])?\s*(?:[-~–—]+|至|到)\s*\d[\d,.]*)?{_PRICED}/)"
)
_CURRENCIES = {"¥": "元", "￥": "元", "RMB": "元", "CNY": "元", "$": "美元", "USD": "美元", "€": "欧元", "£": "英镑"}
_CURRENCY = re.compile(rf"(RMB|CNY|USD|[¥￥$€£])\s*({_NUMBER})([万亿]?)(?:美元|欧元|英镑|元)?")
_SHARES = {"%": "百分之", "‰": "千分之"}
_SHARE = re.compile(rf"(?:(?<![\w)])([-+]))?({_NUMBER})\s*([%‰])")
_SHARE_RANGE = re.compile(r"(?<=[%‰])\s*[-~–—]+\s*(?=\d)")
_RANGE = re.compile(
    r"(?<=\d)\s*[-~–—]+\s*(?=\d)|(?<=[\d万亿元角岁天日月年级点分秒米吨斤亩户人个度位层楼号半整])\s*[-~–—]+\s*(?=\d)"
)
_WEEKDAY_RANGE = re.compile(r"((?:周|星期|礼拜)[一二三四五六日天])\s*[-~–—]+\s*((?:周|星期|礼拜)[一二三四五六日天])")
_FRACTION = re.compile(r"(?<![\d/.])(\d{1,3})/(\d{1,3})(?![\d/])")
_RATIO = re.compile(rf"(?<![\d:.])({_NUMBER}):({_NUMBER})(?![\d:])")
_COUNTED_VERSION = re.compile(r"(?<![\d.])\d+(?:\.\d+){2,}(?![\d.])")
_BELOW_ZERO = re.compile(rf"(?<![\dA-Za-z)])-\s*({_NUMBER})(?=\s*(?:°|摄氏度|度))")
_MINUS = re.compile(r"(?<![\w)\u4e00-\u9fff])-\s*(?=\d)|(?<=[为是到至:：])-(?=\d)")
#: Not the upper end of a range: 6.5-7.2元 is 六点五到七点二元.
_YUAN = re.compile(r"(?<!\d[到至])(?<![\d.])(\d+\.\d{1,2})元")
_NUMBERED = re.compile(r"(?i)\bno\s*[.:]?\s*(?=\d)")
_BEHIND_LETTERS = re.compile(r"(?<=[A-Za-z])(\d+)")
_EMERGENCY = re.compile(r"(?<![\d.第])(?:110|119|120|122|114)(?!\d|\.\d)")
_ANY = re.compile(rf"(?<![\d.])({_NUMBER})(?![\d])")
_ANOTHER_NUMBER = re.compile(rf"\s*(?:到|至|或者?|、)\s*{_NUMBER}(?!\d)")
_UPPER_END = re.compile(rf"^\s*[到至]\s*{_NUMBER}(?!\d)")
#: Behind a long number these say that it is an amount and not a code.
_AMOUNT_FOLLOWS = re.compile(r"\s*(?:[万亿余多几来十百千]|左右|以上|以下|以内|人|户|元|平|立|公|千|毫|美|欧|英|摄)")


def apply(text: str) -> str:
    """All numbers of the text in words."""
    text = _THOUSANDS_OF_PRICE.sub("", text)
    text = _THOUSANDS.sub(lambda m: _decimal(m[0]), text)
    text = _THOUSANDS_OF_YUAN.sub("", text)
    text = _NUMBERED.sub("第", text)
    text = _CURRENCY.sub(lambda m: m[2] + m[3] + _CURRENCIES[m[1]], text)
    text = _UNIT.sub(lambda m: _UNITS[m[1]], text)
    text = _PRICE.sub(_price, text)
    text = _COUNTED_VERSION.sub(lambda m: "点".join(map(letters.code_digits, m[0].split("."))), text)
    text = _SHARE_RANGE.sub("到", text)
    text = _SHARE.sub(_share, text)
    text = _WEEKDAY_RANGE.sub(r"\1到\2", text)
    text = _BELOW_ZERO.sub(r"零下\1", text)
    text = _RANGE.sub("到", text)
    text = _MINUS.sub("负", text)
    text = _YUAN.sub(_sum, text)
    text = _FRACTION.sub(lambda m: f"{numbers.cardinal(int(m[2]))}分之{numbers.cardinal(int(m[1]))}", text)
    text = _RATIO.sub(lambda m: f"{_decimal(m[1])}比{_decimal(m[2])}", text)
    text = _BEHIND_LETTERS.sub(_behind_letters, text)
    text = _EMERGENCY.sub(_emergency, text)
    return _ANY.sub(_amount, text)


def _decimal(digits: str) -> str:
    value = as_number(digits)
    return numbers.number(value) if value is not None else letters.code(digits) or digits


def _share(match: re.Match[str]) -> str:
    sign = {"-": "负", "+": "正"}.get(match[1] or "", "")
    return sign + _SHARES[match[3]] + _decimal(match[2])


def _price(match: re.Match[str]) -> str:
    """20元/本 is 每本二十元, 10-20元/本 is 每本十到二十元."""
    second = f"每{match[4]}" if match[4] else ""
    return f"每{match[3]}{second}{match[1]}{match[2]}"


def _sum(match: re.Match[str]) -> str:
    value = as_number(match[1])
    return money.money(value) if value is not None else match[0]


def _behind_letters(match: re.Match[str]) -> str:
    """A4 is A四; longer numbers behind letters are names, said digit by digit: ISO九零零一."""
    digits = match[1]
    return numbers.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else letters.code_digits(digits)


def _emergency(match: re.Match[str]) -> str:
    _, following = _around(match)
    is_amount = numbers.is_counted_by(following) or _AMOUNT_FOLLOWS.match(following) or _ANOTHER_NUMBER.match(following)
    return match[0] if is_amount else letters.code_digits(match[0])


def _amount(match: re.Match[str]) -> str:
    digits, before, following = match[1], *_around(match)
    value = as_number(digits)
    if value is None or _is_code(digits, before, following):
        return letters.PAUSE.join(map(letters.code_digits, grouping.digit_groups(digits.replace(".", ""))))
    counts = numbers.is_counted_by(_ANOTHER_NUMBER.sub("", following, count=1).lstrip())
    if value == Number(False, 2) and counts and not before.endswith(("第", "初", "十", "星期", "周")):
        return numbers.counted(2)
    return numbers.number(value)


def _around(match: re.Match[str]) -> tuple[str, str]:
    """A few characters before and behind a number: enough for every word that is looked for."""
    return match.string[max(0, match.start() - _NEAR) : match.start()], match.string[match.end() : match.end() + _NEAR]


def _is_code(digits: str, before: str, following: str) -> bool:
    """Whether digits are a name rather than an amount: they begin with zero, or are long and count nothing."""
    if "." in digits:
        return False
    if len(digits) > 1 and digits.startswith("0"):
        return True
    if len(digits) > _LONGEST_AMOUNT:
        return True
    following = _UPPER_END.sub("", following)
    counts = numbers.is_counted_by(following.lstrip()) or _AMOUNT_FOLLOWS.match(following)
    return len(digits) >= 5 and not counts and not before.endswith(("第", "负", "共", "计", "约", "达", "近", "超过"))
