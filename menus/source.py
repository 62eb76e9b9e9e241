"""One menu file: its lines, its YAML tree, and where in it anything stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from menus.problems import NOTHING, Bilingual, Problem, Severity
from menus.yaml_tree import YamlMapping, YamlNode, YamlScalar, YamlSequence

#: A file larger than this is no menu.
LARGEST_FILE = 1_000_000
#: Keys and positions that lead from the top of a file to a value.
Where = Sequence[Union[str, int]]

# Direction marks, invisible blanks and the like: they change what a reader sees, or what a voice says, unseen.
_HIDDEN = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffc\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WIDE_INDENTATION = re.compile("^[ ]*[\u3000\u00a0\u2000-\u200a\u202f\u205f]", re.MULTILINE)
_UNWANTED = (
    (
        _CONTROL,
        "control_character",
        Bilingual("有看不见的控制字符", "there is a control character"),
        Bilingual("删掉这个字符", "delete it"),
    ),
    (
        _HIDDEN,
        "hidden_character",
        Bilingual("有看不见的字符（方向符或零宽字符）", "there is an invisible character"),
        Bilingual("删掉它，重新输入这几个字", "delete it and type the text again"),
    ),
    (
        _WIDE_INDENTATION,
        "wide_blank",
        Bilingual("缩进用了全角或特殊空格", "the indentation has a full-width or odd blank"),
        Bilingual("换成半角空格，每层两个", "use plain blanks, two for each level"),
    ),
)


@dataclass(frozen=True)
class Source:
    """A file that was read.

    Attributes:
        file: its path, as problems name it.
        lines: its text without line ends.
        root: its YAML tree.
        parts: the first two steps of a place, such as a node, to the fragment in which it stands.
    """

    file: str
    lines: tuple[str, ...]
    root: YamlNode
    parts: Mapping[tuple[str, str], Source] = field(default_factory=dict)

    def problem(
        self,
        where: Where,
        code: str,
        what: Bilingual,
        fix: Bilingual | None = None,
        *,
        severity: Severity = "error",
        on_key: bool = False,
        offset: int = 0,
    ) -> Problem:
        """Return a problem at a place.

        Args:
            where: keys and positions from the top of the file. What is not in the file, such as a default, is told at
                the nearest thing above it that is.
            on_key: point at the key in place of its value.
            offset: characters into a text.
        """
        part = self.parts.get((str(where[0]), str(where[1]))) if len(where) > 1 else None
        if part is not None:
            return part.problem(where, code, what, fix, severity=severity, on_key=on_key, offset=offset)
        line, column = self._place(where, on_key, offset)
        excerpt = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Problem(self.file, line, column, severity, code, what, fix or NOTHING, excerpt)

    def _place(self, where: Where, on_key: bool, offset: int) -> tuple[int, int]:
        node = self.root
        place: YamlNode = self.root
        for step in where:
            if isinstance(node, YamlMapping) and step in node.values:
                place = node.keys[str(step)]
                node = node.values[str(step)]
            elif isinstance(node, YamlSequence) and isinstance(step, int) and step < len(node.items):
                place = node = node.items[step]
        if on_key or not isinstance(node, YamlScalar):
            return place.line, place.column
        return self._inside(node, offset)

    def _inside(self, scalar: YamlScalar, offset: int) -> tuple[int, int]:
        """Place of a character of a scalar; its beginning, where escapes or line breaks make that uncertain."""
        if not offset or not 0 < scalar.line <= len(self.lines):
            return scalar.line, scalar.column
        start = scalar.column - 1 + (scalar.style in ("single", "double"))
        if self.lines[scalar.line - 1].startswith(scalar.text[:offset], start):
            return scalar.line, start + offset + 1
        if scalar.style in ("literal", "folded"):
            return self._inside_block(scalar, offset)
        return scalar.line, scalar.column

    def _inside_block(self, scalar: YamlScalar, offset: int) -> tuple[int, int]:
        near = scalar.text[offset : offset + 8].split("\n")[0]
        for line in range(scalar.line + 1, min(scalar.line + 1 + scalar.text.count("\n") + 20, len(self.lines) + 1)):
            found = self.lines[line - 1].find(near) if near else -1
            if found >= 0:
                return line, found + 1
        return scalar.line, scalar.column


def read_text(path: Path, name: str) -> tuple[str, list[Problem]]:
    """Return the text of a file and what keeps it from being a menu; the text is empty if it cannot be read at all."""
    try:
        if path.exists() and not path.is_file():
            return "", [_whole_file(name, "not_a_file", "这不是文件", "this is not a file")]
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        return "", [_whole_file(name, "unreadable", f"打不开文件：{error}", f"cannot be opened: {error}")]
    if len(content) > LARGEST_FILE:
        return "", [_too_large(name)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "", [_not_utf8(name, content, error)]
    return text, _characters(text, name)


def _characters(text: str, name: str) -> list[Problem]:
    """One problem for each kind of character that a menu must not contain, at its first place."""
    problems = []
    for pattern, code, what, fix in _UNWANTED:
        match = pattern.search(text)
        if match:
            position = match.end() - 1
            character = unicodedata.name(text[position], f"U+{ord(text[position]):04X}")
            line = text.count("\n", 0, position) + 1
            begin = text.rfind("\n", 0, position) + 1
            excerpt = text[begin:].split("\n", 1)[0].rstrip("\r")
            named = Bilingual(f"{what.zh}：{character}", f"{what.en}: {character}")
            problems.append(Problem(name, line, position - begin + 1, "error", code, named, fix, excerpt))
    return problems


def _whole_file(name: str, code: str, zh: str, en: str) -> Problem:
    return Problem(name, 0, 0, "error", code, Bilingual(zh, en))


def _too_large(name: str) -> Problem:
    what = Bilingual(f"文件超过 {LARGEST_FILE // 1000} KB", f"the file is larger than {LARGEST_FILE // 1000} kB")
    fix = Bilingual("分成几棵菜单树，用 call 连接", "split it into several trees joined by call")
    return Problem(name, 0, 0, "error", "file_too_large", what, fix)


def _not_utf8(name: str, content: bytes, error: UnicodeDecodeError) -> Problem:
    line = content.count(b"\n", 0, error.start) + 1
    begin = content.rfind(b"\n", 0, error.start) + 1
    before = content[begin : error.start].decode("utf-8", "replace")
    column = len(before) + 1
    guess = ""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        guess, line, column = "UTF-16", 1, 1
    else:
        try:
            content.decode("gb18030")
            guess = "GBK"
        except UnicodeDecodeError:
            guess = ""
    what = Bilingual(
        f"文件不是 UTF-8 编码{f'，像是 {guess}' if guess else ''}",
        f"the file is not UTF-8{f', it looks like {guess}' if guess else ''}",
    )
    fix = Bilingual("在编辑器里另存为 UTF-8", "save it as UTF-8 in your editor")
    return Problem(name, line, column, "error", "not_utf8", what, fix, before)
