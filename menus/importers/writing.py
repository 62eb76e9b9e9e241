"""Imported trees as menu files: readable, with a comment wherever something was lost."""

from __future__ import annotations

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from menus.duration import DURATION_PATTERN
from menus.formatting import formatted
from menus.importers.imported import ImportedTree, visible

#: Keys whose value must stay text, whatever it looks like.
_ALWAYS_QUOTED = frozenset({"keys", "terminator"})
_EXPRESSIONS = frozenset({"values", "arguments", "save", "when"})


def yaml_of(tree: ImportedTree, format_name: str) -> str:
    """Return the text of the menu file."""
    data = _commented(tree.data)
    notes: dict[str, list[str]] = {}
    for lost in tree.lost:
        notes.setdefault(lost.node if lost.node in tree.data["nodes"] else "", []).append(_one_line(str(lost.what)))
    for node, told in notes.items():
        if node:
            comment = "\n".join(f"没带过来 not carried over: {line}" for line in told)
            data["nodes"].yaml_set_comment_before_after_key(node, before=comment, indent=2)
    head = [f"从 {format_name} 带过来的 / brought over from {format_name}"]
    head += [f"没带过来 not carried over: {line}" for line in notes.get("", [])]
    data.yaml_set_start_comment("\n".join(head))
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(data, out)
    return formatted(out.getvalue())


def _commented(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        within = key if key in _EXPRESSIONS else ""
        return CommentedMap({name: _commented(item, within or name) for name, item in value.items()})
    if isinstance(value, list):
        items = CommentedSeq([_commented(item) for item in value])
        if key == "languages":
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and (key in _ALWAYS_QUOTED or _needs_quotes(value)):
        return DoubleQuotedScalarString(value)
    return value


def _needs_quotes(value: str) -> bool:
    """What YAML 1.1, 1.2 or a reader could take for something else than text, is quoted; the rest reads better bare."""
    if re.fullmatch(DURATION_PATTERN, value, re.ASCII):
        return False
    is_word = value.lower() in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    begins_oddly = not value[:1].isalpha() or value != value.strip()
    return is_word or begins_oddly or any(mark in value for mark in ":#{}[],\"'&*!|>%@`\n?")


def _one_line(text: str) -> str:
    return visible(text)[:300]
