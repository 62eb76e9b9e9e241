"""What townships are called, as the menus call them: the label of the option that chooses their code."""

from __future__ import annotations

import re

from menus.model import Menu, MenuSet, Set

_LITERAL = re.compile(r"^'([\w-]+)'$")


def township_names(menus: MenuSet | None, language: str) -> dict[str, str]:
    """Code to name, in a language, or in the first one of the menu where it lacks it."""
    names: dict[str, str] = {}
    for tree in menus.trees.values() if menus else ():
        for node in tree.nodes.values():
            for option in node.options if isinstance(node, Menu) else ():
                chosen = tree.nodes.get(option.next or "")
                literal = _LITERAL.match(chosen.values.get("township", "")) if isinstance(chosen, Set) else None
                if literal:
                    names.setdefault(literal[1], option.label.get(language) or next(iter(option.label.values())))
    return names
