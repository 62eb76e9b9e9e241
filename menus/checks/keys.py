"""The keys of a menu are clear: no key twice, none that waits for a longer one, none that hides a universal key."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.model import Menu, Tree, UniversalAction
from menus.problems import Bilingual, Problem

RULES = (
    Rule(
        "key_bound_twice",
        "error",
        Bilingual("一个键用了两次", "a key twice"),
        Bilingual(
            "后写的选项永远选不到。",
            "The second option can never be chosen.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 听通知, next: bye}
      - {keys: "1", label: 找人工, next: person}
""",
        good="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 听通知, next: bye}
      - {keys: "2", label: 找人工, next: person}
""",
    ),
    Rule(
        "key_begins_longer",
        "warning",
        Bilingual("一个键是另一个的开头", "a key that begins a longer one"),
        Bilingual(
            "按完要空等几秒才算数，来电人会以为没按上。",
            "After the key callers wait for seconds and think that it was not taken.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 听通知, next: bye}
      - {keys: "12", label: 找人工, next: person}
""",
        good="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 听通知, next: bye}
      - {keys: "2", label: 找人工, next: person}
""",
    ),
    Rule(
        "universal_hidden",
        "warning",
        Bilingual("选项盖住了通用键", "an option hides a universal key"),
        Bilingual(
            "别处按 0 找人工，这里却不是，来电人会按错。",
            "0 leads to a person everywhere else, but not here.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "0", label: 听通知, next: bye}
""",
        good="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 听通知, next: bye}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        yield from _universals(tree)
        for name, node in tree.tree.nodes.items():
            if isinstance(node, Menu):
                yield from _twice(tree, name, node)
                yield from _longer(tree, name, node)
                if node.universals:
                    yield from _hidden(tree, name, node)


def _universals(tree: LoadedTree) -> Iterator[Problem]:
    first: dict[str, UniversalAction] = {}
    for action, key in tree.tree.universals.items():
        if key in first:
            what = Bilingual(f"{first[key]} 和 {action} 都用 {key}", f"{first[key]} and {action} both use {key}")
            fix = Bilingual("给其中一个换个键", "give one of them another key")
            yield tree.source.problem(("universals", action), "key_bound_twice", what, fix)
        first.setdefault(key, action)


def _twice(tree: LoadedTree, name: str, node: Menu) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, option in enumerate(node.options):
        if option.keys in first:
            what = Bilingual(
                f"第 {first[option.keys] + 1} 个选项已经用了 {option.keys}",
                f"option {first[option.keys] + 1} already uses {option.keys}",
            )
            fix = Bilingual("换一个键", "use another key")
            yield tree.source.problem(_place(name, index), "key_bound_twice", what, fix)
        first.setdefault(option.keys, index)


def _longer(tree: LoadedTree, name: str, node: Menu) -> Iterator[Problem]:
    longer: dict[str, str] = {}
    for option in node.options:
        for length in range(1, len(option.keys)):
            longer.setdefault(option.keys[:length], option.keys)
    for index, option in enumerate(node.options):
        if option.keys in longer:
            what = Bilingual(
                f"按 {option.keys} 要等一会儿才算数，因为还有 {longer[option.keys]}",
                f"after {option.keys} the caller must wait, because there is {longer[option.keys]} too",
            )
            fix = Bilingual("键都用一样长", "use keys of the same length")
            yield tree.source.problem(_place(name, index), "key_begins_longer", what, fix, severity="warning")


def _hidden(tree: LoadedTree, name: str, node: Menu) -> Iterator[Problem]:
    for index, option in enumerate(node.options):
        for action, key in tree.tree.universals.items():
            if option.keys.startswith(key) and option.next not in _same_as(tree.tree, action):
                what = Bilingual(
                    f"{key} 在别处是 {action}，这里却是另一个选项",
                    f"{key} means {action} everywhere else, but another thing here",
                )
                fix = Bilingual("换一个键，别处的习惯才不会出错", "use another key, so that callers can rely on habits")
                yield tree.source.problem(_place(name, index), "universal_hidden", what, fix, severity="warning")


def _same_as(tree: Tree, action: UniversalAction) -> set[str]:
    """Where the universal action itself leads: an option that goes there hides nothing."""
    if action == "operator":
        return {tree.way_out}
    if action == "main_menu":
        return {tree.main_menu or tree.start}
    return set()


def _place(name: str, index: int) -> tuple[str | int, ...]:
    return ("nodes", name, "options", index, "keys")
