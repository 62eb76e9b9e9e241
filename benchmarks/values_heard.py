"""How many random values are read back right: `python -m benchmarks.intelligibility --values 500`.

The listener is checked as well (`--check`): rows of a human speaker's single figures show what it makes of good sound,
and rows with one figure changed show that it can fail.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from audio import g711, wav
from audio.pcm import Pcm
from audio.telephone import RATE, for_telephone, trim_silence
from benchmarks.number_listener import NumberListener
from benchmarks.recognition_corpus import HUMAN
from benchmarks.spoken_values import TypedValue, typed_values
from ivr.config import DataFolder
from ivr.voice.ahead import Prompt
from ivr.voice.prompts import open_shelf
from speech.heard import confusions, edit_distance, mandarin_sounds
from speech.spoken import Speaker

#: Share of values read back without any error.
LEAST_RIGHT = 0.97
#: Rows of a check, figures in each group, and groups in each row.
_ROWS, _IN_GROUP, _GROUPS = 40, 4, 2
_BETWEEN_FIGURES_MS, _BETWEEN_GROUPS_MS = 60.0, 350.0
#: The figures of which there is a human recording.
_HUMAN_FIGURES = "零二三四六"
_FIGURES = "零二三四五六七八九"


@dataclass(frozen=True)
class ReadBack:
    """What became of one value: right only if every syllable was."""

    value: TypedValue
    words: str
    heard: str
    right: bool
    confusions: tuple[tuple[str, str], ...]


def read_back(value: TypedValue, words: str, heard: str) -> ReadBack:
    """What was heard, held against what was said, by sound: nothing may be missing, changed or too much."""
    right = edit_distance(mandarin_sounds(words), mandarin_sounds(heard)) == 0
    return ReadBack(value, words, heard, right, () if right else tuple(confusions(words, heard)))


def measure_values(
    folder: DataFolder, whisper: Path, count: int, seed: int, rendered: Callable[..., None], *, as_json: bool
) -> bool:
    """Hear values; whether the target is met. Their sound is not kept.

    Args:
        rendered: renders prompts onto a shelf, see `benchmarks.intelligibility`.
    """
    speaker = Speaker()
    values = [(value, speaker.say(value.value, value.say_as, "zh")) for value in typed_values(count, seed)]
    store = folder.root / "benchmarks" / "values"
    try:
        shelf = open_shelf(store, folder.models)
        rendered([Prompt(_ended(words), "zh", "normal") for _, words in values], shelf, folder.models)
        listener = NumberListener(whisper)
        results = []
        for value, words in track(values, "听 listening", console=Console(stderr=True)):
            path = shelf.find(_ended(words), "zh", "normal")
            if path is None:
                raise click.ClickException(f"not rendered: {words}")
            results.append(read_back(value, words, listener.hear(on_the_line(wav.read(path)))))
    finally:
        shutil.rmtree(store, ignore_errors=True)
    if as_json:
        click.echo(json.dumps(figures(results), ensure_ascii=False))
    else:
        _print(results)
    return share_right(results) >= LEAST_RIGHT


def _ended(words: str) -> str:
    return f"{words}。"


def on_the_line(sound: Pcm) -> Pcm:
    """What comes out of a telephone: 8 kHz through A-law."""
    return Pcm(g711.decode_alaw(g711.encode_alaw(sound.samples)), sound.rate)


def share_right(results: Sequence[ReadBack]) -> float:
    """Share of values without any error; 0 of none."""
    return sum(result.right for result in results) / max(1, len(results))


def by_kind(results: Sequence[ReadBack]) -> dict[str, tuple[int, int]]:
    """Kind to how many were right and how many there were."""
    counts: dict[str, tuple[int, int]] = {}
    for result in results:
        right, total = counts.get(result.value.say_as, (0, 0))
        counts[result.value.say_as] = right + result.right, total + 1
    return counts


def taken_for(results: Sequence[ReadBack]) -> Counter[tuple[str, str]]:
    """What was said and what was heard in its place, with how often."""
    return Counter(pair for result in results for pair in result.confusions)


def figures(results: Sequence[ReadBack]) -> dict[str, object]:
    """The same for programs."""
    pairs = taken_for(results).most_common()
    return {
        "values": len(results),
        "right": round(share_right(results), 4),
        "by_kind": {kind: {"right": good, "of": count} for kind, (good, count) in by_kind(results).items()},
        "confusions": [{"said": said, "heard": heard, "times": times} for (said, heard), times in pairs],
        "wrong": [asdict(result) for result in results if not result.right],
    }


def _print(results: Sequence[ReadBack]) -> None:
    click.echo(f"{len(results)} values, {share_right(results):.1%} read back right")
    for kind, (good, count) in by_kind(results).items():
        click.echo(f"  {kind}: {good} of {count}")
    pairs = taken_for(results).most_common(15)
    click.echo("confusions: " + ", ".join(f"{said or '-'} → {heard or '-'} {n}×" for (said, heard), n in pairs))
    table = Table("value", "said", "heard")
    for result in results:
        if not result.right:
            table.add_row(result.value.value, result.words, result.heard)
    if table.row_count:
        Console().print(table)


def check_listener(whisper: Path, seed: int) -> None:
    """What the listener makes of rows of human figures, and of rows in which one figure is another than it should be.

    Raises:
        click.ClickException: the human recordings are not there.
    """
    if not HUMAN.is_dir():
        raise click.ClickException(f"no human recordings in {HUMAN}")
    listener, source = NumberListener(whisper), random.Random(seed)
    right = changed = 0
    for _ in track(range(_ROWS), "听 listening", console=Console(stderr=True)):
        row = [source.choice(_HUMAN_FIGURES) for _ in range(_IN_GROUP * _GROUPS)]
        heard = mandarin_sounds(listener.hear(on_the_line(human_row(row))))
        right += edit_distance(mandarin_sounds("".join(row)), heard) == 0
        place = source.randrange(len(row))
        other = [*row[:place], source.choice([one for one in _FIGURES if one != row[place]]), *row[place + 1 :]]
        changed += edit_distance(mandarin_sounds("".join(other)), heard) == 0
    click.echo(f"{right} of {_ROWS} rows of human figures read back right")
    click.echo(f"{changed} of {_ROWS} taken for a row with one other figure in it")


def human_row(row: Sequence[str]) -> Pcm:
    """A row of single figures of a human speaker, in groups, as loud as a prompt."""
    pieces: list[Pcm] = []
    for place, figure in enumerate(row):
        if place:
            apart = _BETWEEN_FIGURES_MS if place % _IN_GROUP else _BETWEEN_GROUPS_MS
            pieces.append(Pcm.silence(apart, RATE))
        pieces.append(trim_silence(for_telephone(wav.read(HUMAN / "words" / f"cmn-{figure}.wav"))))
    return Pcm.concat(pieces)
