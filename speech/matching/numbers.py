"""Figures that were said: 二零二六, 幺三八, 双零, 三个八, 二十三, `one double two`, 공일이; at the end 叉 for X.

What cannot be read with certainty is no number: a caller who is asked again loses less than one whose number is wrong.
"""

from __future__ import annotations

import re

from pypinyin import lazy_pinyin

_ZH = {
    char: str(digit)
    for digit, chars in enumerate(("零〇洞", "一幺壹", "二两贰", "三叁", "四", "五", "六", "七", "八", "九"))
    for char in chars
}
_BY_SOUND = {
    "ling": "0",
    "yi": "1",
    "yao": "1",
    "er": "2",
    "liang": "2",
    "san": "3",
    "si": "4",
    "wu": "5",
    "liu": "6",
    "qi": "7",
    "ba": "8",
    "jiu": "9",
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
#: The last character of many identity numbers, as it is said and as recognisers write it.
X = "X"
_X_BY_SOUND = "cha"
_WORDS = {
    "en": dict(
        zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], "0123456789", strict=True)
    )
    | {"oh": "0", "o": "0", "x": X},
    "ko": dict(zip(["영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"], "0123456789", strict=True))
    | {"공": "0", "륙": "6", "X": X},
}
#: Words around a number that are part of saying it.
_AROUND = "号码是我的编号受理查第那个嗯啊呢吧"
#: What is said must be made of figures to this share, or no number was said.
_LEAST_SHARE = 0.6
_REPEATED = re.compile(r"([二两三四五六七八九])个([零〇一幺二两三四五六七八九\d])")
_DOUBLE = re.compile(r"(双|三连|仨)([零〇一幺二两三四五六七八九\d])")
_ONE_FIGURE = "[一二两三四五六七八九壹贰叁1-9]"


def _section(ones: str) -> str:
    """The pattern of an amount from 10 to 9999; `ones` is that of its last figure."""
    tens = rf"{_ONE_FIGURE}?十(?:{ones})?"
    hundreds = rf"{_ONE_FIGURE}百(?:[零〇]{ones}|{tens})?"
    thousands = rf"{_ONE_FIGURE}千(?:[零〇](?:{tens}|{ones})|{hundreds})?"
    return f"(?:{thousands}|{hundreds}|{tens})"


_ONES = rf"{_ONE_FIGURE}(?![十百千万\d])"
_SECTION = _section(_ONES)
_MYRIADS = rf"(?:{_section(_ONE_FIGURE)}|{_ONE_FIGURE}|\d+)万"
#: An amount that is well formed: its units fall, and behind the last one there is at most one figure.
_AMOUNT = re.compile(rf"(?:{_MYRIADS}(?:[零〇]?{_SECTION}|[零〇]{_ONES})?|{_SECTION})(?![百千万])")
#: A figure of its own, or several as recognisers write them, which no unit follows.
_FIGURES = re.compile(rf"\d+(?![十百千万\d])|[{''.join(_ZH)}](?![十百千万])")
#: 一百二 is 120, 两万三 is 23000.
_SHORTENED = re.compile(rf"{_ONE_FIGURE}$")
_WITH_UNITS = re.compile(rf"[{''.join(_ZH)}\d十百千万]*[十百千万][{''.join(_ZH)}\d十百千万]*")
#: 一 in them is no figure.
_NO_FIGURES = re.compile("查?一下|(?:最后|末尾)一位是?")
_PARTICLES = "的啊呢吧嗯"
_TRADITIONAL = str.maketrans("雙個萬號碼兩貳參連", "双个万号码两贰叁连")
_NOT_WORD = re.compile(r"[\W_]+")


def digits_in(text: str, language: str) -> str:
    """The figures of a text in a row; empty if it is no number."""
    code = language.partition("-")[0]
    if code == "zh":
        return _mandarin(text)
    words = _WORDS.get(code, {})
    return _in_words(text, words) if code == "en" else _in_letters(text, words)


