"""The words of an expression, and the mistakes that authors make in writing them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from menus.problems import NOTHING, AuthorError, Bilingual

#: An expression longer than this is a mistake.
LONGEST = 2000


class ExpressionError(AuthorError):
    """A text that is not an expression."""


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
    ("=", Bilingual("比较请写两个等号 ==", "to compare, write ==")),
    ("&", Bilingual("请写 and", "write and")),
    ("|", Bilingual("请写 or", "write or")),
    ("!", Bilingual("请写 not，或者 !=", "write not, or !=")),
    ("‘’“”「」", Bilingual("请用直引号 '", "use straight quotes '")),
    ("＝＜＞（），＋！", Bilingual("这是全角符号，请换成半角", "this is a full-width sign: use the half-width one")),
    ("'\"", Bilingual("引号没有配对", "this quote is never closed")),
    ("{}", Bilingual("条件里变量不用花括号", "variables need no braces in an expression")),
    ("-*/%", Bilingual("只能用 + 计算", "+ is the only arithmetic")),
)


def tokens(text: str) -> list[Token]:
    """Return the words of an expression, the last of kind `end`.

    Raises:
        ExpressionError: at the first sign that is not part of the language.
    """
    if len(text) > LONGEST:
        too_long = Bilingual(f"太长，最多 {LONGEST} 个字", f"longer than {LONGEST} characters")
        raise ExpressionError(too_long, NOTHING, LONGEST)
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise _mistake(text, position)
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


def _mistake(text: str, position: int) -> ExpressionError:
    sign = text[position]
    what = Bilingual(f"这里不能写 {sign}", f"{sign} cannot stand here")
    for signs, fix in _MISTAKES:
        if sign in signs:
            return ExpressionError(what, fix, position)
    if sign.isascii() and sign.isupper():
        return ExpressionError(what, Bilingual("变量名用小写字母", "names of variables are in lower case"), position)
    return ExpressionError(what, Bilingual("文字要放在引号里", "text must stand in quotes"), position)
