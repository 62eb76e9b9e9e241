"""What this gateway tells the checks of menus: its backend's contract, transfers, recognisers and recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from audio.recordings import normalise, recordings_in
from backend_client.operations import GATEWAY_OPERATIONS, LOCAL_OPERATIONS, OPERATIONS
from ivr.commands.menus.vocabulary import Vocabulary
from ivr.config import Settings
from ivr.voice.prompts import SHIPPED_RECORDINGS
from menus.checks.surroundings import Operation, RecordedText, Studio, Surroundings
from menus.parts import Template
from speech.voices.identity import KOKORO_VOICES

#: What every answer says of its age (`backend_client.answers`).
AGE = ("as_of", "stale")


def surroundings_of(settings: Settings, vocabulary: Vocabulary) -> Surroundings:
    """What is known without starting anything. Without any target in the settings, targets count as unknown."""
    return Surroundings(
        operations={
            name: Operation(
                frozenset(parameter.name for parameter in operation.parameters if parameter.required),
                frozenset(parameter.name for parameter in operation.parameters if not parameter.required),
                frozenset([*fields_of(operation.result), *AGE]),
            )
            for name, operation in {**OPERATIONS, **LOCAL_OPERATIONS, **GATEWAY_OPERATIONS}.items()
        },
        targets=frozenset(settings.transfer.targets) or None,
        unknown_words=vocabulary.unknown_words if settings.hearing.enabled else None,
        studio=_studio(),
        voices=KOKORO_VOICES,
    )


def fields_of(model: type[BaseModel]) -> Iterator[str]:
    """Dotted paths of everything in an answer; `0` stands for any position in a list."""
    for name, field in model.model_fields.items():
        for path in _paths(field.annotation):
            yield f"{name}.{path}" if path else name


def _paths(annotation: Any) -> Iterator[str]:
    """Paths below a value of this type, the value itself (an empty path) first."""
    yield ""
    for argument in get_args(annotation):
        if argument is not Ellipsis:
            inner = [path for path in _paths(argument) if path or get_origin(annotation) in (tuple, list)]
            in_list = get_origin(annotation) in (tuple, list)
            yield from (f"0.{path}".rstrip(".") if in_list else path for path in inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from fields_of(annotation)


def _studio() -> Studio | None:
    """None without any recording: cutting texts into sentences needs the rules of languages, which load slowly."""
    recorded = [
        RecordedText(f"{recording.language}/{recording.file}", recording.text, recording.language)
        for recording in recordings_in(SHIPPED_RECORDINGS)
    ]
    return Studio(recorded, _sentences(), normalise) if recorded else None


def _sentences() -> Any:
    from ivr.voice.clauses import Spoken, units_of_parts
    from speech.spoken import Speaker

    speaker = Speaker()

    def sentences(template: Template, language: str) -> Sequence[str]:
        return [unit.text for unit in units_of_parts(template, speaker, language) if isinstance(unit, Spoken)]

    return sentences
