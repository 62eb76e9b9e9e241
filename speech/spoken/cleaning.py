"""Text made plain: markup out, widths folded, characters that nobody can say dropped. No language in here."""

from __future__ import annotations

import html
import re
import unicodedata

#: Longer texts than this are cut: nobody listens for ten minutes, and nothing may hold up a call.
LONGEST_TEXT = 4000
_COMMENTS_AND_CODE = re.compile(r"<!--.*?(?:-->|$)|<(script|style)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_BLOCK_TAG = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|hr|section|article)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_CIRCLED = {chr(0x2460 + n): f"({n + 1})" for n in range(20)} | {chr(0x2488 + n): f"{n + 1}." for n in range(20)}
#: What NFKC would fold into something with another meaning.
_BEFORE_FOLDING = str.maketrans({**_CIRCLED, "℃": "°C", "…": "，", "〜": "~", "⁄": "/", "×": "×", "²": "2", "³": "3"})
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r"\s*\n\s*")
#: Unicode categories without sound: controls, formats, surrogates, private use, unassigned, marks alone.
_SILENT_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})


def plain(text: str) -> str:
    """Text without markup: tags and entities resolved, compatibility characters folded, blanks single.

    A line end or the edge of a block stays as a line end, for the language to make a pause of.
    """
    text = text[:LONGEST_TEXT]
    if "<" in text:
        text = _COMMENTS_AND_CODE.sub("\n", text)
        text = _TAG.sub("", _BLOCK_TAG.sub("\n", text))
    if "&" in text:
        text = html.unescape(text)
    text = unicodedata.normalize("NFKC", text.translate(_BEFORE_FOLDING)).replace("\r", "\n")
    text = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in _SILENT_CATEGORIES)
    return _LINE_ENDS.sub("\n", _BLANKS.sub(" ", text)).strip()
