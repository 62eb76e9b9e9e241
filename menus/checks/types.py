"""Declared variables hold and say what they are declared to, and trees are called with what they declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.expression import Constant, Expression, parse_expression, paths
from menus.expression_tokens import ExpressionError
from menus.model import Call, Collect, Node, Set, Tree, Variable
from menus.model_values import SAID_AS, fits
from menus.parts import Slot
from menus.problems import Bilingual, Problem
from menus.suggest import one_of
from menus.template import TemplateError, parse_template
from menus.walk import Place, node_texts

RULES = (
    Rule(
        "wrong_first_value",
        "error",
        Bilingual("初值和类型不符", "a first value that is not of the declared type"),
        Bilingual("念出来会是另一个意思，条件也不会成立。", "It would be said wrongly, and conditions would not hold."),
        bad="""\
variables: {day: {type: date, start: "12月5日"}}
""",
        good="""\
variables: {day: {type: date, start: "2026-12-05"}}
""",
    ),
    Rule(
        "wrong_value_type",
        "error",
        Bilingual("赋的值和类型不符", "a value that is not of the declared type"),
        Bilingual("念出来会是另一个意思，条件也不会成立。", "It would be said wrongly, and conditions would not hold."),
        bad="""\
variables: {day: {type: date}}
nodes:
  ask: {kind: set, values: {day: "'明天'"}, next: bye}
""",
        good="""\
variables: {day: {type: date}}
nodes:
  ask: {kind: set, values: {day: "'2026-12-05'"}, next: bye}
""",
    ),
    Rule(
        "said_wrongly",
        "warning",
        Bilingual("念法和类型不符", "said in a way that does not fit its type"),
        Bilingual(
            "一串数字不写念法，会被念成一个很大的数。",
            "Digits without a way of saying are read as one large number.",
        ),
        bad="""\
variables: {number: {type: digits, start: "20260001"}}
nodes:
  bye: {kind: hangup, text: "您的号码是{number}。"}
""",
        good="""\
variables: {number: {type: digits, start: "20260001"}}
nodes:
  bye: {kind: hangup, text: "您的号码是{number:digits}。"}
""",
    ),
    Rule(
        "parameter_missing",
        "error",
        Bilingual("调用时少给了值", "a tree is called without what it needs"),
        Bilingual("被调用的树没有这个值就办不了。", "The called tree cannot do its work without it."),
        bad="""\
parameters: {number: {type: digits}}
nodes:
  ask: {kind: call, tree: example, next: bye}
""",
        good="""\
parameters: {number: {type: digits, needed: false, start: "1"}}
""",
    ),
    Rule(
        "unknown_parameter",
        "error",
        Bilingual("被调用的树不要这个值", "a tree is called with what it does not take"),
        Bilingual("写错了名字，值就传不过去。", "A misspelt name means that the value does not arrive."),
        bad="""\
parameters: {number: {type: digits, needed: false}}
nodes:
  ask: {kind: call, tree: example, arguments: {nubmer: "'1'"}, next: bye}
""",
        good="""\
parameters: {number: {type: digits, needed: false}}
""",
    ),
    Rule(
        "unknown_result",
        "error",
        Bilingual("被调用的树不给这个结果", "a result that the called tree does not give"),
        Bilingual("带回来的是空的。", "Nothing is brought back."),
        bad="""\
results: {outcome: {type: text}}
variables: {got: ""}
nodes:
  ask: {kind: call, tree: example, save: {got: outcmoe}, next: bye}
""",
        good="""\
results: {outcome: {type: text, start: done}}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        declared = tree.tree.declared
        yield from _first_values(tree, declared)
        for name, node in tree.tree.nodes.items():
            if declared:
                yield from _values(tree, name, node, declared)
                yield from _said(tree, name, node, declared)
            if isinstance(node, Call) and node.tree in loaded.trees:
                yield from _called(tree, name, node, loaded.trees[node.tree].tree)


