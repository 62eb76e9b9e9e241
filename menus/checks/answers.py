"""Menus read only what the backend answers.

A field that is not in the contract has no value, so the sentence has a gap in every call. A variable is looked at where
all that ever sets it are queries of known operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.checks.surroundings import Operation
from menus.model import Node, Tree
from menus.problems import Bilingual, Problem
from menus.suggest import did_you_mean
from menus.variable_uses import uses_of
from menus.walk import variables_set

RULES = (
    Rule(
        "unknown_field",
        "warning",
        Bilingual("后台的回答里没有这一项", "a field that the backend does not answer"),
        Bilingual(
            "这句话每次都会缺一块。",
            "The sentence has a gap in every call.",
        ),
        bad="""\
nodes:
  ask:
    kind: query
    operation: get_case
    arguments: {number: "'20260001'"}
    save_as: case
    next: say_state
    not_found: bye
    failed: bye
  say_state: {kind: say, text: "您的办件，{case.stauts_text}。", next: bye}
""",
        good="""\
nodes:
  ask:
    kind: query
    operation: get_case
    arguments: {number: "'20260001'"}
    save_as: case
    next: say_state
    not_found: bye
    failed: bye
  say_state: {kind: say, text: "您的办件，{case.status_text}。", next: bye}
""",
        needs="operations",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    operations = loaded.surroundings.operations
    if operations is None:
        return
    for tree in loaded.trees.values():
        if not tree.whole:
            continue
        answers = _answers(tree.tree, operations)
        for name, node in tree.tree.nodes.items():
            for use in uses_of(node):
                steps = use.path.split(".")[1:]
                fields = answers.get(use.variable)
                field = ".".join("0" if step.isdecimal() else step for step in steps)
                if fields is None or not steps or field in fields:
                    continue
                what = Bilingual(f"后台的回答里没有 {field}", f"the backend does not answer {field}")
                fix = did_you_mean(field, fields)
                place = ("nodes", name, *use.place)
                yield tree.source.problem(place, "unknown_field", what, fix, severity="warning")


def _answers(tree: Tree, operations: Mapping[str, Operation]) -> dict[str, frozenset[str]]:
    """The fields of those variables that are never anything but the answer to a query."""
    fields: dict[str, frozenset[str]] = {}
    others: set[str] = set(tree.variables)
    for node in tree.nodes.values():
        operation = operations.get(_operation_of(node))
        for variable in variables_set(node):
            if operation is None or operation.fields is None:
                others.add(variable)
            else:
                fields[variable] = fields.get(variable, frozenset()) | operation.fields
    return {variable: known for variable, known in fields.items() if variable not in others}


def _operation_of(node: Node) -> str:
    """A `query` keeps the whole answer; what other kinds keep of an answer is their own affair."""
    return str(getattr(node, "operation", "")) if getattr(node, "kind", "") == "query" else ""
