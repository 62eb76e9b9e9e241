"""The keys of a telephone: how each is said, and which of them mean something at a node."""

from __future__ import annotations

from menus.model import Ask, Callback, Collect, Listening, Menu, Rate, Record, Tree, UniversalAction

#: The keys of a question that is answered by yes or no, such as a read-back.
CONFIRM_YES = "1"
CONFIRM_NO = "2"
#: The key for an X at the end of an identity number; telephones have no X.
X_KEY = "*"
#: The key of an `ask` for those who would rather press keys, and the one for none of what was found.
ASK_BY_KEYS = "1"
ASK_NONE = "9"
#: The keys after a recording: keep it, hear it, say it again.
RECORD_KEEP = "1"
RECORD_HEAR = "2"
RECORD_AGAIN = "3"
#: The keys of a `rate`.
MARKS = "12345"
#: Ends a telephone number.
NUMBER_END = "#"

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


def keys_taken(node: Listening, phase: str = "") -> set[str]:
    """Return the keys that are input at a node, or begin one.

    Args:
        phase: which question of the node is asked; empty for its first.
    """
    yes_no = {CONFIRM_YES, CONFIRM_NO}
    if isinstance(node, Menu):
        return {option.keys[0] for option in node.options}
    if isinstance(node, Ask):
        return {*"123"[: node.most], ASK_NONE} if phase == "choosing" else {ASK_BY_KEYS}
    if isinstance(node, Record):
        return {RECORD_KEEP, RECORD_HEAR, RECORD_AGAIN} if phase == "review" else set()
    if isinstance(node, Rate):
        return set(MARKS)
    if isinstance(node, Collect):
        return {*"0123456789", node.terminator}
    if isinstance(node, Callback) and phase == "number":
        return {*"0123456789", NUMBER_END}
    if isinstance(node, Callback) and phase == "time":
        return {time.keys[0] for time in node.times}
    return yes_no


def active_universals(tree: Tree, node: Listening, phase: str = "") -> dict[UniversalAction, str]:
    """Return the universal keys that work at a node: action to key.

    What is input, such as the options of a menu or the digits of a number, comes before any universal.
    """
    if not node.universals:
        return {}
    taken = keys_taken(node, phase)
    return {action: key for action, key in tree.universals.items() if key not in taken}
