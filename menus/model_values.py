"""Variables whose type the author declares, and what a tree that is called takes and gives back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Union

from pydantic import Discriminator, Field, Tag

from menus.model_common import Model

ValueType = Literal[
    "text", "digits", "number", "date", "time", "duration", "money", "phone", "id", "name", "list", "record", "yes_no"
]


class Variable(Model):
    """A variable with its type. Plain values may stand in its place: they are first values of any type."""

    type: ValueType = Field(description="是什么：文字、一串数字、日期…… / what it holds")
    start: Any = Field(None, description="初值 / its first value")
    sensitive: bool = Field(False, description="内容不进日志 / masked in every log")
    note: str | None = Field(None, description="给同事看的说明 / a remark for colleagues")


class Parameter(Variable):
    """A value that a tree is given by the tree that calls it."""

    needed: bool = Field(True, description="调用时一定要给 / must be given; otherwise `start` stands in")


def _how_written(written: Any) -> str:
    declared = isinstance(written, Variable) or (isinstance(written, dict) and "type" in written)
    return "declared" if declared else "plain"


#: A declared variable, or just its first value.
VariableOrValue = Annotated[
    Union[Annotated[Variable, Tag("declared")], Annotated[Any, Tag("plain")]], Discriminator(_how_written)
]

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 -]*", re.ASCII)
_ID = re.compile(r"[0-9A-Za-z]+", re.ASCII)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)) or _matches(_NUMBER)(value)


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


_FITS: Mapping[ValueType, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "name": lambda value: isinstance(value, str),
    "digits": _matches(_DIGITS),
    "number": _is_number,
    "money": _is_number,
    "duration": _is_number,
    "date": _is_date,
    "time": _matches(_TIME),
    "phone": _matches(_PHONE),
    "id": _matches(_ID),
    "list": lambda value: isinstance(value, list),
    "record": lambda value: isinstance(value, Mapping),
    "yes_no": lambda value: isinstance(value, bool),
}

#: The ways of saying that make sense of a type. What is not here cannot be said itself, only what is within it.
SAID_AS: Mapping[ValueType, tuple[str, ...]] = {
    "text": ("text", "name", "digits", "id"),
    "name": ("name", "text"),
    "digits": ("digits", "number", "phone", "id"),
    "number": ("number", "ordinal", "digits", "money", "duration", "text"),
    "money": ("money", "number"),
    "duration": ("duration", "number"),
    "date": ("date", "moment"),
    "time": ("time",),
    "phone": ("phone", "digits"),
    "id": ("id", "digits"),
    "list": ("list", "text"),
}


def fits(value: Any, type_: ValueType) -> bool:
    """Return whether a value is of a type. None and empty text are: nothing is there yet."""
    return value is None or value == "" or _FITS[type_](value)
