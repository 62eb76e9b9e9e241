"""How much of what we say is understood: an independent recogniser listens at the caller's end of the line.

`python -m benchmarks.intelligibility` hears every shipped prompt; `--values 500` hears random values instead: case
numbers, numbers, dates, times, sums, telephone and identity numbers. `--json` prints figures for programs. The method
is in benchmarks/README.md.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from audio import g711, wav
from audio.pcm import Pcm
from benchmarks.spoken_values import TypedValue, typed_values
from ivr.commands.options import data_option
from ivr.config import DataFolder
from ivr.voice.ahead import Prompt, missing, prompts_of
from ivr.voice.prompts import Shelf, open_shelf
from ivr.voice.render import render
from menus.loader import load_menus
from speech.heard import confusions, english_sounds, mandarin_sounds, phrase_error, pinyin_error, word_error
from speech.models.catalogue import WHISPER_BASE
from speech.models.store import ModelStore
from speech.spoken import Speaker
from speech.transcribe import Transcriber

#: Share of syllables heard wrong: over all Mandarin prompts, and of the worst one.
MOST_OVERALL = 0.06
MOST_OF_ONE = 0.25
#: Share of values read back without any error.
LEAST_RIGHT = 0.97
#: Said before a prompt of fewer sounds than this, as every call has something before it. It is not scored. Whisper
#: was trained on sentences: of two syllables alone it makes what it has often seen, such as thanks to subscribers.
SHORT = 6
LEAD_IN = {"zh": "您好，这里是政务服务热线。", "en": "Hello, this is the government services hotline."}
#: Said before a value. Its last syllables sound like no digit, unit or month.
BEFORE_VALUE = "请您记好，"
_BETWEEN_MS = 300


@dataclass(frozen=True)
class Heard:
    """What became of one prompt.

    Attributes:
        error: share of its syllables (Mandarin) or words (English) that were heard wrong.
        sounds: how many it has.
        heard: what the recogniser wrote.
    """

    prompt: Prompt
    error: float
    sounds: int
    heard: str


@dataclass(frozen=True)
class ReadBack:
    """What became of one value: right only if every syllable was."""

    value: TypedValue
    words: str
    heard: str
    right: bool
    confusions: tuple[tuple[str, str], ...]


class Listener:
    """Hears prompts as a caller does: from the shelf, through G.711 A-law, into the recogniser without any hint."""

    def __init__(self, shelf: Shelf, whisper: Path) -> None:
        self._shelf = shelf
        self._transcriber = Transcriber(whisper)

    def hear(self, prompts: Sequence[Prompt]) -> str:
        """What the recogniser writes when these are played one after the other."""
        pieces = [self._sound(prompt) for prompt in prompts]
        gap = Pcm.silence(_BETWEEN_MS, pieces[0].rate)
        sound = Pcm.concat([part for piece in pieces for part in (piece, gap)])
        octets = g711.encode_alaw(sound.samples)
        return self._transcriber.transcribe(Pcm(g711.decode_alaw(octets), sound.rate), prompts[0].language).text

    def _sound(self, prompt: Prompt) -> Pcm:
        recording = self._shelf.recording(prompt.text, prompt.language)
        path = self._shelf.playable(recording) if recording else None
        path = path or self._shelf.find(prompt.text, prompt.language, prompt.pace)
        if path is None:
            raise LookupError(f"not rendered: {prompt.text}")
        return wav.read(path)


def hear_prompt(listener: Listener, prompt: Prompt) -> Heard:
    """Judge one prompt; a short one behind the lead-in, of which only the place that fits best is scored."""
    mandarin = prompt.language == "zh"
    said = Speaker().say(prompt.text, "text", prompt.language)
    sounds = len(mandarin_sounds(said) if mandarin else english_sounds(said))
    if mandarin and sounds < SHORT:
        heard = listener.hear([Prompt(LEAD_IN["zh"], "zh", prompt.pace), prompt])
        return Heard(prompt, phrase_error(heard, prompt.text), sounds, heard)
    heard = listener.hear([prompt])
    error = pinyin_error(prompt.text, heard) if mandarin else word_error(prompt.text, heard)
    return Heard(prompt, error, sounds, heard)


def overall(results: Sequence[Heard]) -> float:
    """Share of all sounds that were heard wrong."""
    return sum(result.error * result.sounds for result in results) / max(1, sum(result.sounds for result in results))


def rendered(prompts: Sequence[Prompt], shelf: Shelf, models: Path) -> None:
    """Render what is missing."""
    absent = missing(list(dict.fromkeys(prompts)), shelf)
    if absent:
        click.echo(f"合成 {len(absent)} 条 / rendering {len(absent)} prompts", err=True)
        problems = [result for result in render(absent, shelf, models, lambda _: None) if result.problem]
        if problems:
            raise click.ClickException(f"{problems[0].prompt.text}: {problems[0].problem}")


@click.command()
@data_option
@click.option("--menus", type=click.Path(exists=True, path_type=Path), default=Path("menus/trees"), show_default=True)
@click.option("--language", "languages", multiple=True, default=["zh", "en"], show_default=True)
@click.option("--pace", "paces", multiple=True, default=["normal"], show_default=True)
@click.option("--values", type=int, default=0, help="so many random values instead of prompts")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--worst", type=int, default=10, show_default=True, help="how many of the worst are shown")
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(
    data: Path,
    menus: Path,
    languages: Sequence[str],
    paces: Sequence[str],
    values: int,
    seed: int,
    worst: int,
    as_json: bool,
) -> None:
    """Measure how well prompts or values are understood. Exits with 1 when a target is missed."""
    folder = DataFolder(data)
    whisper = ModelStore(folder.models)
    if whisper.state(WHISPER_BASE) != "installed":
        raise click.ClickException(f"{WHISPER_BASE.name} is not installed: ivr models install {WHISPER_BASE.name}")
    if values:
        good = measure_values(folder, whisper.folder(WHISPER_BASE.name), typed_values(values, seed), as_json)
    else:
        good = measure_prompts(folder, whisper.folder(WHISPER_BASE.name), menus, languages, paces, worst, as_json)
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
    shelf = open_shelf(folder.prompts, folder.models)
    everything = prompts_of(load_menus([menus]), Speaker())
    prompts = [prompt for prompt in everything if prompt.language in languages and prompt.pace in paces]
    leads = [Prompt(LEAD_IN[language], language, pace) for language in languages for pace in paces]
    rendered([*prompts, *leads], shelf, folder.models)
    listener = Listener(shelf, whisper)
    console = Console(stderr=True)
    results = [hear_prompt(listener, prompt) for prompt in track(prompts, "听 listening", console=console)]
    groups = {
        (language, pace): sorted(
            (result for result in results if (result.prompt.language, result.prompt.pace) == (language, pace)),
            key=lambda result: -result.error,
        )
        for language in languages
        for pace in paces
    }
    if as_json:
        click.echo(json.dumps([_figures(group, found) for group, found in groups.items()], ensure_ascii=False))
    else:
        for (language, pace), found in groups.items():
            _print_prompts(language, pace, found, worst)
    return all(
        overall(found) <= MOST_OVERALL and all(result.error <= MOST_OF_ONE for result in found)
        for (language, _), found in groups.items()
        if language == "zh"
    )


def _figures(group: tuple[str, str], results: Sequence[Heard]) -> dict[str, object]:
    return {
        "language": group[0],
        "pace": group[1],
        "prompts": len(results),
        "sounds": sum(result.sounds for result in results),
        "error": round(overall(results), 4),
        "worst": max((result.error for result in results), default=0.0),
        "of_each": [
            {"text": result.prompt.text, "error": round(result.error, 4), "heard": result.heard} for result in results
        ],
    }


def _print_prompts(language: str, pace: str, results: Sequence[Heard], worst: int) -> None:
    unit = "syllables" if language == "zh" else "words"
    perfect = sum(result.error == 0 for result in results)
    click.echo(
        f"{language} {pace}: {len(results)} prompts, {sum(result.sounds for result in results)} {unit}, "
        f"{overall(results):.2%} wrong; {perfect} prompts without an error"
    )
    table = Table("error", "said", "heard")
    for result in results[:worst]:
        if result.error > 0:
            table.add_row(f"{result.error:.0%}", result.prompt.text, result.heard)
    if table.row_count:
        Console().print(table)


def measure_values(folder: DataFolder, whisper: Path, values: Sequence[TypedValue], as_json: bool) -> bool:
    """Hear values behind a carrier sentence; whether the target is met. Their sound is not kept."""
    speaker = Speaker()
    store = folder.root / "benchmarks" / "values"
    try:
        shelf = open_shelf(store, folder.models)
        before = Prompt(BEFORE_VALUE, "zh", "normal")
        words = [speaker.say(value.value, value.say_as, "zh") for value in values]
        prompts = [Prompt(f"{said}。", "zh", "normal") for said in words]
        rendered([before, *prompts], shelf, folder.models)
        listener = Listener(shelf, whisper)
        results = [
            _read_back(value, said, listener.hear([before, prompt]))
            for value, said, prompt in track(
                list(zip(values, words, prompts, strict=True)), "听 listening", console=Console(stderr=True)
            )
        ]
    finally:
        shutil.rmtree(store, ignore_errors=True)
    right = sum(result.right for result in results) / len(results)
    taken = Counter(pair for result in results for pair in result.confusions)
    if as_json:
        click.echo(json.dumps(_values_figures(results, right, taken), ensure_ascii=False))
    else:
        _print_values(results, right, taken)
    return right >= LEAST_RIGHT


def _read_back(value: TypedValue, words: str, heard: str) -> ReadBack:
    right = phrase_error(heard, words) == 0
    return ReadBack(value, words, heard, right, () if right else tuple(confusions(words, heard)))


def _by_kind(results: Sequence[ReadBack]) -> dict[str, tuple[int, int]]:
    """Kind to how many were right and how many there were."""
    kinds = dict.fromkeys(result.value.say_as for result in results)
    return {
        kind: (
            sum(result.right for result in results if result.value.say_as == kind),
            sum(result.value.say_as == kind for result in results),
        )
        for kind in kinds
    }


def _values_figures(results: Sequence[ReadBack], right: float, taken: Counter[tuple[str, str]]) -> dict[str, object]:
    return {
        "values": len(results),
        "right": round(right, 4),
        "by_kind": {kind: {"right": good, "of": count} for kind, (good, count) in _by_kind(results).items()},
        "confusions": [{"said": said, "heard": heard, "times": times} for (said, heard), times in taken.most_common()],
        "wrong": [asdict(result) for result in results if not result.right],
    }


def _print_values(results: Sequence[ReadBack], right: float, taken: Counter[tuple[str, str]]) -> None:
    click.echo(f"{len(results)} values, {right:.1%} read back right")
    for kind, (good, count) in _by_kind(results).items():
        click.echo(f"  {kind}: {good} of {count}")
    click.echo(
        "confusions: " + ", ".join(f"{said or '-'} → {heard or '-'} {n}×" for (said, heard), n in taken.most_common(15))
    )
    table = Table("value", "said", "heard")
    for result in results:
        if not result.right:
            table.add_row(result.value.value, result.words, result.heard)
    if table.row_count:
        Console().print(table)


if __name__ == "__main__":
    main()
