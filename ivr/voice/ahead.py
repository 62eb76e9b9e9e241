"""Which prompts can be rendered before anybody calls."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from ivr.voice.clauses import Silence, Spoken, units_of_parts
from ivr.voice.prompts import Shelf
from menus.compose import every_template
from menus.model import MenuSet
from speech.spoken import Speaker
from speech.voices.manner import Sound, manner_for


@dataclass(frozen=True)
class Prompt:
    """One thing to render.

    Attributes:
        text: words only.
        language: language code.
        pace: `normal` or `slow`.
        voice: the author's wish for a voice and a speed; empty for the usual ones.
    """

    text: str
    language: str
    pace: str
    voice: str = ""


def prompts_of(menus: MenuSet, speaker: Speaker) -> list[Prompt]:
    """Every unit of speech without a value that a call can hear, each once, in the order of the menus.

    What sounds the same at two paces is one prompt, at the pace at which it comes first.
    """
    found: dict[tuple[str, str, Sound], Prompt] = {}
    for language, pace, template, voice in every_template(menus):
        for unit in units_of_parts(template, speaker, language):
            if isinstance(unit, Spoken):
                sound = manner_for(language, pace, voice).sound
                found.setdefault((unit.text, language, sound), Prompt(unit.text, language, pace, voice))
    return list(found.values())


def pauses_of(menus: MenuSet, speaker: Speaker) -> list[int]:
    """Lengths of all pauses in the menus, in milliseconds."""
    lengths = {
        unit.ms
        for language, _, template, _ in every_template(menus)
        for unit in units_of_parts(template, speaker, language)
        if isinstance(unit, Silence)
    }
    return sorted(lengths)


def only_trees(menus: MenuSet, names: Container[str]) -> MenuSet:
    """The same menus with only some of their trees."""
    return menus.model_copy(update={"trees": {name: tree for name, tree in menus.trees.items() if name in names}})


def missing(prompts: list[Prompt], shelf: Shelf) -> list[Prompt]:
    """Those of the prompts that a caller would have to wait for."""
    return [prompt for prompt in prompts if not _is_ready(prompt, shelf)]


def prepare_recordings(prompts: list[Prompt], shelf: Shelf) -> int:
    """Make the recordings of these prompts playable; how many had to be converted.

    Raises BadAudio, OSError.
    """
    converted = 0
    for prompt in prompts:
        recording = shelf.recording(prompt.text, prompt.language)
        if recording is not None and shelf.playable(recording) is None:
            shelf.converted(recording)
            converted += 1
    return converted


def _is_ready(prompt: Prompt, shelf: Shelf) -> bool:
    recording = shelf.recording(prompt.text, prompt.language)
    if recording is not None:
        return shelf.playable(recording) is not None
    return shelf.rendered.find(shelf.key(prompt.text, prompt.language, prompt.pace, prompt.voice)) is not None
