"""Where in a YAML file a caret stands, from the lines alone: while an author types, the file is seldom YAML.

Keys are found by their indentation, and within `{…}` and `[…]` by their brackets; both as far as authors write them in
menus and rehearsals. Texts over several lines (`|`, `>`) and comments are no place for keys.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

#: The step from a list to one of its items.
ITEM = "[]"

_PREFIX = re.compile(r" *(?:- +)*")
_KEY = re.compile(r"""(?:"([^"]*)"|'([^']*)'|([^\s:{}\[\],"'#][^:{}\[\],"'#]*?))\s*:(?:\s+|$)""")
_WORD = re.compile(r"""[^\s:{}\[\],"'#]*$""")
_BLOCK = re.compile(r"[|>][+-]?\d?\s*(?:#.*)?$")
_BRACKETS: Mapping[str, str] = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class Level:
    """One step from the top of a file to the caret.

    Attributes:
        key: a key, or `ITEM`.
        inside: the keys that stand below it, with their values as far as they are in the same line.
    """

    key: str
    inside: Mapping[str, str]


@dataclass(frozen=True)
class Position:
    """Where the caret stands.

    Attributes:
        what: whether a key or a value would stand there.
        levels: from the top of the file.
        word: what is written of it already, up to the caret.
        beside: the keys of the mapping in which the caret stands.
        in_line: within brackets, so that what is written must not go on in the next line.
    """

    what: Literal["key", "value"]
    levels: tuple[Level, ...]
    word: str
    beside: Mapping[str, str]
    in_line: bool


@dataclass(frozen=True)
class _Line:
    """One line: where its dashes stand, and its key, if it has one.

    Attributes:
        dashes: columns from 0.
        column: of what follows the indentation and the dashes.
    """

    dashes: tuple[int, ...]
    column: int
    key: str
    value: str


@dataclass
class _Bracket:
    sign: str
    key: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    piece: str = ""


def position(lines: Sequence[str], line: int, column: int) -> Position | None:
    """Where the caret stands; None where no key and no value of ours can stand.

    Args:
        line: from 1.
        column: of the character before which the caret stands, from 1.
    """
    if not 1 <= line <= len(lines):
        return None
    before = lines[line - 1][: column - 1]
    if _is_open(before) or _in_text(lines, line - 1, before):
        return None
    prefix = _PREFIX.match(before)
    assert prefix is not None  # it matches nothing, too
    rest = before[prefix.end() :]
    dashes, indentation = _dashes(prefix[0]), prefix.end()
    head, brackets = _brackets(rest)
    parsed: list[_Line | None] = [_line(text) for text in lines]
    parsed[line - 1] = None  # what is being written is no key yet
    levels, beside = _above(parsed, line - 1, indentation, dashes)
    key, value = _split(head)
    word = _WORD.search(before)
    written = word[0] if word else ""
    if not brackets:
        if key is None:
            return Position("key", levels, written, beside, False)
        return Position("value", (*levels, Level(key, {})), written, beside, False)
    if key is not None and not value:
        levels = (*levels, Level(key, brackets[0].keys))
    elif levels:
        levels = (*levels[:-1], Level(levels[-1].key, brackets[0].keys))
    for outer, inner in itertools.pairwise(brackets):
        levels = (*levels, Level(ITEM if outer.sign == "[" else inner.key, inner.keys))
    innermost = brackets[-1]
    if innermost.sign == "[":
        return Position("value", (*levels, Level(ITEM, {})), written, {}, True)
    key, _ = _split(innermost.piece)
    if key is None:
        return Position("key", levels, written, innermost.keys, True)
    return Position("value", (*levels, Level(key, {})), written, innermost.keys, True)


def _above(
    lines: Sequence[_Line | None], number: int, indentation: int, dashes: Sequence[int]
) -> tuple[tuple[Level, ...], dict[str, str]]:
    """The levels above a place, and the keys beside it."""
    beside = _beside(lines, number, indentation, begins_item=bool(dashes))
    found: list[Level] = []
    inside, limit, in_list = beside, indentation, False

    def out_of_items(places: Sequence[int]) -> None:
        nonlocal inside, limit, in_list
        for dash in reversed(places):
            found.append(Level(ITEM, inside))
            inside, limit, in_list = {}, dash, True

    out_of_items(dashes)
    for above in range(number - 1, -1, -1):
        line = lines[above]
        if line is None:
            continue
        if line.column == limit and line.dashes and not in_list:
            out_of_items(line.dashes)  # the first key of the item in which the place is
        elif line.key and (line.column < limit or (in_list and line.column == limit and not line.dashes)):
            found.append(Level(line.key, inside))
            inside = _beside(lines, above, line.column, begins_item=bool(line.dashes))
            limit, in_list = line.column, False
            out_of_items(line.dashes)
        if limit == 0 and not in_list:
            break
    return tuple(reversed(found)), beside


