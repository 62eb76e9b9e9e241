"""Expressions: the conditions and values of a menu. Small, safe and total; nothing is ever run as Python.

    case.status == 'done' and not empty(case.missing_documents)
    township in ('01', '02')
    tries + 1

Values are JSON data. A path that leads nowhere is none. A comparison that makes no sense is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Union

from menus.expression_operations import FUNCTIONS, OPERATIONS, truth
from menus.expression_tokens import ExpressionError, Token, tokens
from menus.problems import NOTHING, Bilingual
from menus.suggest import one_of

_DEEPEST = 40


@dataclass(frozen=True)
class Constant:
    """A value written in the expression."""

    value: Any


@dataclass(frozen=True)
class Path:
    """A variable: name, then keys or list positions.

    Attributes:
        offset: where it stands in the expression.
    """

    steps: tuple[str, ...]
    offset: int

    @property
    def text(self) -> str:
        return ".".join(self.steps)


@dataclass(frozen=True)
class Apply:
    """An operator or a function with its operands."""

    name: str
    operands: tuple[Expression, ...]


Expression = Union[Constant, Path, Apply]


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Return the expression that a text stands for.

    Raises:
        ExpressionError: with the offset of what is wrong, and what would be right.
    """
    return _Parser(tokens(text)).parse()


def evaluate(expression: Expression, variables: Mapping[str, Any]) -> Any:
    """Return the value of an expression. Never fails: what has no value is None, what makes no sense is False."""
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, Path):
        return follow(variables, expression.steps)
    if expression.name == "and":
        return all(truth(evaluate(operand, variables)) for operand in expression.operands)
    if expression.name == "or":
        return any(truth(evaluate(operand, variables)) for operand in expression.operands)
    return OPERATIONS[expression.name](*(evaluate(operand, variables) for operand in expression.operands))


def holds(expression: Expression, variables: Mapping[str, Any]) -> bool:
    """Return whether a condition holds."""
    return truth(evaluate(expression, variables))


def look_up(variables: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path such as `notices.items.0.title`, or None."""
    return follow(variables, tuple(path.split(".")))


def follow(value: Any, steps: Sequence[str]) -> Any:
    """Return what the steps lead to from a value: keys of mappings, positions in lists; None if nowhere."""
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, (list, tuple)) and step.isdecimal() and len(step) < 10 and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def paths(expression: Expression) -> tuple[Path, ...]:
    """Return every variable that an expression reads, in order."""
    return tuple(_paths(expression))


def _paths(expression: Expression) -> Iterator[Path]:
    if isinstance(expression, Path):
        yield expression
    elif isinstance(expression, Apply):
        for operand in expression.operands:
            yield from _paths(operand)


_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_NAMED_CONSTANTS = {"true": True, "false": False, "none": None}


class _Parser:
    """Recursive descent, lowest precedence first: or, and, not, comparison, +, value."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._position = 0
        self._depth = 0

    def parse(self) -> Expression:
        expression = self._or()
        if self._current.kind != "end":
            raise ExpressionError(
                Bilingual(f"“{self._current.text}”放在这里不对", f"unexpected {self._current.text}"),
                Bilingual("前面缺少 == 或 and 这样的运算符", "an operator such as == or and is missing before it"),
                self._current.offset,
            )
        return expression

    @property
    def _current(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._current
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def _accept(self, *texts: str) -> Token | None:
        is_operator = self._current.kind in ("operator", "name")
        return self._take() if is_operator and self._current.text in texts else None

    def _or(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(Bilingual("括号套得太深", "too deeply nested"), NOTHING, self._current.offset)
        operands = [self._and()]
        while self._accept("or"):
            operands.append(self._and())
        self._depth -= 1
        return operands[0] if len(operands) == 1 else Apply("or", tuple(operands))

    def _and(self) -> Expression:
        operands = [self._not()]
        while self._accept("and"):
            operands.append(self._not())
        return operands[0] if len(operands) == 1 else Apply("and", tuple(operands))

    def _not(self) -> Expression:
        negations = 0
        while self._accept("not"):
            negations += 1
        expression = self._comparison()
        # Any number of negations is at most two, which make a truth value of any value.
        for _ in range(2 - negations % 2 if negations else 0):
            expression = Apply("not", (expression,))
        return expression

    def _comparison(self) -> Expression:
        left = self._sum()
        name = self._comparison_name()
        if not name:
            return left
        compared = Apply(name, (left, self._sum()))
        offset = self._current.offset
        if self._comparison_name():
            raise ExpressionError(
                Bilingual("一次只能比较两个值", "only two values can be compared at a time"),
                Bilingual("请用 and 连接两个比较", "join two comparisons with and"),
                offset,
            )
        return compared

    def _comparison_name(self) -> str | None:
        token = self._accept(*_COMPARISONS)
        if token:
            return token.text
        if self._current.text == "not" and self._tokens[self._position + 1].text == "in":
            self._take()
            self._take()
            return "not in"
        return None

    def _sum(self) -> Expression:
        operands = [self._value()]
        while self._accept("+"):
            operands.append(self._value())
        return operands[0] if len(operands) == 1 else Apply("+", tuple(operands))

    def _value(self) -> Expression:
        token = self._take()
        if token.kind in ("text", "number"):
            return Constant(token.value)
        if token.text == "(":
            return self._parenthesis(token)
        if token.kind == "name" and token.text in _NAMED_CONSTANTS:
            return Constant(_NAMED_CONSTANTS[token.text])
        if token.kind == "name" and token.text not in ("and", "or", "not", "in"):
            if self._accept("("):
                return self._function(token)
            return Path(tuple(token.text.split(".")), token.offset)
        found = Bilingual("结尾", "the end") if token.kind == "end" else Bilingual(token.text, token.text)
        raise ExpressionError(
            Bilingual(f"这里应该是一个值，却是{found.zh}", f"a value was expected here, not {found.en}"),
            Bilingual("写变量、数字或引号里的文字", "write a variable, a number, or text in quotes"),
            token.offset,
        )

    def _parenthesis(self, opening: Token) -> Expression:
        items = self._items(opening)
        return items[0] if len(items) == 1 else Apply("list", tuple(items))

    def _function(self, name: Token) -> Expression:
        if name.text not in FUNCTIONS:
            raise ExpressionError(
                Bilingual(f"没有函数 {name.text}", f"there is no function {name.text}"),
                one_of(name.text, FUNCTIONS),
                name.offset,
            )
        items = [] if self._accept(")") else self._items(name)
        wanted = FUNCTIONS[name.text][1]
        if len(items) != wanted:
            raise ExpressionError(
                Bilingual(
                    f"{name.text} 要 {wanted} 个参数，写了 {len(items)} 个",
                    f"{name.text} takes {wanted} arguments, not {len(items)}",
                ),
                NOTHING,
                name.offset,
            )
        return Apply(name.text, tuple(items))

    def _items(self, opening: Token) -> list[Expression]:
        items = [self._or()]
        while self._accept(","):
            items.append(self._or())
        if not self._accept(")"):
            raise ExpressionError(
                Bilingual("括号没有配对", "this parenthesis is never closed"),
                Bilingual("补上 )", "close it with )"),
                opening.offset,
            )
        return items
