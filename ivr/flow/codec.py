"""Events, commands, parts and state to JSON data and back, from their dataclass fields alone."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, TypeVar

from menus.parts import Part, Pause, Value, Words

T = TypeVar("T")

_PARTS: dict[str, type] = {"words": Words, "value": Value, "pause": Pause}
_PART_NAMES = {cls: name for name, cls in _PARTS.items()}


def to_data(thing: Any) -> Any:
    """JSON data for a dataclass, list, tuple, dict or plain value. Parts carry their kind in `part`."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        data = {field.name: to_data(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
        name = _PART_NAMES.get(type(thing))
        return {"part": name, **data} if name else data
    if isinstance(thing, list | tuple):
        return [to_data(item) for item in thing]
    if isinstance(thing, dict):
        return {key: to_data(value) for key, value in thing.items()}
    return thing


def from_data(cls: type[T], data: Any) -> T:
    """The dataclass of type `cls` that `to_data` described.

    Raises:
        KeyError, TypeError: when `data` is not of that shape.
    """
    hints = _hints(typing.cast(type, cls))
    values = {
        field.name: _value(hints[field.name], data[field.name])
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if field.name in data
    }
    return cls(**values)


@functools.lru_cache(maxsize=128)
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _value(hint: Any, data: Any) -> Any:
    if hint == Part:
        return from_data(_PARTS[data["part"]], data)
    origin = typing.get_origin(hint)
    if origin in (list, tuple):
        inner = typing.get_args(hint)[0]
        return origin(_value(inner, item) for item in data)
    if origin in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType]
        return _value(kinds[0], data) if len(kinds) == 1 and data is not None else data
    if not isinstance(hint, type):
        return data
    if dataclasses.is_dataclass(hint):
        return from_data(hint, data)
    return data
