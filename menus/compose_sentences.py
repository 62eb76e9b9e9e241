"""Texts of an author and the standard sentences, as templates in one language."""

from __future__ import annotations

from collections.abc import Mapping

from menus.model import Text, Tree
from menus.parts import Piece, Template, Words
from menus.template import parse_template, splice

#: Language to sentence name to template text.
Wording = Mapping[str, Mapping[str, str]]


def spoken_text(tree: Tree, text: Text | None, language: str) -> Template:
    """Return a text of a node in a language, or in the base language; empty for no text."""
    if not text:
        return ()
    return parse_template(text.get(language) or text.get(tree.base_language, ""))


def sentence(
    tree: Tree, wording: Wording, name: str, language: str, slots: Mapping[str, Template] | None = None
) -> Template:
    """Return a standard sentence: the tree's own, else the language's, else the base language's, else the Chinese.

    Args:
        name: one of `menus.wording.SENTENCES`.
        slots: what stands for the slots of the sentence, such as `label`.
    """
    own = tree.wording.get(name, {})
    spoken = (
        own.get(language)
        or wording.get(language, {}).get(name)
        or own.get(tree.base_language)
        or wording.get(tree.base_language, {}).get(name)
        or wording["zh"][name]
    )
    return splice(parse_template(spoken), dict(slots or {}))


def sentence_break(language: str, before: list[Piece]) -> list[Piece]:
    """Sentences that follow one another are parted by a blank where the language is written with blanks."""
    return [Words(" ")] if before and not language.startswith(("zh", "yue", "ja")) else []
