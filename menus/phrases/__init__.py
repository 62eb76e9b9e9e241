"""What callers may say everywhere, per language, in `<language>.yaml` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from menus.model import Menu, Node, Option, Tree, UniversalAction
from menus.parts import Words
from menus.template import parse_template

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def _read() -> dict[str, dict[UniversalAction, tuple[str, ...]]]:
    files = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted(_FOLDER.glob("*.yaml"))}
    return {language: {action: tuple(said) for action, said in phrases.items()} for language, phrases in files.items()}


def standard_phrases(language: str) -> Mapping[UniversalAction, tuple[str, ...]]:
    """Universal action to its phrases; empty for a language that has none."""
    return dict(_read().get(language, {}))


def phrases_of(option: Option, tree: Tree, language: str) -> tuple[str, ...]:
    """How a caller may name an option: as its author says, and by its label as the menu reads it."""
    written = tuple(option.phrases.get(language, ()))
    template = parse_template(option.label.get(language) or option.label.get(tree.base_language, ""))
    label = "".join(piece.text for piece in template if isinstance(piece, Words))
    has_slots = any(not isinstance(piece, Words) for piece in template)
    return written if has_slots or not label or label in written else (*written, label)


@dataclass(frozen=True)
class Sayable:
    """What may be said at a node.

    Attributes:
        options: keys of each option to its phrases; empty where there are no options.
        universals: universal action to its phrases.
    """

    options: Mapping[str, tuple[str, ...]]
    universals: Mapping[UniversalAction, tuple[str, ...]]


def sayable_at(tree: Tree, node: Node, language: str) -> Sayable:
    """What may be said at a node.

    An option that shares a phrase with a universal action, such as 人工 or 再听一遍, has all phrases of the action: at
    this node it is what callers mean by them.
    """
    written = node.options if isinstance(node, Menu) else []
    options = {option.keys: phrases_of(option, tree, language) for option in written}
    universals = dict(standard_phrases(language)) if getattr(node, "universals", True) else {}
    for action, said in list(universals.items()):
        keys = next((keys for keys, phrases in options.items() if not set(said).isdisjoint(phrases)), None)
        if keys is not None:
            options[keys] = tuple(dict.fromkeys((*options[keys], *universals.pop(action))))
    return Sayable(options, universals)
