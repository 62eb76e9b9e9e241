"""Templates: the small language inside texts.

`{path}` says a variable, `{path:say_as}` says it by its type, `{pause:500ms}` is silence, `{{` and `}}` are braces.
Everything else is said as it stands. A line break in the file is a space, or nothing beside a Chinese character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from menus.duration import parse_duration
from menus.parts import SAY_AS, Part, Pause, Piece, Slot, Template, Value, Words
from menus.problems import AuthorError, Bilingual
from menus.suggest import one_of

#: Longest pause an author may write; more would be taken for a dead line.
LONGEST_PAUSE_MS = 10_000

#: Longest text in characters: several minutes of speech.
LONGEST_TEXT = 2000

_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)*")
_LINE_BREAK = re.compile(r"[ \t]*[\r\n]+\s*")
_WIDE_BRACES = {"｛": "{", "｝": "}"}


class TemplateError(AuthorError):
    """A text that is not a template."""


@lru_cache(maxsize=8192)
def parse_template(text: str) -> Template:
    """Return the pieces of a text. The same text always gives the same pieces.

    Raises:
        TemplateError: when the text is too long, a brace is not closed, a path is not a path, or a way of saying does
            not exist.
    """
    if len(text) > LONGEST_TEXT:
        what = Bilingual(f"文字超过 {LONGEST_TEXT} 个字", f"the text is longer than {LONGEST_TEXT} characters")
        raise TemplateError(what, Bilingual("分成几步说", "say it in several nodes"), LONGEST_TEXT)
    pieces: list[Piece] = []
    words: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character in "{}" and text[position : position + 2] == character * 2:
            words.append(character)
            position += 2
        elif character == "{":
            end = _closing_brace(text, position)
            pieces += [Words("".join(words)), _slot_or_pause(text[position + 1 : end], position + 1)]
            words.clear()
            position = end + 1
        elif character == "}":
            raise TemplateError(
                Bilingual("多了一个 }", "a lone }"),
                Bilingual("要念出括号请写 }}", "write }} to have a brace in the text"),
                position,
            )
        elif character in _WIDE_BRACES:
            raise TemplateError(
                Bilingual(f"{character} 是全角括号", f"{character} is a full-width brace"),
                Bilingual(f"请写半角 {_WIDE_BRACES[character]}", f"write {_WIDE_BRACES[character]}"),
                position,
            )
        else:
            words.append(character)
            position += 1
    pieces.append(Words("".join(words)))
    return join(pieces)


def join(pieces: Iterable[Piece]) -> Template:
    """Return the pieces with neighbouring words in one, line breaks made spaces, and no blanks at the ends."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, Words) and isinstance(last, Words):
            joined[-1] = Words(last.text + piece.text)
        elif not isinstance(piece, Words) or piece.text:
            joined.append(piece)
    for index, piece in enumerate(joined):
        if isinstance(piece, Words):
            text = _LINE_BREAK.sub(_unbroken, piece.text)
            text = text.lstrip() if index == 0 else text
            joined[index] = Words(text.rstrip() if index == len(joined) - 1 else text)
    return tuple(piece for piece in joined if not isinstance(piece, Words) or piece.text)


def fill(
    template: Template,
    lookup: Callable[[str], Any],
    is_sensitive: Callable[[str], bool] = lambda path: False,
    missing: Callable[[str], None] = lambda path: None,
    now: str = "",
) -> tuple[Part, ...]:
    """Return what is to be said, with every slot filled. Never fails.

    Args:
        lookup: path to JSON data; None where there is no such variable.
        is_sensitive: whether logs must mask the value of a path.
        missing: is told each path that has no value, or one that cannot be said (a mapping, true or false); the slot
            is then left empty.
        now: when the call began, for moments that are said from there.
    """
    return tuple(
        _fill_slot(piece, lookup, is_sensitive, missing, now) if isinstance(piece, Slot) else piece
        for piece in template
    )


def splice(template: Template, replacements: dict[str, Template]) -> Template:
    """Return the template with slots replaced by the pieces given for their paths; other slots stay."""
    pieces: list[Piece] = []
    for piece in template:
        if isinstance(piece, Slot) and piece.path in replacements:
            pieces += replacements[piece.path]
        else:
            pieces.append(piece)
    return join(pieces)


def slot_paths(template: Template) -> tuple[str, ...]:
    """Return the paths of the template's slots, in order."""
    return tuple(piece.path for piece in template if isinstance(piece, Slot))


def _fill_slot(
    slot: Slot,
    lookup: Callable[[str], Any],
    is_sensitive: Callable[[str], bool],
    missing: Callable[[str], None],
    now: str,
) -> Part:
    value = lookup(slot.path)
    say_as = slot.say_as
    if isinstance(value, (list, tuple)):
        value = [item for item in value if _can_be_said(item)]
        say_as = "list"
    elif say_as == "list" and _can_be_said(value):
        value = [value]
    if (say_as == "list" and value) or _can_be_said(value):
        return Value(value, say_as, is_sensitive(slot.path), now if say_as == "moment" else "")
    missing(slot.path)
    return Words("")


def _can_be_said(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""


def _closing_brace(text: str, opening: int) -> int:
    end = text.find("}", opening)
    inside = text[opening + 1 : end if end >= 0 else len(text)]
    if end < 0 or "{" in inside:
        raise TemplateError(
            Bilingual("这个 { 没有配对的 }", "this { is never closed"),
            Bilingual("补上 }；要念出括号请写 {{", "close it with }, or write {{ to have a brace in the text"),
            opening,
        )
    return end


def _slot_or_pause(inside: str, offset: int) -> Slot | Pause:
    path, colon, say_as = (part.strip() for part in inside.partition(":"))
    if path == "pause":
        return _pause(say_as, offset)
    if not _PATH.fullmatch(path):
        raise TemplateError(
            Bilingual(f"“{inside}”不是变量", f"{inside!r} is not a variable"),
            Bilingual(
                "用小写字母、数字、下划线和点，例如 {case.status}",
                "use lower-case letters, digits, underscores and dots, such as {case.status}",
            ),
            offset,
        )
    if colon and say_as not in SAY_AS:
        raise TemplateError(
            Bilingual(f"没有“{say_as}”这种念法", f"there is no way of saying {say_as!r}"),
            one_of(say_as, SAY_AS),
            offset + inside.index(":") + 1,
        )
    return Slot(path, say_as or "text")


def _pause(written: str, offset: int) -> Pause:
    try:
        length = parse_duration(written)
    except ValueError:
        length = 0
    if not 0 < length <= LONGEST_PAUSE_MS:
        raise TemplateError(
            Bilingual("这样写不是停顿", "this is not a pause"),
            Bilingual("写成 {pause:500ms} 这样，最长 10s", "write a pause such as {pause:500ms}, at most 10s"),
            offset,
        )
    return Pause(length)


def _unbroken(match: re.Match[str]) -> str:
    before = match.string[: match.start()][-1:]
    after = match.string[match.end() :][:1]
    return "" if _is_wide(before) or _is_wide(after) else " "


def _is_wide(character: str) -> bool:
    """CJK ideographs and full-width punctuation, which are written without blanks between them."""
    return bool(character) and ("\u2e80" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef")
