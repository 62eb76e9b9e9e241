"""What nodes that take something from the caller say: each of their questions, put together.

A node asks one question after another; a question is a *phase*, and the first one is the empty text. Slots that the
engine fills from what it has heard, such as a number, are named in the functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from menus.compose_sentences import Wording, sentence, sentence_break, spoken_text
from menus.keys import (
    ASK_BY_KEYS,
    ASK_NONE,
    CONFIRM_NO,
    CONFIRM_YES,
    NUMBER_END,
    RECORD_AGAIN,
    RECORD_HEAR,
    RECORD_KEEP,
    spoken_key,
)
from menus.model import Ask, Callback, Listening, Rate, Record, Remember, Tree
from menus.parts import Piece, Slot, Template, Words
from menus.template import join

#: The slots that the engine fills for a phase: the caller's number, the one they gave, the days of remembering.
OWN_NUMBER = Slot("call.caller", "phone")
GIVEN_NUMBER = Slot("number", "phone")
DAYS = Slot("days", "number")


def phases(node: Listening) -> tuple[str, ...]:
    """Return every phase of a node; the first is empty."""
    if isinstance(node, Ask):
        return ("", "choosing")
    if isinstance(node, Record):
        return ("", "review") if node.review else ("",)
    if isinstance(node, Callback):
        return ("", "number", "confirm", *(("time",) if node.times else ()))
    return ("",)


def hint(tree: Tree, wording: Wording, node: Listening, phase: str, language: str) -> Template:
    """Return what follows the author's words, or stands alone, in a phase. Empty for kinds without it."""

    def said(name: str, **keys: Template | str) -> Template:
        slots: dict[str, Template] = {
            slot: (Words(spoken_key(value, language)),) if isinstance(value, str) else value
            for slot, value in keys.items()
        }
        return sentence(tree, wording, name, language, slots)

    if isinstance(node, Ask):
        # What was found is not known before the call; `found` puts it before this.
        return said("ask_none", keys=ASK_NONE) if phase == "choosing" else said("ask_by_keys", keys=ASK_BY_KEYS)
    if isinstance(node, Record) and phase == "review":
        return said("record_review", keep=RECORD_KEEP, hear=RECORD_HEAR, again=RECORD_AGAIN)
    if isinstance(node, Rate):
        return said("rate_marks")
    if isinstance(node, Remember) and not node.prompt:
        return said("remember", days=(DAYS,), yes=CONFIRM_YES, no=CONFIRM_NO)
    if isinstance(node, Callback):
        if phase == "number":
            return said("callback_number", keys=NUMBER_END)
        if phase == "confirm":
            return said("callback_confirm", number=(GIVEN_NUMBER,), yes=CONFIRM_YES, no=CONFIRM_NO)
        if phase == "time":
            return join([*said("callback_time"), *_times(tree, wording, node, language)])
        return said("callback_own", number=(OWN_NUMBER,), yes=CONFIRM_YES, no=CONFIRM_NO)
    return ()


def found(tree: Tree, wording: Wording, node: Ask, language: str, count: int) -> Template:
    """Return how the answers of an `ask` are read back. Slot `found.0` and so on are what they are called."""
    pieces: list[Piece] = [*sentence(tree, wording, "ask_found", language)]
    for index in range(count):
        pieces += sentence_break(language, pieces)
        keys: Template = (Words(spoken_key(str(index + 1), language)),)
        label: Template = (Slot(f"found.{index}"),)
        pieces += sentence(tree, wording, "option", language, {"label": label, "keys": keys})
    pieces += sentence_break(language, pieces)
    return join([*pieces, *hint(tree, wording, node, "choosing", language)])


def _times(tree: Tree, wording: Wording, node: Callback, language: str) -> Iterator[Piece]:
    for time in node.times:
        slots: Mapping[str, Template] = {
            "label": spoken_text(tree, time.label, language),
            "keys": (Words(spoken_key(time.keys, language)),),
        }
        yield from sentence_break(language, [Words("")])
        yield from sentence(tree, wording, "option", language, slots)
