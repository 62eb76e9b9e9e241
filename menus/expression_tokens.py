"""The words of an expression, and the mistakes that authors make in writing them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

#: An expression longer than this is a mistake.
LONGEST = 2000


class ExpressionError(ValueError):
    """A text that is not an expression.

    Attributes:
        message: what is wrong and what would be right, Chinese and English.
        offset: index of the first wrong character in the text.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True)
class Token:
    """One word of an expression.

    Attributes:
        kind: `text`, `number`, `name`, `operator` or `end`.
        text: as written.
        value: of a text or number.
        offset: where it begins.
    """

    kind: str
    text: str
    value: Any
    offset: int


_TOKEN = re.compile(
    r"""(?P<blank>\s+)
    |(?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    |(?P<name>[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
    |(?P<operator>==|!=|<=|>=|<|>|\+|\(|\)|,)
    |'(?P<single>[^'\n]*)'
    |"(?P<double>[^"\n]*)"
    """,
    re.VERBOSE | re.ASCII,
)

#: What authors write instead, and what would be right.
_MISTAKES = (
    ("=", "比较请写两个等号 == / to compare, write =="),
    ("&", "请写 and / write and"),
    ("|", "请写 or / write or"),
    ("!", "请写 not，或者 != / write not, or !="),
    ("‘’“”「」", "请用直引号 ' / use straight quotes '"),
    ("＝＜＞（），＋！", "这是全角符号，请换成半角 / this is a full-width sign, use the half-width one"),
    ("'\"", "引号没有配对 / this quote is never closed"),
    ("{}", "条件里变量不用花括号 / variables need no braces in an expression"),
    ("-*/%", "只能用 + 计算 / + is the only arithmetic"),
)


def tokens(text: str) -> list[Token]:
    """Return the words of an expression, the last of kind `end`.

    Raises:
        ExpressionError: at the first sign that is not part of the language.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"太长，最多 {LONGEST} 个字 / longer than {LONGEST} characters", LONGEST)
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise ExpressionError(_explain(text, position), position)
        token = _token(match)
        if token:
            found.append(token)
        position = match.end()
    return [*found, Token("end", "", None, len(text))]


def _token(match: re.Match[str]) -> Token | None:
    kind = match.lastgroup or ""
    if kind == "blank":
        return None
    if kind in ("single", "double"):
        return Token("text", match[0], match[kind], match.start())
    if kind == "number":
        return Token("number", match[0], float(match[0]) if "." in match[0] else int(match[0]), match.start())
    return Token(kind, match[0], None, match.start())


def _explain(text: str, position: int) -> str:
    sign = text[position]
    for signs, advice in _MISTAKES:
        if sign in signs:
            return f"这里不能写 {sign} / {sign} cannot stand here。{advice}"
    if sign.isascii() and sign.isupper():
        return "变量名用小写字母 / names of variables are in lower case"
    return f"这里不能写“{sign}”，文字要放在引号里 / unexpected {sign!r}: text must stand in quotes"
