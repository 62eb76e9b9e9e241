"""`ivr menus fmt`: one layout for all menu files. Comments and the order of keys stay; what a file means never changes.

Indentation becomes two blanks with lists indented below their key, blanks at line ends go, a file ends with one line
end, and more than one empty line becomes one. Quotes, and what is written in one line, stay as the author chose.
"""

from __future__ import annotations

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from menus.source import LARGEST_FILE
from menus.yaml_tree import YamlMapping, YamlNode, YamlProblem, YamlSequence, read_yaml

_BLANK_END = re.compile(r"[ \t]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")
#: A line is broken where it is longer; texts in Chinese have no blank to break at and stay whole.
_WIDTH = 120
_NULLS = ("", "~", "null", "Null", "NULL")


class CannotFormat(Exception):  # noqa: N818 - says what it is
    """The file is not laid out: it is no YAML that we read, or the layout would change what it means."""


def formatted(text: str) -> str:
    """Return the text of a menu file in its one layout. Formatting twice gives the same as once.

    Raises:
        CannotFormat: the file has errors in its YAML, or uses what cannot be laid out without a change of meaning.
    """
    if len(text) > LARGEST_FILE:
        raise CannotFormat("文件太大 / the file is too large")
    meaning = _meaning(text)
    plain = _without_blanks_at_line_ends(text.lstrip("\ufeff").replace("\r\n", "\n"))
    made = _laid_out(_laid_out(plain))
    if _meaning(made) != meaning:
        raise CannotFormat("排版会改变内容，所以没有改 / the layout would change its meaning, so nothing was changed")
    return made


def round_trip() -> YAML:
    """A reader and writer that keeps comments, quotes and order, and lays out as `formatted` does."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), _null)
    return yaml


def _laid_out(text: str) -> str:
    yaml = round_trip()
    out = io.StringIO()
    try:
        yaml.dump(yaml.load(text), out)
    except YAMLError as error:
        raise CannotFormat(f"YAML 有错误，先用 ivr menus check 查 / not YAML: {error}") from error
    except RecursionError as error:
        raise CannotFormat("嵌套太深 / nested too deeply") from error
    made = _without_blanks_at_line_ends(out.getvalue())
    return _EMPTY_LINES.sub("\n\n", made).strip("\n") + "\n"


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _without_blanks_at_line_ends(text: str) -> str:
    return _BLANK_END.sub("", text)


def _meaning(text: str) -> object:
    return meaning_of(read(text))


def read(text: str) -> YamlNode:
    """The tree of a file.

    Raises:
        CannotFormat: it is no YAML that we read.
    """
    try:
        root = read_yaml(text.lstrip("\ufeff"))
    except YamlProblem as problem:
        raise CannotFormat(f"{problem} — {problem.fix}") from problem
    if root is None:
        raise CannotFormat("文件是空的 / the file is empty")
    return root


def meaning_of(node: YamlNode) -> object:
    """What stands in a tree as plain tuples, comparable and without places.

    Raises:
        CannotFormat: a key is there twice.
    """
    if isinstance(node, YamlMapping):
        if node.repeated:
            raise CannotFormat(f"“{node.repeated[0].text}”写了两次 / {node.repeated[0].text} is there twice")
        return tuple((key, meaning_of(value)) for key, value in node.values.items())
    if isinstance(node, YamlSequence):
        return tuple(map(meaning_of, node.items))
    if node.style == "plain":
        return None if node.text in _NULLS else (node.text, True)
    return node.text, False
