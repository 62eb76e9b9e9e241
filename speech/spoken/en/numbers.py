"""Numbers in English: one hundred and five, minus three point one four, twenty-first."""

from __future__ import annotations

from speech.spoken.values import Number

_UNDER_TWENTY = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion")
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(whole: int) -> str:
    """A whole number, not negative, below 10 to the 24."""
    if whole == 0:
        return _UNDER_TWENTY[0]
    groups: list[str] = []
    rest = whole
    for scale in _SCALES:
        rest, group = divmod(rest, 1000)
        if group:
            groups.insert(0, f"{_under_thousand(group)} {scale}".strip())
    # Two thousand and five: the last group takes "and" when it has no hundreds of its own.
    if len(groups) > 1 and 0 < whole % 1000 < 100:
        groups[-1] = f"and {groups[-1]}"
    return " ".join(groups)


def number(value: Number) -> str:
    """Any decimal number."""
    spoken = cardinal(value.whole)
    if value.fraction:
        spoken += f" point {digit_by_digit(value.fraction)}"
    return f"minus {spoken}" if value.negative else spoken


def ordinal(whole: int) -> str:
    """A place in an order."""
    spoken = cardinal(whole)
    start = max(spoken.rfind(" "), spoken.rfind("-")) + 1
    head, last = spoken[:start], spoken[start:]
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def digit_by_digit(digits: str) -> str:
    """Each digit by its name, blanks between."""
    return " ".join(_UNDER_TWENTY[int(digit)] for digit in digits)


def _under_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    parts = [f"{_UNDER_TWENTY[hundreds]} hundred"] if hundreds else []
    if rest:
        parts.append(_under_hundred(rest))
    return " and ".join(parts)


def _under_hundred(value: int) -> str:
    if value < 20:
        return _UNDER_TWENTY[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens - 2] + (f"-{_UNDER_TWENTY[ones]}" if ones else "")
