"""Tables of the menu language for docs/menus.md, made from the model (see `tests/generated_docs.py`)."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from menus.expression_operations import FUNCTIONS
from menus.model import (
    NODE_KINDS,
    CallbackTime,
    Choice,
    Hours,
    Limits,
    Listening,
    Node,
    Option,
    Parameter,
    Resumable,
    Timing,
    Tree,
    Tries,
    Variable,
    Variant,
)
from menus.parts import SAY_AS
from menus.wording import SENTENCES, standard_wording

_DURATIONS = {
    "first_input",
    "between_keys",
    "call_length",
    "budget",
    "ring_for",
    "longest",
    "least",
    "silence",
    "within",
}
_FUNCTION_MEANINGS = {
    "count": "how many items a list has, or characters a text; 0 for anything else",
    "empty": "whether there is nothing: none, `''`, an empty list, 0 or false",
    "number": "a text of digits as a number, else none",
    "text": "a number as text",
    "starts_with": "whether the first text begins with the second",
    "identity": "whether a text can be an identity number: 18 characters with the right check digit, or the last six",
    "open": "whether somebody is there by these business hours (`hours:`) when the call began",
    "date": "the date of a moment such as `call.local_time`, to compare with dates",
}
_SAY_AS_MEANINGS = {
    "text": "as it stands; the usual way",
    "digits": "digit by digit",
    "number": "as a quantity",
    "ordinal": "as a position in a row",
    "date": "`2026-12-05` as a day",
    "moment": "`2026-12-05T14:00:00+08:00`, seen from the day of the call: 昨天下午两点, 十二月五号下午两点",
    "time": "`14:05` as a time of day",
    "duration": "seconds as hours, minutes and seconds",
    "money": "yuan, as number or text",
    "phone": "as a telephone number",
    "id": "an identity or document number, in groups",
    "name": "the name of a person or place",
    "list": "a list of texts, one after the other",
}


#: What stands in lists of nodes: its model, the key of the list, the kind of the node.
_PARTS: tuple[tuple[type[BaseModel], str, str], ...] = (
    (Option, "options", "menu"),
    (Choice, "choices", "branch"),
    (CallbackTime, "times", "callback"),
)


_NAMED = {
    "hours": "Each of the `hours`",
    "variables": "A variable with its type, and each of the `results`",
    "parameters": "Each of the `parameters`",
}
_TREE_PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("timing", Timing),
    ("tries", Tries),
    ("limits", Limits),
    ("resumable", Resumable),
    ("hours", Hours),
    ("variables", Variable),
    ("parameters", Parameter),
)


def tree_keys() -> str:
    """Every key of a tree, and of what stands in it besides nodes."""
    blocks = [_table(Tree)]
    for name, model in _TREE_PARTS:
        blocks.append(f"{_NAMED.get(name, f'`{name}`')}:\n\n{_table(model)}")
    return "\n\n".join(blocks)


def node_kinds() -> str:
    """Every kind of node with its keys; what all nodes have, and all that listen, comes first."""
    common = dict(Node.model_fields)
    listening = {name: field for name, field in Listening.model_fields.items() if name not in common}
    kind = f"| `kind` | {' '.join(f'`{name}`' for name in NODE_KINDS)} | **required** | 这一步做什么 / what it does |"
    blocks = [
        f"### every node / 所有步骤\n\n{_table(common)}\n{kind}",
        f"### every node that listens / 所有等按键的步骤（{_listening_kinds()}）\n\n{_table(listening)}",
        f"Each of the `variants`:\n\n{_table(Variant)}",
    ]
    for kind, model in NODE_KINDS.items():
        meaning = " ".join((model.__doc__ or "").split())
        blocks.append(f"### `{kind}`\n\n{meaning}\n\n{_table(_own_fields(model))}")
        for part, name, of in _PARTS:
            if kind == of:
                blocks.append(f"Each of the `{name}`:\n\n{_table(part)}")
    return "\n\n".join(blocks)


def _listening_kinds() -> str:
    return "、".join(f"`{name}`" for name, model in NODE_KINDS.items() if issubclass(model, Listening))


def sentences() -> str:
    """Every standard sentence with its slots and what it says."""
    rows = ["| sentence | slots | zh | en |", "| --- | --- | --- | --- |"]
    wording = standard_wording()
    for name, slots in SENTENCES.items():
        shown = " ".join(f"`{{{slot}}}`" for slot in slots)
        rows.append(f"| `{name}` | {shown} | {wording['zh'][name]} | {wording['en'][name]} |")
    return "\n".join(rows)


def functions() -> str:
    """Every function of expressions."""
    rows = ["| function | value |", "| --- | --- |"]
    for name, (_, arguments) in FUNCTIONS.items():
        rows.append(f"| `{name}({', '.join('ab'[:arguments])})` | {_FUNCTION_MEANINGS[name]} |")
    return "\n".join(rows)


def say_as() -> str:
    """Every way of saying a value."""
    rows = ["| way | what it does |", "| --- | --- |"]
    return "\n".join([*rows, *(f"| `{way}` | {_SAY_AS_MEANINGS[way]} |" for way in SAY_AS)])


def _own_fields(model: type[Node]) -> dict[str, FieldInfo]:
    """What the kind itself brings: fields that its bases do not have, or not in this way."""
    inherited: dict[str, FieldInfo] = {}
    for base in (Node, Listening):
        if issubclass(model, base):
            inherited.update(base.model_fields)
    return {
        name: field
        for name, field in model.model_fields.items()
        if name != "kind" and (name not in inherited or field.description != inherited[name].description)
    }


def _table(fields: type[BaseModel] | Mapping[str, FieldInfo]) -> str:
    found = fields if isinstance(fields, Mapping) else fields.model_fields
    rows = ["| key | value | usual | meaning |", "| --- | --- | --- | --- |"]
    for name, field in found.items():
        usual = "**required**" if field.is_required() else _usual(name, field)
        rows.append(f"| `{name}` | {_value(name, field)} | {usual} | {(field.description or '').replace('|', ' ')} |")
    return "\n".join(rows)


def _usual(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if default is None or default is PydanticUndefined or isinstance(default, BaseModel):
        return ""
    if _is_duration(name, field):
        return f"`{default // 1000}s`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, dict):
        return " ".join(f'`{key}: "{value}"`' for key, value in default.items())
    return f"`{default}`" if default != "" else '`""`'


def _value(name: str, field: FieldInfo) -> str:
    if _is_duration(name, field):
        return "duration"
    return _kind_of_value(name, field.annotation)


def _is_duration(name: str, field: FieldInfo) -> bool:
    """Counts of tries are called like some durations."""
    bounds = [getattr(constraint, "le", None) for constraint in field.metadata]
    return name in _DURATIONS and 9 not in bounds


def _kind_of_value(name: str, annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _kind_of_value(name, next(argument for argument in arguments if argument is not type(None)))
    if origin is typing.Annotated:
        return _kind_of_value(name, arguments[0])
    if origin is Literal:
        return " ".join(f"`{argument or chr(34) * 2}`" for argument in arguments)
    if origin is list:
        return "list"
    if origin is dict:
        text_per_language = name in ("title", "topic", "text", "prompt", "short", "label", "help", "message")
        return "text, or text per language" if text_per_language else "keys with values"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "keys with values"
    return {bool: "`true` `false`", int: "whole number", str: "text"}.get(annotation, "anything")
