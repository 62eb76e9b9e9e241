"""Numbers in Mandarin: 两 or 二, where 零 stands, and 万 and 亿 without end.

两 stands for a lone 2 before 千, 万, 亿 and before what is counted (两件, 两点, 两元); 二 stands everywhere else
(二百, 二十, 十二, 第二, 三点二).
"""

from __future__ import annotations

from speech.spoken.values import Number

DIGITS = "零一二三四五六七八九"
_SECTION_UNITS = ((1000, "千"), (100, "百"), (10, "十"))
_TEN_THOUSAND = 10_000
_HUNDRED_MILLION = 100_000_000

#: What can be counted; longer words that begin with one of these are found by it.
_MEASURES = (
    *"个件项条位次天年周元块角毛张份本名家人户套间种类批笔封把支只头匹台辆架艘座所处段步遍趟回顿场页句字门岁倍米里",
    *"千万亿吨克斤亩升度秒刻点辈对双副束颗粒瓶箱袋包桶碗盒盏幅样厘毫分两",
    *("公里", "公斤", "公顷", "公升", "平方", "平米", "立方", "小时", "摄氏度", "层楼", "日内", "日之内", "工作日"),
    *("美元", "欧元", "英镑"),
)
#: They begin like a measure word, but 2 before them is a place in an order or a name: 二年级, 二点零版.
_PLACES = ("年级", "两", "分之", "类")


def cardinal(whole: int) -> str:
    """A whole number, not negative, of any size: 零, 十二, 一百零五, 两万零三十, 一万亿."""
    return DIGITS[0] if whole == 0 else _spoken(whole, first=True)


def integer(whole: int) -> str:
    """A whole number with its sign."""
    return "负" + cardinal(-whole) if whole < 0 else cardinal(whole)


def number(value: Number) -> str:
    """Any decimal number: 负三点一四."""
    spoken = cardinal(value.whole)
    if value.fraction:
        spoken += "点" + digit_by_digit(value.fraction)
    return "负" + spoken if value.negative else spoken


def counted(whole: int) -> str:
    """A whole number before what it counts: two is 两."""
    return "两" if whole == 2 else cardinal(whole)


def is_counted_by(following: str) -> bool:
    """Whether the text behind a number counts something, so that a lone 2 before it is 两."""
    return following.startswith(_MEASURES) and not following.startswith(_PLACES)


def ordinal(whole: int) -> str:
    """A place in an order: 第二."""
    return "第" + cardinal(whole)


def digit_by_digit(digits: str) -> str:
    """Each digit by its name, one as 一: years and decimals."""
    return "".join(DIGITS[int(digit)] for digit in digits)


def _spoken(whole: int, first: bool) -> str:
    """A number above zero. `first` is True where nothing stands before it, so that 10 is 十 and not 一十."""
    for unit, name in ((_HUNDRED_MILLION, "亿"), (_TEN_THOUSAND, "万")):
        if whole >= unit:
            high, low = divmod(whole, unit)
            head = ("两" if high == 2 else _spoken(high, first)) + name
            return head + _tail(low, is_short=low < unit // 10)
    return _section(whole, first)


def _section(whole: int, first: bool) -> str:
    """A number from 1 to 9999."""
    for unit, name in _SECTION_UNITS:
        if whole >= unit:
            high, low = divmod(whole, unit)
            if unit == 10 and high == 1 and first:
                head = name
            else:
                head = ("两" if high == 2 and unit == 1000 else DIGITS[high]) + name
            return head + _tail(low, is_short=low < unit // 10)
    return DIGITS[whole]


def _tail(low: int, is_short: bool) -> str:
    """What follows a unit: nothing for zero, and 零 first when the next place is empty."""
    if low == 0:
        return ""
    return ("零" if is_short else "") + _spoken(low, first=False)
