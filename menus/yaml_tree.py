"""YAML as a tree in which every key and value knows its line and column.

Built from the events of libyaml, one after the other and never by recursion, with limits on depth and size. That
keeps a hostile file harmless, gives exact places, and reads a thousand nodes in a fraction of a second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union

import yaml  # type: ignore[import-untyped]

from menus import yaml_advice as advice
from menus.problems import Bilingual

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlProblem(Exception):  # noqa: N818 - becomes a Problem of the file it was found in
    """The file is not YAML that we read.

    Attributes:
        line: from 1.
        column: from 1.
        code: of the problem.
        what: what is wrong.
        fix: what would be right.
    """

    def __init__(self, line: int, column: int, code: str, what: Bilingual, fix: Bilingual) -> None:
        super().__init__(f"{line}:{column}: {what}")
        self.line = line
        self.column = column
        self.code = code
        self.what = what
        self.fix = fix


class YamlScalar(NamedTuple):
    """A text as it stands in the file. A tuple, because a large menu has tens of thousands of them.

    Attributes:
        style: `plain`, `single`, `double`, `literal` (`|`) or `folded` (`>`).
    """

    text: str
    style: str
    line: int
    column: int


@dataclass(frozen=True)
class YamlSequence:
    items: list[YamlNode]
    line: int
    column: int


@dataclass(frozen=True)
class YamlMapping:
    """Keys with their values, in the order of the file.

    Attributes:
        keys: where each key stands.
        repeated: keys that were there already; their values are left out.
    """

    keys: dict[str, YamlScalar]
    values: dict[str, YamlNode]
    repeated: list[YamlScalar]
    line: int
    column: int


YamlNode = Union[YamlScalar, YamlSequence, YamlMapping]

_KEY_WITH_WIDE_COLON = re.compile(r"\s*(- )?[a-z_]+：")
_Scalar = yaml.ScalarEvent
_WITH_TAGS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not been read."""

    node: YamlMapping | YamlSequence
    anchor: str | None
    key: YamlScalar | None = None
    values: int = 1
    height: int = 1


@dataclass(frozen=True)
class _Anchored:
    node: YamlNode
    values: int
    height: int


@dataclass
class _Builder:
    open: list[_Open] = field(default_factory=list)
    root: YamlNode | None = None
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    values: int = 0

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is _Scalar:
            self._take_scalar(event)
            return
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind in _WITH_TAGS and event.tag:
            raise YamlProblem(line, column, "yaml_tag", *advice.TAG)
        if kind is yaml.MappingStartEvent:
            self._begin(_Open(YamlMapping({}, {}, [], line, column), event.anchor))
        elif kind is yaml.SequenceStartEvent:
            self._begin(_Open(YamlSequence([], line, column), event.anchor))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            ended = self.open.pop()
            self._add(ended.node, ended.values, ended.height, ended.anchor, line, column)
        elif kind is yaml.AliasEvent:
            if event.anchor not in self.anchors:
                raise YamlProblem(line, column, "unknown_alias", *advice.unknown_alias(event.anchor))
            known = self.anchors[event.anchor]
            self._add(known.node, known.values, known.height, None, line, column)
        elif kind is yaml.DocumentStartEvent and self.root is not None:
            raise YamlProblem(line, column, "several_documents", *advice.SEVERAL_DOCUMENTS)

    def _take_scalar(self, event: Any) -> None:
        """Two of three events: done here, without the calls that other values need."""
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if event.tag:
            raise YamlProblem(line, column, "yaml_tag", *advice.TAG)
        scalar = YamlScalar(event.value, _STYLES.get(event.style, "plain"), line, column)
        if event.anchor or not self.open:
            self._add(scalar, 1, 0, event.anchor, line, column)
            return
        parent = self.open[-1]
        parent.values += 1
        if parent.values > advice.MOST_VALUES:
            raise YamlProblem(line, column, "too_many_values", *advice.TOO_MANY)
        if parent.key is None and type(parent.node) is YamlMapping:
            parent.key = scalar
        else:
            _attach(parent, scalar)

    def _begin(self, opened: _Open) -> None:
        self.open.append(opened)
        if len(self.open) > advice.DEEPEST:
            raise YamlProblem(opened.node.line, opened.node.column, "too_deep", *advice.TOO_DEEP)
        if len(self.open) > 1:
            self._need_place(opened.node)

    def _add(self, node: YamlNode, values: int, height: int, anchor: str | None, line: int, column: int) -> None:
        if anchor:
            self.anchors[anchor] = _Anchored(node, values, height)
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.values += values
        if parent.height <= height:
            parent.height = height + 1
        if parent.values > advice.MOST_VALUES:
            raise YamlProblem(line, column, "too_many_values", *advice.TOO_MANY)
        if len(self.open) + height > advice.DEEPEST:
            raise YamlProblem(line, column, "too_deep", *advice.TOO_DEEP)
        _attach(parent, node)

    def _need_place(self, node: YamlNode) -> None:
        """A mapping or list cannot be a key: found out where it begins, not where it ends."""
        parent = self.open[-2]
        if isinstance(parent.node, YamlMapping) and parent.key is None:
            raise YamlProblem(node.line, node.column, "key_not_text", *advice.KEY_NOT_TEXT)


def _attach(parent: _Open, node: YamlNode) -> None:
    if isinstance(parent.node, YamlSequence):
        parent.node.items.append(node)
    elif parent.key is None:
        if not isinstance(node, YamlScalar):
            raise YamlProblem(node.line, node.column, "key_not_text", *advice.KEY_NOT_TEXT)
        parent.key = node
    else:
        key, parent.key = parent.key, None
        if key.text in parent.node.keys:
            parent.node.repeated.append(key)
        else:
            parent.node.keys[key.text] = key
            parent.node.values[key.text] = node


def read_yaml(text: str) -> YamlNode | None:
    """Return the tree of a YAML text, or None for a file without content.

    Raises:
        YamlProblem: when it is not YAML, is too deep or too large, or uses tags or several documents.
    """
    builder = _Builder()
    try:
        loader = _Loader(text)
        try:
            while (event := loader.get_event()) is not None:
                builder.take(event)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _syntax_problem(error, text) from error
    except yaml.YAMLError as error:
        raise YamlProblem(1, 0, "yaml_syntax", *advice.for_complaint(str(error))) from error
    return builder.root


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> YamlProblem:
    mark = error.problem_mark or error.context_mark
    complaint = f"{error.context or ''} {error.problem or ''}"
    if error.context_mark and "end of stream" in complaint:
        # An open quote or bracket is only noticed at the end of the file; the author looks for where it was opened.
        mark = error.context_mark
    if mark is None:
        return YamlProblem(1, 0, "yaml_syntax", *advice.for_complaint(complaint))
    lines = text.splitlines()
    for suspect in range(min(mark.line, len(lines) - 1), max(mark.line - 2, -1), -1):
        wide_colon = _KEY_WITH_WIDE_COLON.match(lines[suspect])
        if wide_colon:
            return YamlProblem(suspect + 1, wide_colon.end(), "wide_colon", *advice.WIDE_COLON)
    line = lines[mark.line] if mark.line < len(lines) else ""
    return YamlProblem(
        mark.line + 1, mark.column + 1, "yaml_syntax", *advice.for_complaint(complaint, line, mark.column)
    )
