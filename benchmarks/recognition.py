"""How well callers are understood: options by speech, over the telephone, by recogniser.

`python -m benchmarks.recognition` hears the evaluation corpus and prints figures; `calibrate` fits the thresholds to
the calibration corpus and writes them into `speech/matching/calibration/`; `latency` times a real worker with one
caller and with four at once. The method is in docs/speech.md.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import resource
from collections.abc import Callable
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import recognition_latency
from benchmarks.recognition_corpus import Utterance, korean_utterances, utterances
from benchmarks.recognition_evidence import Case, cases
from benchmarks.recognition_judging import (
    FEATURES,
    MOST_ASKED,
    MOST_FALSE,
    MOST_WRONG,
    TEXT_FEATURES,
    Figures,
    calibrated,
    figures,
)
from benchmarks.recognition_menus import Part
from ivr.commands.options import data_option
from ivr.config import DataFolder
from speech.matching.bands import judge_of
from speech.models.catalogue import WHISPER_BASE
from speech.recognisers.base import Recogniser
from speech.recognisers.choice import VOSK_MODELS

ENGINES = ("whisper", "vosk")


@click.group(invoke_without_command=True)
@data_option
@click.option("--engine", default="whisper", show_default=True, type=click.Choice(ENGINES))
@click.option("--language", default="zh", show_default=True, type=click.Choice(["zh", "ko"]), help="of the corpus")
@click.option("--every", default=1, show_default=True, type=click.IntRange(1), help="hear one utterance of so many")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--json", "as_json", is_flag=True, help="figures for programs")
@click.pass_context
def main(
    context: click.Context, data: Path, engine: str, language: str, every: int, threads: int, as_json: bool
) -> None:
    """Measure how well callers are understood."""
    context.obj = _Benchmark(DataFolder(data), engine, language, every, threads)
    if context.invoked_subcommand is None:
        _print(context.obj, as_json)


@main.command()
@click.pass_obj
def calibrate(benchmark: _Benchmark) -> None:
    """Fit the thresholds of the engine to the calibration corpus and store them."""
    heard = benchmark.cases("calibration")
    judge = calibrated(heard, FEATURES if benchmark.engine == "whisper" else TEXT_FEATURES)
    made = (
        f"{datetime.date.today()}: python -m benchmarks.recognition --engine {benchmark.engine} "
        f"--language {benchmark.language} calibrate, "
        f"{len(heard)} utterances; at most {MOST_FALSE:.0%} of speech outside of the menu accepted, {MOST_ASKED:.0%} "
        f"asked about, {MOST_WRONG:.1%} of the rest taken for another option"
    )
    path = Path(str(resources.files("speech.matching").joinpath("calibration", f"{benchmark.engine}.json")))
    rounded = {name: round(weight, 4) for name, weight in judge.weights.items()}
    content = {
        "weights": rounded,
        "bias": round(judge.bias, 4),
        "accept": round(judge.accept, 4),
        "confirm": round(judge.confirm, 4),
        "made": made,
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    click.echo(path.read_text(encoding="utf-8"))


@main.command()
@click.option("--turns", default=40, show_default=True, help="turns of each caller")
@click.pass_obj
def latency(benchmark: _Benchmark, turns: int) -> None:
    """Time a real worker: from the end of speech to the decision."""
    said = [
        one
        for one in benchmark.utterances("evaluation")
        if (one.source, one.condition) == ("synthetic", "clean") and one.meant
    ]
    for callers in (1, 4):
        found = recognition_latency.measure(said, callers, turns, benchmark.data.root, benchmark.threads)
        click.echo(f"{callers} at once: {found}")


class _Benchmark:
    """What the commands share."""

    def __init__(self, data: DataFolder, engine: str, language: str, every: int, threads: int) -> None:
        self.data = data
        self.engine = engine
        self.language = language
        self.threads = threads
        self._every = every
        self._cache = data.root / "benchmarks" / "recognition"

    def utterances(self, part: Part) -> list[Utterance]:
        if self.language == "ko":
            return korean_utterances(part, self._cache, self.data.models)[:: self._every]
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("making speech", total=None)
            return utterances(part, self._cache, self.data.models, lambda _: progress.advance(task))[:: self._every]

    def cases(self, part: Part) -> list[Case]:
        said = self.utterances(part)
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("listening", total=len(said))
            # Evidence belongs to the code that gathered it.
            source = resources.files("speech.recognisers").joinpath(f"{self.engine}.py").read_bytes()
            kept = self._cache / f"{part}-{self.language}-{self.engine}-{hashlib.sha256(source).hexdigest()[:8]}.jsonl"
            return cases(said, self._loader(), kept, lambda: progress.advance(task))

    def _loader(self) -> Callable[[], Recogniser]:
        if self.engine == "vosk":
            from speech.recognisers.vosk import VoskRecogniser

            return lambda: VoskRecogniser(self.data.models / VOSK_MODELS[self.language].name, self.language)
        from speech.recognisers.whisper import WhisperRecogniser

        return lambda: WhisperRecogniser(self.data.models / WHISPER_BASE.name, self.threads)


def _print(benchmark: _Benchmark, as_json: bool) -> None:
    found = figures(benchmark.cases("evaluation"), judge_of(benchmark.engine))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if as_json:
        groups = [
            {"source": source, "condition": condition, **asdict(one)} for (source, condition), one in found.items()
        ]
        click.echo(
            json.dumps({"engine": benchmark.engine, "memory_mb": memory_mb, "groups": groups}, ensure_ascii=False)
        )
        return
    table = Table(
        "source", "condition", "said", "best option right", "accepted", "asked", "wrong", "outside", "false", "asked"
    )
    for (source, condition), one in found.items():
        table.add_row(source, condition, *_cells(one))
    Console().print(table)
    cpu = sum(one.cpu_s for one in found.values()) / max(1e-9, sum(one.seconds for one in found.values()))
    click.echo(f"{benchmark.engine}: {cpu:.2f} s of processor for a second of speech; {memory_mb} MB with the corpus")


def _cells(one: Figures) -> list[str]:
    def share(count: int, total: int) -> str:
        return f"{count / total:.1%}" if total else ""

    said = [share(count, one.said) for count in (one.best, one.accepted, one.confirmed, one.wrong)]
    return [str(one.said), *said, str(one.outside), share(one.false, one.outside), share(one.asked, one.outside)]


if __name__ == "__main__":
    main()
