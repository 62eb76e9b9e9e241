"""Where a tree reads its variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from menus.expression import Apply, Constant, Expression, Path, parse_expression, paths
from menus.expression_tokens import ExpressionError
from menus.model import Node, Say
from menus.template import TemplateError, parse_template, slot_paths
from menus.walk import Place, node_expressions, node_texts


@dataclass(frozen=True)
class Use:
    """One place that reads a variable.

    Attributes:
        place: inside the node.
        path: dotted path; its first step is the name of the variable.
        expects_value: False where the expression itself asks whether there is a value.
    """

    place: Place
    path: str
    expects_value: bool = True

    @property
    def variable(self) -> str:
        return self.path.partition(".")[0]


def uses_of(node: Node) -> Iterator[Use]:
    """Yield every place of a node that reads a variable of its tree; what cannot be read is told by other checks."""
    own = node.item if isinstance(node, Say) and node.each else None
    for place, text in node_texts(node):
        for language, written in text.items():
            for path in _slots(written):
                use = Use((*place, language), path)
                if use.variable != own:
                    yield use
    for place, written in node_expressions(node):
        expression = _parsed(written)
        if expression is not None:
            asked = set(asked_about(expression))
            for found in paths(expression):
                yield Use(place, found.text, found.steps[0] not in asked)
    if isinstance(node, Say) and node.each:
        yield Use(("each",), node.each)


def asked_about(expression: Expression) -> Iterator[str]:
    """Yield the variables of which an expression asks whether they have a value."""
    if not isinstance(expression, Apply):
        return
    if expression.name == "empty" or Constant(None) in expression.operands:
        yield from (path.steps[0] for path in paths(expression))
    for operand in expression.operands:
        yield from asked_about(operand)


def given_if(condition: str, holds: bool) -> set[str]:
    """Return the variables that surely have a value where a condition holds, or where it does not."""
    expression = _parsed(condition)
    return set() if expression is None else _given(expression, holds)


def _given(expression: Expression, holds: bool) -> set[str]:
    if isinstance(expression, Path):
        return {expression.steps[0]} if holds else set()
    if not isinstance(expression, Apply):
        return set()
    operands = expression.operands
    if expression.name == "not":
        return _given(operands[0], not holds)
    if expression.name in ("and", "or"):
        parts = [_given(operand, holds) for operand in operands]
        everything = (expression.name == "and") == holds
        return set.union(*parts) if everything else set.intersection(*parts)
    if expression.name == "empty":
        return set() if holds else {path.steps[0] for path in paths(expression)}
    if expression.name in ("==", "<", "<=", ">", ">=") and holds and Constant(None) not in operands:
        return {path.steps[0] for operand in operands if isinstance(operand, Path) for path in paths(operand)}
    return set()


def _slots(text: str) -> tuple[str, ...]:
    try:
        return slot_paths(parse_template(text))
    except TemplateError:
        return ()


def _parsed(text: str) -> Expression | None:
    try:
        return parse_expression(text)
    except ExpressionError:
        return None
