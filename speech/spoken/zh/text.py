"""Running Mandarin text as it is said: markup, signs, numbers and enumerations become words and pauses."""

from __future__ import annotations

import re

from speech.spoken import cleaning, grouping
from speech.spoken.zh import letters, numbers, quantities, rules

_KEYS = {"*": "星号键", "#": "井号键"}
_KEY = re.compile(r"([*#])\s*(?:号?键|号)|(?<=[按键入])\s*([*#])(?:\s*号?键|号)?|(?<=以)([*#])(?=结束)")
#: Names and quotations that follow one another without a mark: “一照一码”“两证整合”.
_SIDE_BY_SIDE = re.compile(r"(?<=[”》」])(?=[“《「])")
_MASKED = re.compile(r"[0-9A-Za-z]{0,24}\*{2,}[0-9A-Za-z*]*")
_BULLET = re.compile(r"(?:(?<=\n)|^) *(?:[-*]+ +|[·•●■□◆▪➢√✓]+ *)")
_HAN_NUMBERS = "一二三四五六七八九十"
_ENUMERATED = re.compile(
    rf"(?:^|(?<=[\n。；;：:，,!?！？]))\s*"
    rf"(?:\((\d{{1,2}}|[{_HAN_NUMBERS}]{{1,3}})\)|(\d{{1,2}})(?:[.、](?!\d)|\)))\s*[、.]?\s*"
)
_ENUMERATED_INSIDE = re.compile(rf"\((\d{{1,2}}|[{_HAN_NUMBERS}]{{1,3}})\)\s*")
_FIRST_TWO = re.compile(r"\((?:1|一)\).*\((?:2|二)\)", re.DOTALL)
#: Signs that are said. Those that are not here and no pauses are dropped.
_SAID = str.maketrans(
    {
        "+": "加",
        "=": "等于",
        "×": "乘",
        "÷": "除以",
        "±": "正负",
        "≥": "大于等于",
        "≤": "小于等于",
        "≠": "不等于",
        "≈": "约等于",
        ">": "大于",
        "<": "小于",
        "&": "和",
        "@": "艾特",
        "°": "度",
        "*": "星号",
        "#": "井号",
        "%": "百分号",
        "‰": "千分号",
        "§": "第",
        "/": "、",
        ",": "，",
        ";": "；",
        ":": "：",
        "?": "？",
        "!": "！",
        "\n": "；",
        "(": "，",
        ")": "，",
        "[": "，",
        "]": "，",
        "〔": "，",
        "〕": "，",
        "【": "，",
        "】": "，",
        "{": "，",
        "}": "，",
        "|": "，",
        "-": "，",
        "–": "，",
        "—": "，",
        "~": "，",
        "→": "，",
        ".": "。",
        "_": " ",
        "‧": "",
        "'": "",
    }
)
_UNSAID = re.compile(r"[^\u4e00-\u9fff㐀-䶿〇A-Za-z，。；：？！、 ]+")
_PAUSES = re.compile(r"\s*[，。；：？！、][，。；：？！、\s]*")
_PAUSES_BY_STRENGTH = "？！。；：，、"
_BLANK_AT_HAN = re.compile(r"(?<=[\u4e00-\u9fff，。；：？！、]) +(?=[\u4e00-\u9fff])")
_DOT_INSIDE_WORD = re.compile(r"(?<=[A-Za-z])\.(?=[A-Za-z])")


def spoken_text(text: str) -> str:
    """Running text in words and pauses; it holds only hanzi, Latin letters, blanks and the marks ，。；：？！、"""
    text = _SIDE_BY_SIDE.sub("、", cleaning.plain(text))
    text = _BULLET.sub("", text)
    text = grouping.ENDLESS.sub(lambda match: f"，{letters.code(match[0])}，", text)
    text = _MASKED.sub(_masked, text)
    text = _KEY.sub(lambda match: _KEYS[match[1] or match[2] or match[3]], text)
    text = _enumerations(text)
    text = rules.apply(text)
    text = quantities.apply(text)
    text = _DOT_INSIDE_WORD.sub("点", text)
    return tidy(_UNSAID.sub("", text.translate(_SAID)))


def tidy(text: str) -> str:
    """Marks that meet become the strongest of them, blanks beside hanzi go."""
    text = _PAUSES.sub(lambda match: min(match[0].strip().replace(" ", ""), key=_PAUSES_BY_STRENGTH.index), text)
    return _BLANK_AT_HAN.sub("", re.sub(r" {2,}", " ", text)).strip()


def _masked(match: re.Match[str]) -> str:
    """138****5678: what is hidden is said once."""
    shown = (letters.code(part) for part in re.split(r"\*+", match[0]) if part)
    return "，星号，".join(part for part in shown if part) or "，"


def _enumerations(text: str) -> str:
    """(一), 1. and 1、 at the head of a clause are 第一; so is (1) in the middle where (2) follows."""
    if _FIRST_TWO.search(text):
        text = _ENUMERATED_INSIDE.sub(lambda match: f"；第{_in_han(match[1])}，", text).lstrip("；")
    return _ENUMERATED.sub(lambda match: f"第{_in_han(match[1] or match[2])}，", text)


def _in_han(number: str) -> str:
    return numbers.cardinal(int(number)) if number.isdecimal() else number