def amount(text: str) -> int | None:
    """The number that a Chinese amount such as 一百二十 or figures such as 26 stand for; None if it is none."""
    if text.isdigit():
        return int(text)
    total = section = digit = 0
    for char in text:
        if char in _ZH:
            digit = int(_ZH[char])
        elif char.isdigit():
            digit = digit * 10 + int(char)
        elif char == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif char in _UNITS:
            section += (digit or (1 if char == "十" and not section else 0)) * _UNITS[char]
            digit = 0
        else:
            return None
    return total + section + digit if text else None


def _mandarin(text: str) -> str:
    plain = _NO_FIGURES.sub("", _NOT_WORD.sub("", text.translate(_TRADITIONAL))).rstrip(_PARTICLES)
    plain = _REPEATED.sub(lambda match: match[2] * int(_ZH[match[1]]), plain)
    plain = _DOUBLE.sub(lambda match: match[2] * (2 if match[1] == "双" else 3), plain)
    rows = {run: _row(run) for run in _WITH_UNITS.findall(plain)}
    if not all(rows.values()):
        return ""
    plain = _WITH_UNITS.sub(lambda match: rows[match[0]], plain)
    plain, x = _without_x(plain)
    if any(char in "叉Xx" for char in plain):
        return ""
    said = [char for char in plain if char not in _AROUND]
    figures = [char if char.isdigit() else _ZH.get(char) or _BY_SOUND.get(lazy_pinyin(char)[0], "") for char in said]
    found = "".join(figures)
    return found + x if found and len(found) >= _LEAST_SHARE * len(said) else ""


def _row(run: str) -> str:
    """The figures of amounts and single figures behind each other: 一百三十八零零一 is 138001; empty if uncertain."""
    found, at = "", 0
    while at < len(run):
        if match := _AMOUNT.match(run, at):
            value, at = amount(match[0]) or 0, match.end()
            unit, rest = match[0][-1], run[at:]
            if unit in _UNITS and rest:
                # Behind a round amount a figure may be part of it: 两千零零一 is 2001, or 2000 and 01.
                if unit != "十" and _SHORTENED.fullmatch(rest):
                    value, at = value + int(_figure(rest)) * _UNITS[unit] // 10, len(run)
                elif unit != "十" or rest[0] not in "零〇":
                    return ""
            found += str(value)
        elif match := _FIGURES.match(run, at):
            found, at = found + "".join(map(_figure, match[0])), match.end()
        else:
            return ""
    return found


def _figure(char: str) -> str:
    return char if char.isdigit() else _ZH[char]


def _without_x(plain: str) -> tuple[str, str]:
    """What was said without the X at its end, and that X."""
    if plain[-1:] in ("X", "x") or (plain and lazy_pinyin(plain[-1])[0] == _X_BY_SOUND and _is_figure(plain[-2:-1])):
        return plain[:-1], X
    return plain, ""


def _is_figure(char: str) -> bool:
    return char.isdigit() or char in _ZH


def _in_words(text: str, words: dict[str, str]) -> str:
    found, times, said = "", 1, 0
    for word in _NOT_WORD.sub(" ", text.lower()).split():
        said += 1
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
            continue
        figure = word if word.isdigit() else words.get(word, "")
        found, times = found + figure * times, 1
    return _checked(found) if found and len(found) >= _LEAST_SHARE * said else ""


def _in_letters(text: str, words: dict[str, str]) -> str:
    letters = _NOT_WORD.sub("", text).replace("엑스", X).replace("x", X)
    found = "".join(letter if letter.isdigit() else words.get(letter, "") for letter in letters)
    return _checked(found) if letters and len(found) >= _LEAST_SHARE * len(letters) else ""


def _checked(figures: str) -> str:
    """Figures with an X nowhere but at their end."""
    return "" if X in figures[:-1] or figures == X else figures
