"""Phrases written once for many wordings: `(查|问)[一下]{项目}`.

`(a|b)` is one of several, `[a]` may be left out, `{name}` is one of the values that came for that name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Wordings that one phrase may stand for.
MOST_WORDINGS = 64
_MOST_DEPTH = 8
_CLOSERS = {"(": ")", "[": "]"}


class TemplateError(ValueError):
    """A phrase cannot be read. The message says where."""


def wordings(phrase: str, values: Mapping[str, Sequence[str]] | None = None) -> tuple[str, ...]:
    """All wordings of a phrase, in order, each once.

    Args:
        phrase: the phrase; full-width brackets and bars mean the same as half-width ones.
        values: name in braces -> its values.

    Raises:
        TemplateError: brackets do not match, a name has no values, or there are too many wordings.
    """
    plain = phrase.translate(str.maketrans("（）［］｛｝｜", "()[]{}|"))
    found, end = _alternatives(plain, 0, values or {}, 0)
    if end != len(plain):
        raise TemplateError(f"{phrase!r}: {plain[end]!r} at {end + 1} closes nothing")
    return tuple(dict.fromkeys(text for text in (" ".join(one.split()) for one in found) if text))


def _alternatives(text: str, place: int, values: Mapping[str, Sequence[str]], depth: int) -> tuple[list[str], int]:
    """Wordings from `place` up to a closing bracket or the end, and where that is."""
    if depth > _MOST_DEPTH:
        raise TemplateError(f"{text!r}: brackets nested too deep")
    done: list[str] = []
    current = [""]
    while place < len(text) and text[place] not in ")]":
        char = text[place]
        if char == "|":
            done += current
            current, place = [""], place + 1
            continue
        if char in _CLOSERS:
            inner, place = _alternatives(text, place + 1, values, depth + 1)
            if place >= len(text) or text[place] != _CLOSERS[char]:
                raise TemplateError(f"{text!r}: {char!r} is not closed")
            pieces = [*inner, ""] if char == "[" else inner
            place += 1
        elif char == "{":
            name, closed, _ = text[place + 1 :].partition("}")
            if not closed or not values.get(name.strip()):
                raise TemplateError(f"{text!r}: there are no values for {{{name}}}")
            pieces, place = list(values[name.strip()]), place + len(name) + 2
        elif char == "}":
            raise TemplateError(f"{text!r}: '}}' at {place + 1} closes nothing")
        else:
            pieces, place = [char], place + 1
        current = [before + piece for before in current for piece in pieces]
        if len(current) + len(done) > MOST_WORDINGS:
            raise TemplateError(f"{text!r}: stands for more than {MOST_WORDINGS} wordings")
    return done + current, place
