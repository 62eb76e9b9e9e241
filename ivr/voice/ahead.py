"""Which prompts can be rendered before anybody calls."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.voice.clauses import Silence, Spoken, units_of_parts
from menus.compose import every_template
from menus.model import MenuSet
from speech.spoken.speaker import Speaker


@dataclass(frozen=True)
class Prompt:
    """One thing to render.

    Attributes:
        text: words only.
        language: language code.
        pace: `normal` or `slow`.
    """

    text: str
    language: str
    pace: str


def prompts_of(menus: MenuSet, speaker: Speaker) -> list[Prompt]:
    """Every unit of speech without a value that a call can hear, each once, in the order of the menus."""
    found: dict[Prompt, None] = {}
    for language, pace, template in every_template(menus):
        for unit in units_of_parts(template, speaker, language):
            if isinstance(unit, Spoken):
                found.setdefault(Prompt(unit.text, language, pace))
    return list(found)


def pauses_of(menus: MenuSet, speaker: Speaker) -> list[int]:
    """Lengths of all pauses in the menus, in milliseconds."""
    lengths = {
        unit.ms
        for language, _, template in every_template(menus)
        for unit in units_of_parts(template, speaker, language)
        if isinstance(unit, Silence)
    }
    return sorted(lengths)
