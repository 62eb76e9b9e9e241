"""No variable is read before it has a value, on whatever way a call takes.

Every way through the tree is followed: a variable counts as set only if each way that leads to a node sets it. The
result of a query, a collected number and what another tree brings back are there only behind `next`; behind a condition
such as `not empty(case)` the variable is there as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.keys import active_universals
from menus.model import Branch, Call, Listening, Node, Set, Tree
from menus.problems import Bilingual, Problem
from menus.variable_uses import given_if, uses_of
from menus.walk import SYSTEM_VARIABLES, successors, variables_set

RULES = (
    Rule(
        "used_before_set",
        "warning",
        Bilingual("变量可能还没有值", "a variable that may have no value yet"),
        Bilingual(
            "走某一条路过来的人，会听到一句缺了一块的话。",
            "Callers who come another way hear a sentence with a gap.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 输号码, next: ask_number}
      - {keys: "2", label: 听号码, next: say_number}
  ask_number: {kind: collect, prompt: 请输入号码。, save_as: number, next: say_number}
  say_number: {kind: say, text: "号码是{number:digits}。", next: bye}
""",
        good="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 输号码, next: ask_number}
  ask_number: {kind: collect, prompt: 请输入号码。, save_as: number, next: say_number}
  say_number: {kind: say, text: "号码是{number:digits}。", next: bye}
""",
    ),
)

#: From a node to a node that can follow it, with the variables that this way sets.
Ways = dict[str, list[tuple[str, frozenset[str]]]]


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        if tree.whole and tree.tree.start in tree.tree.nodes:
            yield from _early_uses(tree, _from_the_start(tree.tree, loaded))


def _early_uses(tree: LoadedTree, given: frozenset[str]) -> Iterator[Problem]:
    nodes = tree.tree.nodes
    ways = _ways(tree.tree)
    set_somewhere = given.union(*map(variables_set, nodes.values()))
    known = _known_at(tree.tree.start, ways, given)
    for name, here in known.items():
        told = set()
        for use in uses_of(nodes[name]):
            variable = use.variable
            if not use.expects_value or variable in here or variable not in set_somewhere or variable in told:
                continue
            told.add(variable)
            way = " → ".join(_way_without(variable, tree.tree.start, name, ways))
            what = Bilingual(
                f"这样走来，变量“{variable}”还没有值：{way}", f"on this way {variable!r} has no value yet: {way}"
            )
            fix = Bilingual(
                "在 variables 里写初值，或者先用 branch 看 empty(…)",
                "give it a first value under variables, or ask empty(…) in a branch first",
            )
            place = ("nodes", name, *use.place)
            yield tree.source.problem(place, "used_before_set", what, fix, severity="warning")


def _from_the_start(tree: Tree, loaded: Loaded) -> frozenset[str]:
    """What surely has a value when the tree begins: only what every caller of the tree gives it."""
    calls = [
        frozenset(node.arguments)
        for other in loaded.trees.values()
        for node in other.tree.nodes.values()
        if isinstance(node, Call) and node.tree == tree.id
    ]
    given = frozenset.intersection(*calls) if calls else frozenset()
    given |= {name for name, parameter in tree.parameters.items() if parameter.needed}
    return given | frozenset(tree.first_values) | frozenset(tree.hours) | SYSTEM_VARIABLES


def _ways(tree: Tree) -> Ways:
    return {name: list(_ways_from(tree, node)) for name, node in tree.nodes.items()}


def _ways_from(tree: Tree, node: Node) -> Iterator[tuple[str, frozenset[str]]]:
    if isinstance(node, Branch):
        refused: set[str] = set()
        for choice in node.choices:
            yield choice.next, frozenset(refused | given_if(choice.when, True))
            refused |= given_if(choice.when, False)
        yield node.otherwise, frozenset(refused)
        return
    following = successors(tree, node)
    behind_next = getattr(node, "next", None)
    sets = frozenset(variables_set(node))
    others = {value for field, value in node if field != "next" and isinstance(value, str)}
    for target in following:
        yield target, sets if target == behind_next and (target not in others or isinstance(node, Set)) else frozenset()
    if isinstance(node, Listening):
        universals = active_universals(tree, node)
        if "operator" in universals:
            yield tree.way_out, frozenset()
        if "main_menu" in universals:
            yield tree.main_menu or tree.start, frozenset()


def _known_at(start: str, ways: Ways, given: frozenset[str]) -> dict[str, frozenset[str]]:
    """For each node that can be reached, the variables that every way to it sets."""
    known = {start: given}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        for target, names in ways[name]:
            if target not in ways:
                continue
            arriving = known[name] | names
            before = known.get(target)
            now = arriving if before is None else before & arriving
            if now != before:
                known[target] = now
                waiting.append(target)
    return known


def _way_without(variable: str, start: str, goal: str, ways: Ways) -> list[str]:
    """The shortest way to a node that does not set a variable, shortened in the middle where it is long."""
    came_from: dict[str, str] = {start: start}
    waiting = deque([start])
    while waiting and goal not in came_from:
        name = waiting.popleft()
        for target, names in ways[name]:
            if variable not in names and target in ways and target not in came_from:
                came_from[target] = name
                waiting.append(target)
    way = [goal]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    way.reverse()
    return way if len(way) <= 7 else [*way[:3], "…", *way[-3:]]
