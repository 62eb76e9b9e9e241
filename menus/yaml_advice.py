"""What authors do wrong in YAML, said so that they can put it right: the complaints of libyaml in plain words."""

from __future__ import annotations

from menus.problems import Bilingual

#: A menu has about eight levels.
DEEPEST = 30
#: Keys and values of a whole file, those repeated by aliases counted again.
MOST_VALUES = 60_000


SEVERAL_DOCUMENTS = (
    Bilingual("一个文件里有两份内容（中间有 ---）", "the file holds two documents, parted by ---"),
    Bilingual("一个文件只写一棵菜单树", "write one menu tree in one file"),
)
TAG = (
    Bilingual("不能用 ! 标签", "tags that begin with ! are not used in menus"),
    Bilingual("去掉标签；! 是文字时写在引号里", "remove the tag, or write the text in quotes"),
)
TOO_DEEP = (
    Bilingual(f"嵌套超过 {DEEPEST} 层", f"nested deeper than {DEEPEST} levels"),
    Bilingual("菜单只需要几层，检查缩进和括号", "a menu needs a few levels: look at indentation and brackets"),
)
TOO_MANY = (
    Bilingual(f"内容超过 {MOST_VALUES} 项（引用 * 也算）", f"more than {MOST_VALUES} values, aliases counted"),
    Bilingual("分成几棵菜单树，用 call 连接", "split it into several trees joined by call"),
)
WIDE_COLON = (
    Bilingual("键后面用了全角冒号“：”", "a full-width colon follows the key"),
    Bilingual("写半角冒号加一个空格", "write a half-width colon and a blank"),
)
KEY_NOT_TEXT = (
    Bilingual("键必须是文字", "a key must be text"),
    Bilingual("文字里有 { } 或 [ ] 时整段写在引号里", "text that contains { } or [ ] must stand in quotes"),
)
_TAB = (
    Bilingual("缩进用了制表符（Tab）", "a tab is used for indentation"),
    Bilingual("换成空格，每层两个", "use spaces, two for each level"),
)

#: Words of libyaml's complaints, and what they most likely mean; the first that applies is told.
_ADVICE: tuple[tuple[tuple[str, ...], Bilingual, Bilingual], ...] = (
    (
        ("alias", "anchor"),
        Bilingual("* 和 & 在 YAML 里有别的意思", "* and & have a meaning of their own in YAML"),
        Bilingual('写在引号里，例如 keys: "*"', 'write it in quotes, such as keys: "*"'),
    ),
    (
        ("cannot start any token", "directive"),
        Bilingual("文字不能用这个符号开头", "text cannot begin with this sign"),
        Bilingual("把整段文字写在引号里", "write the whole text in quotes"),
    ),
    (
        ("quoted scalar", "escape"),
        Bilingual("引号没有配对，或者双引号里有多余的 \\", "a quote is never closed, or a \\ stands in double quotes"),
        Bilingual("补上引号", "close the quote"),
    ),
    (
        ("flow",),
        Bilingual("[ ] 或 { } 没有配对，或者缺少逗号", "[ ] or { } is never closed, or a comma is missing"),
        Bilingual("补上括号；文字里有括号时整段写在引号里", "close it; text with brackets in it must stand in quotes"),
    ),
    (
        ("mapping values are not allowed",),
        Bilingual("这里不该有冒号，或者缩进不对", "a colon cannot stand here, or the indentation is wrong"),
        Bilingual(
            "检查这一行和上一行的缩进；文字里有冒号时整段写在引号里",
            "look at this line and the one above; text that contains a colon must stand in quotes",
        ),
    ),
    (
        ("could not find expected ':'",),
        Bilingual("这一行附近有一个键没有冒号", "a key near this line has no colon"),
        Bilingual("写成“键: 值”，冒号后面有空格", "write key: value, with a blank after the colon"),
    ),
    (
        ("expected",),
        Bilingual("这一行的缩进和上面对不上", "the indentation of this line does not fit the lines above"),
        Bilingual("同一层的键要对齐，用空格", "keys of one level must begin in the same column"),
    ),
)


def for_complaint(complaint: str, line: str = "", column: int = 0) -> tuple[Bilingual, Bilingual]:
    """Return what is most likely wrong, and what would be right.

    Args:
        complaint: what libyaml said.
        line: the line it is about.
        column: where in the line, from 0.
    """
    if line[column : column + 1] == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
        return _TAB
    for words, what, fix in _ADVICE:
        if any(word in complaint for word in words):
            return what, fix
    return (
        Bilingual(f"YAML 写法有误（{complaint.strip()}）", f"this is not YAML: {complaint.strip()}"),
        Bilingual("检查这一行的缩进、冒号和引号", "look at indentation, colons and quotes of this line"),
    )


def unknown_alias(name: str) -> tuple[Bilingual, Bilingual]:
    return (
        Bilingual(f"前面没有 &{name}", f"there is no &{name} before this"),
        Bilingual('* 是按键时写 keys: "*"', 'if the star key is meant, write keys: "*"'),
    )
