"""Prompts of VoiceXML with their speech markup (SSML), as texts of the menu language."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Union
from xml.etree.ElementTree import Element

from menus.importers.document import local_name
from menus.importers.imported import plain_text, words_of_file
from menus.template import LONGEST_PAUSE_MS

#: Elements that say something by themselves.
PROMPTS = ("prompt", "audio", "value", "emphasis", "prosody", "say-as", "voice", "s", "p", "sub", "break", "enumerate")
#: Says that something was lost: Chinese, English.
Lose = Callable[[str, str], None]
_TIME = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(ms|s)\s*", re.ASCII)
_STRENGTHS = {"none": 0, "x-weak": 100, "weak": 250, "medium": 500, "strong": 750, "x-strong": 1000}


def prompt_text(
    parts: Sequence[Union[Element, str]],
    slot: Callable[[str], str | None],
    lose: Lose,
    first: str | None = None,
) -> str:
    """Return what some texts and elements say.

    Args:
        slot: makes a slot of an expression, or None where it cannot be one.
        lose: is told what could not be carried over.
        first: text before them.
    """
    said = [plain_text(first or ""), *(_one(part, slot, lose) for part in parts)]
    # A pause needs no blank beside it; words do.
    text = " ".join(piece for piece in said if piece)
    text = re.sub(r"\s*(\{pause:[^}]*\})\s*", r"\1", text)
    return text if re.sub(r"\{pause:[^}]*\}", "", text).strip() else ""


def timeout_of(written: str | None) -> int:
    """Return a time designation (VoiceXML 2.0, 6.5) in milliseconds; 0 where there is none."""
    match = _TIME.fullmatch(written or "")
    return int(float(match[1]) * (1000 if match[2] == "s" else 1)) if match and len(match[1]) < 10 else 0


def _one(part: Union[Element, str], slot: Callable[[str], str | None], lose: Lose) -> str:
    if isinstance(part, str):
        return plain_text(part)
    kind = local_name(part)
    if kind == "break":
        strength = part.get("strength") or part.get("size") or "medium"
        length = timeout_of(part.get("time")) or _STRENGTHS.get(strength, 500)
        return f"{{pause:{min(length, LONGEST_PAUSE_MS)}ms}}" if length else ""
    if kind == "value":
        made = slot(part.get("expr") or "")
        if made is None:
            lose(f"要念的值 {part.get('expr')} 没有带过来", f"the value {part.get('expr')} was left out")
        return made or ""
    if kind == "sub":
        return plain_text(part.get("alias") or "")
    inside: list[Union[Element, str]] = [part.text or ""]
    for child in part:
        inside += [child, child.tail or ""]
    text = prompt_text([piece for piece in inside if isinstance(piece, str) or local_name(piece)], slot, lose)
    if kind == "audio" and not text:
        named = part.get("src") or part.get("expr") or ""
        text = words_of_file(part.get("src") or "") if part.get("src") else ""
        lose(
            f"录音 {named} 说的话不在文件里" + (f"，现在写的是“{text}”" if text else ""),
            f"what the recording {named} says is not in the file" + (f": {text!r} stands in its place" if text else ""),
        )
    return text
