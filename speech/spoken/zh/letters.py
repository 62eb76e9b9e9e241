"""Latin letters, digits and marks one by one, as they are read out from papers and number plates."""

from __future__ import annotations

import re

from speech.spoken import grouping

#: One is 幺 (yāo) in numbers read digit by digit, so that it is not taken for 七 on a bad line.
CODE_DIGITS = "零幺二三四五六七八九"
PAUSE = "，"
_MARKS = {"*": "星号", "#": "井号"}


def code_digits(digits: str) -> str:
    """Digits of a code, one as 幺."""
    return "".join(CODE_DIGITS[int(digit)] for digit in digits)


def code(text: str) -> str | None:
    """A code in groups with pauses, 二零二六，零零零幺; None when it cannot be spelled.

    The X that ends an identity number is 叉, as clerks and callers say it: the letter's English name is often taken
    for 八 or not understood at all.
    """
    groups = grouping.code_groups(text)
    if not groups:
        return None
    if groups == ["1"]:
        return "一"  # 幺 is for digits among others
    if grouping.is_identity_number(text):
        groups[-1:] = [
            code_digits(groups[-1][:-1]) + ("叉" if groups[-1][-1] == "X" else CODE_DIGITS[int(groups[-1][-1])])
        ]
        return PAUSE.join([*map(code_digits, groups[:-1]), groups[-1]])
    return PAUSE.join(_run(group) for group in groups)


def spelled(letters: str) -> str:
    """Letters apart, in capitals: voices read each by its name."""
    return " ".join(letters.upper())


def _run(group: str) -> str:
    return re.sub(r" *(?<=[^A-Z]) +| +(?=[^A-Z ])", "", " ".join(map(_character, group.upper())))


def _character(char: str) -> str:
    return CODE_DIGITS[int(char)] if char in "0123456789" else _MARKS.get(char, char)
