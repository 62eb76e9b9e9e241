"""The expressions of connectors: JMESPath (jmespath.org), which reads data and does nothing else, with a few functions.

| function | gives |
| --- | --- |
| `code(table, value)` | the entry of a code table; an error where it has none |
| `day(value, form)` | a date, from text in a form such as `%Y%m%d`; null from null or nothing |
| `moment(value, form)` | a moment in China's time |
| `text(value)` | text without spaces around it; empty from null |
| `number(value)` | a whole number |
| `cents(value)` | yuan as fen |
| `parts(value, separators)` | a list from text such as `身份证、户口本` |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import jmespath  # type: ignore[import-untyped]
from jmespath import functions
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Function = TypeVar("Function", bound=Callable[..., Any])

CHINA = timezone(timedelta(hours=8))


class ExpressionError(ValueError):
    """An expression that is wrong, or that does not fit the data. The message quotes the expression, not the data."""


class Expression:
    """A compiled expression.

    Raises:
        ExpressionError: it is not one.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._compiled = jmespath.compile(text)
        except JMESPathError as error:
            raise ExpressionError(f"{text}: not an expression: {error}") from error

    def value(self, data: Any, codes: Mapping[str, Mapping[str, str]]) -> Any:
        """Return what the expression gives for this data.

        Raises:
            ExpressionError: it does not fit.
        """
        try:
            return self._compiled.search(data, jmespath.Options(custom_functions=_Functions(codes)))
        except ExpressionError as error:
            raise ExpressionError(f"{self.text}: {error}") from None
        except JMESPathError as error:
            raise ExpressionError(f"{self.text}: {type(error).__name__}") from None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a mapping an expression is text."""
        return core_schema.no_info_plain_validator_function(cls._from)

    @classmethod
    def _from(cls, value: Any) -> Expression:
        if not isinstance(value, str):
            raise ValueError(f"{value!r}: an expression is text; put it in quotes")
        return cls(value)


def _takes(*types: dict[str, list[str]]) -> Callable[[Function], Function]:
    """Which types a function of expressions takes; JMESPath checks them, and knows it by the name after `_func_`."""
    decorated: Callable[[Function], Function] = functions.signature(*types)
    return decorated


class _Functions(functions.Functions):  # type: ignore[misc]
    def __init__(self, codes: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__()
        self._codes = codes

    @_takes({"types": ["string"]}, {"types": ["string", "number", "null"]})
    def _func_code(self, table: str, value: Any) -> str:
        if table not in self._codes:
            raise ExpressionError(f"there is no code table {table}")
        if str(value) not in self._codes[table]:
            # The code itself is no secret, and what an operator needs to know.
            raise ExpressionError(f"the code table {table} has no entry {str(value)[:20]}")
        return self._codes[table][str(value)]

    @_takes({"types": ["string", "number", "null"]}, {"types": ["string"]})
    def _func_day(self, value: Any, form: str) -> str | None:
        moment = _read_moment(value, form)
        return None if moment is None else moment.date().isoformat()

    @_takes({"types": ["string", "number", "null"]}, {"types": ["string"]})
    def _func_moment(self, value: Any, form: str) -> str | None:
        moment = _read_moment(value, form)
        return None if moment is None else moment.isoformat()

    @_takes({"types": ["string", "number", "boolean", "null"]})
    def _func_text(self, value: Any) -> str:
        return "" if value is None else str(value).strip()

    @_takes({"types": ["string", "number"]})
    def _func_number(self, value: Any) -> int:
        return int(_decimal(value))

    @_takes({"types": ["string", "number"]})
    def _func_cents(self, value: Any) -> int:
        return int((_decimal(value) * 100).to_integral_value())

    @_takes({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_parts(self, value: str | None, separators: str) -> list[str]:
        pieces = re.split(f"[{re.escape(separators)}]", value or "")
        return [piece.strip() for piece in pieces if piece.strip()]


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        raise ExpressionError("not a number") from None


def _read_moment(value: Any, form: str) -> datetime | None:
    if value is None or not str(value).strip():
        return None
    try:
        return datetime.strptime(str(value).strip(), form).replace(tzinfo=CHINA)
    except ValueError:
        raise ExpressionError(f"not of the form {form}") from None
