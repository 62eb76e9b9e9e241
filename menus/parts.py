"""What is to be said, as typed parts: the one currency between menus, engine, log and voice.

Text that an author wrote becomes a template of `Words`, `Slot` and `Pause`; the engine fills each slot from the
variables of the call and so gets `Part`s. Nothing here knows how a number is spoken: `speech` turns a `Value` into
words of the language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Union

#: How a value may be said. `text` is said as it stands; `list` is a list of texts, said one after the other.
SAY_AS = (
    "text",
    "digits",
    "number",
    "ordinal",
    "date",
    "moment",
    "time",
    "duration",
    "money",
    "phone",
    "id",
    "name",
    "list",
)


@dataclass(frozen=True)
class Words:
    """Text that is said as it stands."""

    text: str


@dataclass(frozen=True)
class Pause:
    """Silence.

    Attributes:
        ms: its length in milliseconds.
    """

    ms: int


@dataclass(frozen=True)
class Slot:
    """A place in a template that a variable fills, written `{path}` or `{path:say_as}`.

    Attributes:
        path: dotted path of the variable, such as `case.expected_date`.
        say_as: one of `SAY_AS`.
    """

    path: str
    say_as: str = "text"


@dataclass(frozen=True)
class Value:
    """A value that must be turned into words by its type.

    Attributes:
        value: JSON data: text, number, or a list of texts for `list`.
            Dates are ISO 8601 (`2026-12-05`), times `HH:MM`, durations seconds, money yuan as text or number.
        say_as: one of `SAY_AS`.
        sensitive: True where logs must show a mask instead of the value.
        now: of a `moment`, when the call began, ISO 8601 with offset: 昨天 is the day before that.
    """

    value: Any
    say_as: str = "text"
    sensitive: bool = False
    now: str = ""


Part = Union[Words, Value, Pause]
Piece = Union[Words, Slot, Pause]
Template = tuple[Piece, ...]