def _beside(lines: Sequence[_Line | None], number: int, indentation: int, *, begins_item: bool) -> dict[str, str]:
    """The keys of the mapping that has a key at an indentation in a line."""
    keys: dict[str, str] = {}
    own = lines[number]
    if own is not None and own.column == indentation and own.key:
        keys[own.key] = own.value
    for above in range(number - 1, -1, -1) if not begins_item else ():
        line = lines[above]
        if line is None or (line.column > indentation and not _begins_before(line, indentation)):
            continue
        if line.column != indentation:
            break
        keys[line.key] = line.value
        if line.dashes:
            break
    for below in range(number + 1, len(lines)):
        line = lines[below]
        if line is None:
            continue
        if line.column < indentation or _begins_before(line, indentation):
            break
        if line.column == indentation:
            keys[line.key] = line.value
    return keys


def _begins_before(line: _Line, indentation: int) -> bool:
    """Whether a line begins an item of a list further out."""
    return bool(line.dashes) and line.dashes[0] < indentation


def _line(text: str) -> _Line | None:
    """A line in its parts; None for one that is empty, a comment or more of a text."""
    prefix = _PREFIX.match(text)
    assert prefix is not None
    rest = text[prefix.end() :]
    if not rest.strip() or rest.startswith("#"):
        return None
    key, value = _split(rest)
    return _Line(_dashes(prefix[0]), prefix.end(), key or "", value.strip())


def _dashes(prefix: str) -> tuple[int, ...]:
    return tuple(index for index, character in enumerate(prefix) if character == "-")


def _split(text: str) -> tuple[str | None, str]:
    """A key and what follows it; None and all of it where there is no key."""
    found = _KEY.match(text)
    if found is None:
        return None, text
    return next(group for group in found.groups() if group is not None), text[found.end() :]


def _brackets(rest: str) -> tuple[str, list[_Bracket]]:
    """What stands before the first open bracket, and the brackets that are open at the end, from outside to inside."""
    open_ones: list[_Bracket] = []
    head, piece = "", ""
    for character in _outside_quotes(rest):
        if character in _BRACKETS and (open_ones or not piece.strip() or piece.rstrip().endswith(":")):
            if not open_ones:
                head = piece
            key, _ = _split(piece.strip() + " ")
            open_ones.append(_Bracket(character, key or ""))
            piece = ""
        elif open_ones and character == _BRACKETS[open_ones[-1].sign]:
            open_ones.pop()
            piece = ""
        elif open_ones and character == ",":
            key, value = _split(piece.strip())
            if key is not None:
                open_ones[-1].keys[key] = value.strip()
            piece = ""
        else:
            piece += character
    if not open_ones:
        return rest, []
    open_ones[-1].piece = piece.lstrip()
    return head.strip() + " ", open_ones


def _outside_quotes(text: str) -> Iterator[str]:
    """The characters of a line; those in quotes are blanks, so that their brackets and commas mean nothing."""
    quote = ""
    for character in text:
        if quote:
            yield character if character == quote else "·"
            quote = "" if character == quote else quote
        else:
            quote = character if character in "\"'" else ""
            yield character


def _is_open(before: str) -> bool:
    """Whether the caret stands in quotes or in a comment."""
    quote, last = "", " "
    for character in before:
        if quote:
            quote = "" if character == quote else quote
        elif character == "#" and last == " ":
            return True
        elif character in "\"'" and last in " [{,:":
            quote = character
        last = character
    return bool(quote)


def _in_text(lines: Sequence[str], number: int, before: str) -> bool:
    """Whether the caret stands in a text over several lines."""
    indentation = len(before) - len(before.lstrip(" "))
    for above in range(number - 1, -1, -1):
        text = lines[above]
        if not text.strip():
            continue
        line = _line(text)
        starts = len(text) - len(text.lstrip(" "))
        if starts < indentation:
            return line is not None and bool(_BLOCK.match(line.value))
    return False
