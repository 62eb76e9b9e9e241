"""A gateway as checks see it: a backend, a person to transfer to, a small vocabulary, and one recording."""

from __future__ import annotations

from collections.abc import Sequence

from menus.checks.surroundings import Operation, RecordedText, Studio, Surroundings
from menus.parts import Template, Words


def unknown_words(language: str, phrase: str) -> Sequence[str]:
    """The recogniser knows every word but 奰."""
    return [character for character in phrase if character == "奰"]


def sentences(template: Template, language: str) -> Sequence[str]:
    return [piece.text for piece in template if isinstance(piece, Words)]


KNOWN = Surroundings(
    operations={
        "get_case": Operation(frozenset({"number"}), frozenset(), frozenset({"number", "item_name", "status_text"})),
        "list_notices": Operation(frozenset(), frozenset({"kind"}), frozenset({"items", "items.0", "items.0.title"})),
    },
    targets=frozenset({"operator"}),
    unknown_words=unknown_words,
    voices={"zf_xiaobei": "zh", "af_heart": "en"},
    studio=Studio([RecordedText("zh/bye.wav", "谢谢您来电，再见。", "zh")], sentences, str.strip),
)
