"""Figures that were said: 二零二六, 幺三八, 双零, 三个八, 二十三, `one double two`, 공일이."""

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
_WORDS = {
    "en": dict(
        zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], "0123456789", strict=True)
    )
    | {"oh": "0", "o": "0"},
    "ko": dict(zip(["영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"], "0123456789", strict=True))
    | {"공": "0", "륙": "6"},
}
#: Words around a number that are part of saying it.
_AROUND = "号码是我的编号受理查第那个嗯啊呢吧"
#: What is said must be made of figures to this share, or no number was said.
_LEAST_SHARE = 0.6
_REPEATED = re.compile(r"([二两三四五六七八九])个([零〇一幺二两三四五六七八九\d])")
_DOUBLE = re.compile(r"(双|三连|仨)([零〇一幺二两三四五六七八九\d])")
_AMOUNT = re.compile(r"[零〇一二两三四五六七八九\d]*[十百千万][零〇一二两三四五六七八九十百千万\d]*")
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
    plain = _NOT_WORD.sub("", text.translate(_TRADITIONAL))
    plain = _REPEATED.sub(lambda match: match[2] * int(_ZH[match[1]]), plain)
    plain = _DOUBLE.sub(lambda match: match[2] * (2 if match[1] == "双" else 3), plain)
    plain = _AMOUNT.sub(lambda match: str(amount(match[0])), plain)
    said = [char for char in plain if char not in _AROUND]
    figures = [char if char.isdigit() else _ZH.get(char) or _BY_SOUND.get(lazy_pinyin(char)[0], "") for char in said]
    found = "".join(figures)
    return found if said and len(found) >= _LEAST_SHARE * len(said) else ""


def _in_words(text: str, words: dict[str, str]) -> str:
    found, times, said = "", 1, 0
    for word in _NOT_WORD.sub(" ", text.lower()).split():
        said += 1
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
            continue
        figure = word if word.isdigit() else words.get(word, "")
        found, times = found + figure * times, 1
    return found if found and len(found) >= _LEAST_SHARE * said else ""


def _in_letters(text: str, words: dict[str, str]) -> str:
    letters = _NOT_WORD.sub("", text)
    found = "".join(letter if letter.isdigit() else words.get(letter, "") for letter in letters)
    return found if letters and len(found) >= _LEAST_SHARE * len(letters) else ""
