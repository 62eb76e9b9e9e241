"""How much of what we say is understood: an independent recogniser listens at the caller's end of the line.

`python -m benchmarks.intelligibility` hears every shipped prompt as a call plays it; `--values 500` hears random values
instead: case numbers, numbers, dates, times, sums, telephone and identity numbers (`benchmarks.values_heard`).
`--json` prints figures for programs. The method is in docs/speech.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from audio import g711, wav
from audio.pcm import Pcm
from audio.telephone import RATE
from benchmarks.values_heard import check_listener, measure_values
from ivr.commands.options import data_option
from ivr.config import DataFolder
from ivr.voice.ahead import Prompt, missing
from ivr.voice.clauses import Silence, Spoken, units_of_parts
from ivr.voice.prompts import Shelf, open_shelf
from ivr.voice.render import render
from menus.compose import every_template
from menus.loader import load_menus
from menus.model import MenuSet
from speech.heard import errors_of
from speech.models.catalogue import WHISPER_BASE
from speech.models.store import ModelStore
from speech.spoken import Speaker
from speech.transcribe import Transcriber
from speech.voices.manner import manner_for

#: Share of syllables heard wrong: over all Mandarin prompts, and of the worst one.
MOST_OVERALL = 0.06
MOST_OF_ONE = 0.25
#: Whisper works on windows of 30 s, and what lies across the end of one is sometimes lost.
LONGEST_STRETCH_MS = 27_000


@dataclass(frozen=True)
class Played:
    """What a call plays in one go: the whole prompt of a node, units and pauses as the menu has them."""

    language: str
    pace: Literal["normal", "slow"]
    units: tuple[Spoken | Silence, ...]

    @property
    def texts(self) -> list[str]:
        """The sentences and clauses in it."""
        return [unit.text for unit in self.units if isinstance(unit, Spoken)]


@dataclass(frozen=True)
class Heard:
    """What became of it.

    Attributes:
        heard: what the recogniser wrote.
        errors: for each text the syllables (Mandarin) or words (English) heard wrong, and how many it has.
    """

    played: Played
    heard: str
    errors: tuple[tuple[int, int], ...]

    @property
    def error(self) -> float:
        """Share of its sounds that were heard wrong."""
        return _share(self.errors)


class Listener:
    """Hears as a caller does: what is on the shelf, through G.711 A-law, into the recogniser without any hint."""

    def __init__(self, shelf: Shelf, whisper: Path) -> None:
        self._shelf = shelf
        self._transcriber = Transcriber(whisper)

    def hear(self, played: Played) -> str:
        """What the recogniser writes."""
        heard = []
        for sound in self._stretches(played):
            line = Pcm(g711.decode_alaw(g711.encode_alaw(sound.samples)), sound.rate)
            heard.append(self._transcriber.transcribe(line, played.language).text)
        return " ".join(heard)

    def _stretches(self, played: Played) -> list[Pcm]:
        """The sound, cut between sentences where it is longer than the recogniser takes in at once."""
        stretches: list[list[Pcm]] = [[]]
        for unit in played.units:
            sound = _with_pause(self._sound(unit, played), unit, played)
            if sum(piece.duration_ms for piece in stretches[-1]) + sound.duration_ms > LONGEST_STRETCH_MS:
                stretches.append([])
            stretches[-1].append(sound)
        return [Pcm.concat(pieces) for pieces in stretches if pieces]

    def _sound(self, unit: Spoken | Silence, played: Played) -> Pcm:
        if isinstance(unit, Silence):
            return Pcm.silence(unit.ms, RATE)
        recording = self._shelf.recording(unit.text, played.language)
        path = self._shelf.playable(recording) if recording else None
        path = path or self._shelf.find(unit.text, played.language, played.pace)
        if path is None:
            raise LookupError(f"not rendered: {unit.text}")
        return wav.read(path)


def _with_pause(sound: Pcm, unit: Spoken | Silence, played: Played) -> Pcm:
    """The sound and the silence that a call puts behind it."""
    ms = manner_for(played.language, played.pace).pause_after(unit.text) if isinstance(unit, Spoken) else 0
    return Pcm.concat([sound, Pcm.silence(ms, sound.rate)])


def everything_played(menus: MenuSet, languages: Sequence[str], paces: Sequence[str]) -> list[Played]:
    """Every prompt of the menus, each once. Clauses with a value in them are left out: `--values` hears values."""
    speaker = Speaker()
    found: dict[Played, None] = {}
    for language, pace, template, _ in every_template(menus):
        played = Played(language, pace, tuple(units_of_parts(template, speaker, language)))
        if language in languages and pace in paces and played.texts:
            found.setdefault(played)
    return list(found)


def judged(played: Played, heard: str) -> Heard:
    """What was heard, held against what was said."""
    return Heard(played, heard, tuple(errors_of(played.texts, heard, played.language)))


def _share(errors: Iterable[tuple[int, int]]) -> float:
    listed = list(errors)
    return sum(wrong for wrong, _ in listed) / max(1, sum(sounds for _, sounds in listed))


def overall(results: Sequence[Heard]) -> float:
    """Share of all sounds that were heard wrong."""
    return _share(error for result in results for error in result.errors)


def by_text(results: Sequence[Heard]) -> list[tuple[float, str, str]]:
    """The worst first: share of wrong sounds of each sentence over all places where it is played, and one hearing."""
    errors: dict[str, list[tuple[int, int]]] = {}
    hearings: dict[str, str] = {}
    for result in results:
        for text, error in zip(result.played.texts, result.errors, strict=True):
            errors.setdefault(text, []).append(error)
            if error[0]:
                hearings[text] = result.heard
    return sorted(((_share(found), text, hearings.get(text, "")) for text, found in errors.items()), reverse=True)


def rendered(prompts: Sequence[Prompt], shelf: Shelf, models: Path) -> None:
    """Render what is missing."""
    absent = missing(list(dict.fromkeys(prompts)), shelf)
    if not absent:
        return
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("合成 rendering", total=len(absent))
        results = render(absent, shelf, models, lambda _: progress.advance(task))
    problems = [result for result in results if result.problem]
    if problems:
        raise click.ClickException(f"{problems[0].prompt.text}: {problems[0].problem}")


@click.command()
@data_option
@click.option("--menus", type=click.Path(exists=True, path_type=Path), default=Path("menus/trees"), show_default=True)
@click.option("--language", "languages", multiple=True, default=["zh", "en"], show_default=True)
@click.option("--pace", "paces", multiple=True, default=["normal"], show_default=True)
@click.option("--values", type=int, default=0, help="so many random values instead of prompts")
@click.option("--check", is_flag=True, help="show what the listener of values is worth instead")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--worst", type=int, default=10, show_default=True, help="how many of the worst are shown")
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(
    data: Path,
    menus: Path,
    languages: Sequence[str],
    paces: Sequence[str],
    values: int,
    check: bool,
    seed: int,
    worst: int,
    as_json: bool,
) -> None:
    """Measure how well prompts or values are understood. Exits with 1 when a target is missed."""
    folder = DataFolder(data)
    whisper = ModelStore(folder.models)
    if whisper.state(WHISPER_BASE) != "installed":
        raise click.ClickException(f"{WHISPER_BASE.name} is not installed: ivr models install {WHISPER_BASE.name}")
    model = whisper.folder(WHISPER_BASE.name)
    if check:
        check_listener(model, seed)
        return
    if values:
        good = measure_values(folder, model, values, seed, rendered, as_json=as_json)
    else:
        good = measure_prompts(folder, model, menus, languages, paces, worst, as_json)
    sys.exit(0 if good else 1)


def measure_prompts(
    folder: DataFolder,
    whisper: Path,
    menus: Path,
    languages: Sequence[str],
    paces: Sequence[str],
    worst: int,
    as_json: bool,
) -> bool:
    """Hear every prompt of the menus; whether the targets are met."""
    loaded = load_menus([menus])
    shelf = open_shelf(folder.prompts, folder.models, loaded.readings)
    everything = everything_played(loaded, languages, paces)
    rendered([Prompt(text, one.language, one.pace) for one in everything for text in one.texts], shelf, folder.models)
    listener = Listener(shelf, whisper)
    console = Console(stderr=True)
    results = [judged(played, listener.hear(played)) for played in track(everything, "听 listening", console=console)]
    groups = {(language, pace): _of(results, language, pace) for language in languages for pace in paces}
    if as_json:
        click.echo(json.dumps([_figures(*group, found) for group, found in groups.items()], ensure_ascii=False))
    else:
        for (language, pace), found in groups.items():
            _print_prompts(language, pace, found, worst)
    return all(
        overall(found) <= MOST_OVERALL and all(result.error <= MOST_OF_ONE for result in found)
        for (language, _), found in groups.items()
        if language == "zh"
    )


def _of(results: Sequence[Heard], language: str, pace: str) -> list[Heard]:
    found = [result for result in results if (result.played.language, result.played.pace) == (language, pace)]
    return sorted(found, key=lambda result: -result.error)


def _figures(language: str, pace: str, results: Sequence[Heard]) -> dict[str, object]:
    return {
        "language": language,
        "pace": pace,
        "prompts": len(results),
        "sounds": sum(sounds for result in results for _, sounds in result.errors),
        "error": round(overall(results), 4),
        "worst": max((round(result.error, 4) for result in results), default=0.0),
        "of_each": [
            {
                "texts": result.played.texts,
                "error": round(result.error, 4),
                "errors": [wrong for wrong, _ in result.errors],
                "heard": result.heard,
            }
            for result in results
        ],
    }


def _print_prompts(language: str, pace: str, results: Sequence[Heard], worst: int) -> None:
    unit = "syllables" if language == "zh" else "words"
    sounds = sum(sounds for result in results for _, sounds in result.errors)
    perfect = sum(result.error == 0 for result in results)
    click.echo(
        f"{language} {pace}: {len(results)} prompts, {sounds} {unit}, {overall(results):.2%} wrong; "
        f"{perfect} prompts without an error"
    )
    _print_table("prompt", ((result.error, "".join(result.played.texts), result.heard) for result in results[:worst]))
    _print_table("sentence", by_text(results)[:worst])


def _print_table(what: str, rows: Iterable[tuple[float, str, str]]) -> None:
    table = Table("error", what, "heard", show_lines=True)
    for error, said, heard in rows:
        if error > 0:
            table.add_row(f"{error:.0%}", said, heard)
    if table.row_count:
        Console().print(table)


if __name__ == "__main__":
    main()
