"""Text for the ear: what a web page hides in a text is taken out before anybody hears it."""

from __future__ import annotations

import html
import re
import unicodedata

#: Elements whose end is a pause, and those whose content nobody wants to hear.
_PAUSES = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|table|h[1-6])\b[^<>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENDED = "，。；：、！？,.;:!?\n "


def plain_text(text: str) -> str:
    """Return the text without HTML, entities, links' addresses and control characters, as one line.

    Text that holds none of them comes back as it is.
    """
    if "<" in text:
        text = _HIDDEN.sub("", text)
        text = _PAUSES.sub("\n", text)
        text = _TAG.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    if text.isprintable():
        return text
    return _one_line("".join(map(_visible, text)))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character == "\t" or unicodedata.category(character) == "Zs" else "\n"


def _one_line(text: str) -> str:
    """Join lines: with a comma where the line before does not end with a mark of its own."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    joined = ""
    for line in filter(None, lines):
        joint = "" if not joined else ("，" if joined[-1] not in _ENDED else "")
        joined += joint + line
    return joined
