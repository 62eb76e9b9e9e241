"""Every variable that is used is set somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.expression import parse_expression, paths
from menus.expression_tokens import ExpressionError
from menus.model import Call, Node, Say, Tree
from menus.problems import Bilingual, Problem
from menus.suggest import did_you_mean
from menus.template import TemplateError, parse_template, slot_paths
from menus.walk import SYSTEM_VARIABLES, Place, node_expressions, node_texts, variables_set

RULES = (
    Rule(
        "variable_never_set",
        "warning",
        Bilingual("变量从来没有赋值", "a variable that nothing sets"),
        Bilingual(
            "说到这里会空一段。",
            "There is a gap in the sentence.",
        ),
        bad="""\
nodes:
  bye: {kind: hangup, text: "您的号码是{nubmer:digits}。"}
""",
        good="""\
variables: {number: "12345"}
nodes:
  bye: {kind: hangup, text: "我们的号码是{number:digits}。"}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    # A node that could not be understood may set anything.
    whole = {name: tree.tree for name, tree in loaded.trees.items() if tree.whole}
    known = {name: _set_in(tree) | _given_to(name, loaded) for name, tree in whole.items()}
    for tree_name, model in whole.items():
        tree = loaded.trees[tree_name]
        for name, node in model.nodes.items():
            for place, path, its_tree in _uses(node, tree_name):
                variables = known.get(its_tree)
                own = {node.item} if isinstance(node, Say) and place[0] == "text" else set()
                variable = path.split(".", 1)[0]
                if variables is None or variable in variables | own:
                    continue
                what = Bilingual(f"没有任何步骤给变量“{variable}”赋值", f"nothing sets the variable {variable!r}")
                fix = did_you_mean(variable, variables | own) or Bilingual(
                    "用 collect、query、set 赋值，或写在 variables 里",
                    "set it by collect, query, set or variables",
                )
                where = ("nodes", name, *place)
                yield tree.source.problem(where, "variable_never_set", what, fix, severity="warning")


def _set_in(tree: Tree) -> set[str]:
    names = set(tree.variables) | set(tree.parameters) | set(tree.results) | set(tree.hours) | SYSTEM_VARIABLES
    for node in tree.nodes.values():
        names |= variables_set(node)
    return names


def _given_to(tree_name: str, loaded: Loaded) -> set[str]:
    """The arguments of those who call the tree."""
    nodes = (node for tree in loaded.trees.values() for node in tree.tree.nodes.values())
    calls = [node for node in nodes if isinstance(node, Call) and node.tree == tree_name]
    return {argument for call in calls for argument in call.arguments}


def _uses(node: Node, tree_name: str) -> Iterator[tuple[Place, str, str]]:
    """Yield place, path and the tree whose variable it is."""
    for place, text in node_texts(node):
        for language, written in text.items():
            for path in _slots(written):
                yield (*place, language), path, tree_name
    for place, expression in node_expressions(node):
        for path in _paths(expression):
            yield place, path, tree_name
    if isinstance(node, Say) and node.each:
        yield ("each",), node.each, tree_name
    if isinstance(node, Call):
        for name, expression in node.save.items():
            for path in _paths(expression):
                yield ("save", name), path, node.tree


def _slots(text: str) -> tuple[str, ...]:
    try:
        return slot_paths(parse_template(text))
    except TemplateError:
        return ()  # told by the check of texts


def _paths(expression: str) -> tuple[str, ...]:
    try:
        return tuple(path.text for path in paths(parse_expression(expression)))
    except ExpressionError:
        return ()  # told by the check of expressions
