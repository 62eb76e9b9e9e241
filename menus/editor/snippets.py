"""Snippets for VS Code: every kind of node with the keys that it must have, made from the model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from menus.editor.kind_words import kind_words
from menus.model import NODE_KINDS

#: The snippets as they are shipped; `scripts/docs` writes them.
FILE = Path(__file__).parent / "menus.code-snippets"

_PLACEHOLDERS = {
    "keys": "1",
    "when": "call.caller == ''",
    "operation": "operation",
    "target": "operator",
    "save_as": "variable",
    "tree": "other_tree",
    "to": "en",
}


def snippets() -> dict[str, Any]:
    """Return the snippets as JSON data."""
    made = {}
    for kind, model in NODE_KINDS.items():
        words = kind_words(kind)
        tabs = count(2)
        body = ["${1:step_name}:", f"  kind: {kind}", *(f"  {line}" for line in _lines(model, tabs))]
        made[f"菜单 {kind}"] = {
            "scope": "yaml",
            "prefix": [f"ivr-{kind}", kind],
            "body": body,
            "description": str(words),
        }
    return made


def snippets_text() -> str:
    """Return the snippets as they stand in the file."""
    return json.dumps(snippets(), ensure_ascii=False, indent=1) + "\n"


def _lines(model: type[BaseModel], tabs: Iterator[int]) -> Iterator[str]:
    """The required keys of a model, one line each, with a tab stop for every value."""
    for name, field in model.model_fields.items():
        if name == "kind" or not field.is_required():
            continue
        part = _part_of(field)
        if part is not None:
            first, *rest = _lines(part, tabs)
            yield f"{name}:"
            yield f"  - {first}"
            yield from (f"    {line}" for line in rest)
        else:
            yield f"{name}: {_value(name, field, tabs)}"


def _part_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of the items, where a field is a list of such."""
    if get_origin(field.annotation) is list:
        (item,) = get_args(field.annotation)
        return item if isinstance(item, type) and issubclass(item, BaseModel) else None
    return None


def _value(name: str, field: FieldInfo, tabs: Iterator[int]) -> str:
    tab = next(tabs)
    meaning = (field.description or name).partition(" / ")[0]
    if get_origin(field.annotation) is Literal:
        return f"${{{tab}|{','.join(map(str, get_args(field.annotation)))}|}}"
    if get_origin(field.annotation) is dict and _is_text(field):
        return f"${{{tab}:{meaning}}}"
    if get_origin(field.annotation) is dict:
        return f"{{${{{tab}:variable}}: \"${{{next(tabs)}:'value'}}\"}}"
    if name == "keys":
        return f'"${{{tab}:{_PLACEHOLDERS[name]}}}"'
    if name == "when":
        return f'"${{{tab}:{_PLACEHOLDERS[name]}}}"'
    return f"${{{tab}:{_PLACEHOLDERS.get(name, 'next_step' if field.annotation is str else '1')}}}"


def _is_text(field: FieldInfo) -> bool:
    """A text per language, which may be written as plain text: what has a validator for that."""
    return get_args(field.annotation) == (str, str) and bool(field.metadata)
