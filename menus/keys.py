"""The keys of a telephone: how each is said, and which of them mean something at a node."""

from __future__ import annotations

from menus.model import Collect, Listening, Menu, Tree, UniversalAction

#: The keys of a read-back: right, and enter again.
CONFIRM_YES = "1"
CONFIRM_NO = "2"

_SPOKEN: dict[str, dict[str, str]] = {
    "zh": dict(zip("0123456789*#", [*"零一二三四五六七八九", "星号键", "井号键"], strict=True)),
    "en": dict(
        zip(
            "0123456789*#",
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "star", "pound"],
            strict=True,
        )
    ),
}


def spoken_key(keys: str, language: str) -> str:
    """Return keys as words, such as 井号键 for `#`. A language that is not known says them as in Chinese writing."""
    words = _SPOKEN.get(language.partition("-")[0], _SPOKEN["zh"])
    return (" " if words is _SPOKEN["en"] else "").join(words[key] for key in keys)


def active_universals(tree: Tree, node: Listening) -> dict[UniversalAction, str]:
    """Return the universal keys that work at a node: action to key.

    The options of a menu have their keys before any universal. Where digits are collected, digits and the terminator
    are input.
    """
    if not node.universals:
        return {}
    if isinstance(node, Menu):
        taken = {option.keys[0] for option in node.options}
    else:
        taken = {*"0123456789", node.terminator if isinstance(node, Collect) else ""}
    return {action: key for action, key in tree.universals.items() if key not in taken}