def _first_values(tree: LoadedTree, declared: Mapping[str, Variable]) -> Iterator[Problem]:
    for section in ("variables", "parameters", "results"):
        for name in getattr(tree.tree, section):
            variable = declared.get(name)
            if variable is not None and not fits(variable.start, variable.type):
                yield _misfit(tree, (section, name, "start"), "wrong_first_value", name, variable)


def _values(tree: LoadedTree, name: str, node: Node, declared: Mapping[str, Variable]) -> Iterator[Problem]:
    if isinstance(node, Set):
        for variable, written in node.values.items():
            expression = _parsed(written)
            wanted = declared.get(variable)
            if wanted and isinstance(expression, Constant) and not fits(expression.value, wanted.type):
                yield _misfit(tree, ("nodes", name, "values", variable), "wrong_value_type", variable, wanted)
    if isinstance(node, Collect):
        wanted = declared.get(node.save_as)
        if wanted and not fits("1" * node.least, wanted.type) and wanted.type not in ("date", "time"):
            yield _misfit(tree, ("nodes", name, "save_as"), "wrong_value_type", node.save_as, wanted)


def _said(tree: LoadedTree, name: str, node: Node, declared: Mapping[str, Variable]) -> Iterator[Problem]:
    for place, text in node_texts(node):
        for language, written in text.items():
            for slot in _slots(written):
                variable = declared.get(slot.path)
                ways = SAID_AS.get(variable.type, ()) if variable else ()
                if variable and slot.say_as not in ways:
                    yield _wrongly(tree, ("nodes", name, *place, language), slot, variable, ways)


def _wrongly(tree: LoadedTree, place: Place, slot: Slot, variable: Variable, ways: tuple[str, ...]) -> Problem:
    what = Bilingual(
        f"“{slot.path}”是 {variable.type}，这里却按 {slot.say_as} 念",
        f"{slot.path} is {variable.type}, but is said as {slot.say_as}",
    )
    if ways:
        fix = Bilingual(f"写 {{{slot.path}:{ways[0]}}}", f"write {{{slot.path}:{ways[0]}}}")
    else:
        fix = Bilingual("念它里面的一项", "say something within it")
    return tree.source.problem(place, "said_wrongly", what, fix, severity="warning")


def _called(tree: LoadedTree, name: str, node: Call, called: Tree) -> Iterator[Problem]:
    place = ("nodes", name, "arguments")
    if called.parameters:
        for argument in node.arguments:
            if argument not in called.parameters:
                what = Bilingual(f"“{called.id}”不要“{argument}”", f"{called.id} takes no {argument}")
                fix = one_of(argument, sorted(called.parameters))
                yield tree.source.problem((*place, argument), "unknown_parameter", what, fix, on_key=True)
        for parameter, declared in called.parameters.items():
            if declared.needed and parameter not in node.arguments:
                what = Bilingual(f"“{called.id}”要“{parameter}”，这里没给", f"{called.id} needs {parameter}")
                fix = Bilingual(f"在 arguments 里写 {parameter}", f"give it {parameter} under arguments")
                yield tree.source.problem(place, "parameter_missing", what, fix)
    if called.results:
        for saved, written in node.save.items():
            expression = _parsed(written)
            used = [path.steps[0] for path in paths(expression)] if expression else []
            for variable in used:
                if variable not in called.results:
                    what = Bilingual(f"“{called.id}”不给“{variable}”", f"{called.id} does not give {variable}")
                    fix = one_of(variable, sorted(called.results))
                    yield tree.source.problem(("nodes", name, "save", saved), "unknown_result", what, fix)


def _misfit(tree: LoadedTree, place: Place, code: str, name: str, variable: Variable) -> Problem:
    what = Bilingual(f"“{name}”应该是 {variable.type}", f"{name} should be {variable.type}")
    return tree.source.problem(place, code, what)


def _parsed(written: str) -> Expression | None:
    try:
        return parse_expression(written)
    except ExpressionError:
        return None  # told by the check of expressions


def _slots(written: str) -> list[Slot]:
    try:
        return [piece for piece in parse_template(written) if isinstance(piece, Slot)]
    except TemplateError:
        return []  # told by the check of texts
