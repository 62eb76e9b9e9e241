"""Queries ask what the backend offers, read what it answers, and calls are transferred to people who are there.

What the backend offers is its contract; who is there stands in the settings. Both are told from outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.checks.surroundings import Operation
from menus.model import Node, Transfer
from menus.problems import Bilingual, Problem
from menus.suggest import one_of

RULES = (
    Rule(
        "unknown_operation",
        "warning",
        Bilingual("后台没有这个操作", "an operation that the backend does not have"),
        Bilingual(
            "每次查询都会失败。",
            "Every query fails.",
        ),
        bad="""\
nodes:
  ask: {kind: query, operation: get_caes, save_as: case, next: bye, not_found: bye, failed: bye}
""",
        good="""\
nodes:
  ask: {kind: query, operation: list_notices, save_as: notices, next: bye, not_found: bye, failed: bye}
""",
        needs="operations",
    ),
    Rule(
        "unknown_argument",
        "warning",
        Bilingual("这个操作没有这个参数", "an argument that the operation does not have"),
        Bilingual(
            "后台会拒绝这样的查询。",
            "The backend refuses such a query.",
        ),
        bad="""\
nodes:
  ask:
    kind: query
    operation: list_notices
    arguments: {kidn: "'power_outage'"}
    save_as: notices
    next: bye
    not_found: bye
    failed: bye
""",
        good="""\
nodes:
  ask:
    kind: query
    operation: list_notices
    arguments: {kind: "'power_outage'"}
    save_as: notices
    next: bye
    not_found: bye
    failed: bye
""",
        needs="operations",
    ),
    Rule(
        "missing_argument",
        "warning",
        Bilingual("少了必须的参数", "an argument that is required is missing"),
        Bilingual(
            "后台会拒绝这样的查询。",
            "The backend refuses such a query.",
        ),
        bad="""\
nodes:
  ask: {kind: query, operation: get_case, save_as: case, next: bye, not_found: bye, failed: bye}
""",
        good="""\
nodes:
  ask:
    kind: query
    operation: get_case
    arguments: {number: "'20260001'"}
    save_as: case
    next: bye
    not_found: bye
    failed: bye
""",
        needs="operations",
    ),
    Rule(
        "unknown_target",
        "warning",
        Bilingual("设置里没有这个转接对象", "a target that the settings do not have"),
        Bilingual(
            "每次转接都会失败。",
            "Every transfer fails.",
        ),
        bad="""\
nodes:
  person: {kind: transfer, target: opertor, next: bye, busy: bye, no_answer: bye, failed: bye}
""",
        good="""\
nodes:
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
""",
        needs="targets",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    operations, targets = loaded.surroundings.operations, loaded.surroundings.targets
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            if operations is not None:
                yield from _query(tree, name, node, operations)
            if targets is not None and isinstance(node, Transfer) and node.target not in targets:
                what = Bilingual(
                    f"设置 transfer.targets 里没有 {node.target}", f"the settings have no transfer target {node.target}"
                )
                place = ("nodes", name, "target")
                fix = one_of(node.target, sorted(targets)) if targets else None
                yield tree.source.problem(place, "unknown_target", what, fix, severity="warning")


def _query(tree: LoadedTree, name: str, node: Node, operations: Mapping[str, Operation]) -> Iterator[Problem]:
    """Any kind of node that names an operation, with its arguments, asks the backend."""
    asked = getattr(node, "operation", None)
    if not isinstance(asked, str):
        return
    arguments = {*getattr(node, "arguments", {}), *([node.words_as] if hasattr(node, "words_as") else [])}
    if asked not in operations:
        what = Bilingual(f"后台没有 {asked} 这个操作", f"the backend has no operation {asked}")
        fix = one_of(asked, sorted(operations))
        yield tree.source.problem(("nodes", name, "operation"), "unknown_operation", what, fix, severity="warning")
        return
    operation = operations[asked]
    allowed = sorted(operation.required | operation.optional)
    for argument in sorted(arguments):
        if argument not in allowed:
            what = Bilingual(f"{asked} 没有参数 {argument}", f"{asked} has no argument {argument}")
            fix = one_of(argument, allowed) if allowed else Bilingual("删掉它", "remove it")
            yield tree.source.problem(
                ("nodes", name, "arguments", argument), "unknown_argument", what, fix, severity="warning", on_key=True
            )
    for argument in sorted(operation.required - arguments):
        what = Bilingual(f"{asked} 少了参数 {argument}", f"{asked} lacks the argument {argument}")
        fix = Bilingual(f"在 arguments 里写 {argument}", f"write {argument} under arguments")
        place = ("nodes", name, "operation")
        yield tree.source.problem(place, "missing_argument", what, fix, severity="warning")
