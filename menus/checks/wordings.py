"""How callers may name an option, as its author wrote it; for several checks."""

from __future__ import annotations

from collections.abc import Iterator

from menus.model import Option
from menus.walk import Place


def wordings_of(option: Option) -> Iterator[tuple[Place, str, str]]:
    """Place in the option, language, words. A label that is not read aloud, or holds values, is no wording."""
    for language, label in option.label.items():
        if option.spoken and "{" not in label:
            yield ("label", language), language, label
    for language, phrases in option.phrases.items():
        for number, phrase in enumerate(phrases):
            yield ("phrases", language, number), language, phrase
