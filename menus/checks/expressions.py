"""Every condition and value is an expression."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.expression import parse_expression
from menus.expression_tokens import ExpressionError
from menus.model import Call
from menus.problems import Bilingual, Problem
from menus.walk import node_expressions

RULES = (
    Rule(
        "wrong_expression",
        "error",
        Bilingual("条件写错了", "a wrong expression"),
        Bilingual(
            "条件看不懂，就不知道该往哪里走。",
            "A condition that cannot be read decides nothing.",
        ),
        bad="""\
nodes:
  ask:
    kind: branch
    choices: [{when: call.caller = '', next: person}]
    otherwise: bye
""",
        good="""\
nodes:
  ask:
    kind: branch
    choices: [{when: call.caller == '', next: person}]
    otherwise: bye
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            saved = node.save.items() if isinstance(node, Call) else ()
            for place, expression in [*node_expressions(node), *((("save", key), value) for key, value in saved)]:
                try:
                    parse_expression(expression)
                except ExpressionError as error:
                    where = ("nodes", name, *place)
                    yield tree.source.problem(where, "wrong_expression", error.what, error.fix, offset=error.offset)
