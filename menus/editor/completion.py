"""What an author can write where the caret stands: keys, and the values of those that have a choice.

Made from a JSON Schema such as that of menus or rehearsals, and from what the file itself names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from menus.editor.position import ITEM, Level, Position, position
from menus.walk import REFERENCE_FIELDS

_JsonSchema = Mapping[str, Any]
#: Keys whose value is the name of a node of the same tree.
_NODE_KEYS = frozenset({*REFERENCE_FIELDS, "start", "main_menu"})
_TOP_KEY = re.compile(r"([a-z_]+):")
_NODE = re.compile(r"( +)([a-z][a-z0-9_]*):")
_MOST = 60


@dataclass(frozen=True)
class Choice:
    """One thing that can be written.

    Attributes:
        text: what is put in the place of the word.
        shown: its name for people.
        about: what it means, in Chinese and English with ` / ` between them; may be empty.
        required: whether the file is wrong without it.
    """

    text: str
    shown: str
    about: str = ""
    required: bool = False


@dataclass(frozen=True)
class Completion:
    """Everything that can be written.

    Attributes:
        word: what is written of it already; a choice takes its place.
    """

    word: str
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Names:
    """What a file may name besides its own nodes.

    Attributes:
        nodes: of fragments that are included; for rehearsals, those of the tree.
        answers: what the backend can answer in rehearsals.
    """

    nodes: Sequence[str] = ()
    trees: Sequence[str] = ()
    operations: Sequence[str] = ()
    targets: Sequence[str] = ()
    answers: Sequence[str] = ()
    languages: Sequence[str] = ("zh", "en")


def complete(text: str, line: int, column: int, schema: _JsonSchema, names: Names = Names()) -> Completion:
    """What can be written at a place.

    Args:
        line: from 1.
        column: of the character before which the caret stands, from 1.
        schema: of the whole file.
    """
    lines = text.split("\n")
    at = position(lines, line, column)
    if at is None:
        return Completion("", ())
    found = _keys(schema, at) if at.what == "key" else _values(schema, at, lines, names)
    folded = at.word.casefold()
    fitting = [choice for choice in found if folded in choice.shown.casefold()]
    # What begins with the word comes before what only holds it.
    fitting.sort(key=lambda choice: not choice.shown.casefold().startswith(folded))
    return Completion(at.word, fitting[:_MOST])


def node_names(lines: Sequence[str]) -> list[str]:
    """The nodes that a file has, in their order, also while it is not YAML."""
    names: list[str] = []
    in_nodes, indentation = False, ""
    for line in lines:
        top = _TOP_KEY.match(line)
        if top:
            in_nodes, indentation = top[1] == "nodes", ""
            continue
        found = _NODE.match(line) if in_nodes else None
        if found and found[1] == (indentation or found[1]):
            indentation = found[1]
            names.append(found[2])
    return names


def _keys(schema: _JsonSchema, at: Position) -> list[Choice]:
    found: dict[str, Choice] = {}
    scalars: list[Choice] = []
    for part in _at(schema, at.levels, at.beside):
        needed = part.get("required", ())
        for key, value in part.get("properties", {}).items():
            if key not in at.beside and key not in found:
                opens = _goes_below(schema, value) and not at.in_line
                text = f"{key}:" if opens else f"{key}: "
                found[key] = Choice(text, key, _about(schema, value), key in needed)
        scalars += _fixed(part)
    return [*sorted(found.values(), key=lambda choice: not choice.required), *scalars]


def _values(schema: _JsonSchema, at: Position, lines: Sequence[str], names: Names) -> list[Choice]:
    key = next((level.key for level in reversed(at.levels) if level.key != ITEM), "")
    named: Mapping[str, Sequence[str]] = {
        **{key_0: [*node_names(lines), *names.nodes] for key_0 in _NODE_KEYS},
        "reach": names.nodes,
        "tree": names.trees,
        "operation": names.operations,
        "target": names.targets,
        "to": names.languages,
        "languages": names.languages,
    }
    in_answers = any(level.key == "backend" for level in at.levels[:-1])
    choices = [Choice(name, name) for name in (names.answers if in_answers else named.get(key, ()))]
    for part in _at(schema, at.levels, {}):
        choices += _fixed(part)
    return list(dict.fromkeys(choices))


def _fixed(part: _JsonSchema) -> list[Choice]:
    """The values that a part of a schema names."""
    if "const" in part:
        return [Choice(_written(part["const"]), _written(part["const"]), part.get("description", ""))]
    about = part.get("enumDescriptions", [""] * len(part.get("enum", ())))
    choices = [
        Choice(_written(value), _written(value), told) for value, told in zip(part.get("enum", ()), about, strict=False)
    ]
    if part.get("type") == "boolean":
        choices += [Choice("true", "true", "是 / yes"), Choice("false", "false", "否 / no")]
    usual = part.get("default")
    if isinstance(usual, (str, int)) and not isinstance(usual, bool) and not choices and usual != "":
        choices.append(Choice(_written(usual), _written(usual), "平时是这样 / the usual value"))
    return choices


def _written(value: Any) -> str:
    """A value as it stands in YAML; a text of digits and signs only with quotes."""
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z][\w .-]*|\d+(\.\d+)?(ms|s|min)", value):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(schema: _JsonSchema, levels: Sequence[Level], beside: Mapping[str, str]) -> list[_JsonSchema]:
    """The parts of a schema that a place may follow."""
    parts = list(_parts(schema, schema, {} if levels else beside))
    for level in levels:
        below = [child for part in parts for child in _below(part, level.key)]
        parts = [flat for child in below for flat in _parts(schema, child, level.inside)]
    return parts


def _below(part: _JsonSchema, key: str) -> Iterator[_JsonSchema]:
    if key == ITEM:
        if isinstance(part.get("items"), Mapping):
            yield part["items"]
        return
    if key in part.get("properties", {}):
        yield part["properties"][key]
        return
    for pattern, value in part.get("patternProperties", {}).items():
        if re.search(pattern, key):
            yield value
            return
    if isinstance(part.get("additionalProperties"), Mapping):
        yield part["additionalProperties"]


def _parts(root: _JsonSchema, schema: _JsonSchema, inside: Mapping[str, str]) -> Iterator[_JsonSchema]:
    """A schema in the alternatives that it has, references followed; conditions by the keys that are there."""
    yield schema
    if "$ref" in schema:
        yield from _parts(root, _referred(root, schema["$ref"]), inside)
    for several in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(several, ()):
            if "if" not in part:
                yield from _parts(root, part, inside)
            elif _holds(part["if"], inside):
                yield from _parts(root, part["then"], inside)


def _holds(condition: _JsonSchema, inside: Mapping[str, str]) -> bool:
    wanted = {key: value.get("const") for key, value in condition.get("properties", {}).items()}
    return all(inside.get(key, "").strip("\"'") == value for key, value in wanted.items())


def _referred(root: _JsonSchema, reference: str) -> _JsonSchema:
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, Mapping)
    return found


def _goes_below(root: _JsonSchema, schema: _JsonSchema) -> bool:
    """Whether a value is written in lines of its own."""
    kinds = {part.get("type") for part in _parts(root, schema, {})}
    return bool(kinds & {"object", "array"}) and "string" not in kinds


def _about(root: _JsonSchema, schema: _JsonSchema) -> str:
    return next((str(part["description"]) for part in _parts(root, schema, {}) if part.get("description")), "")
