"""`python -m benchmarks.fuzz wire` and `python -m benchmarks.fuzz coverage menus`: see docs/measurements.md."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from types import FunctionType, ModuleType

import click

from benchmarks.fuzz.seeds import corpus_folder
from benchmarks.fuzz.targets import TARGETS
from benchmarks.fuzz.wire import WireFuzzer
from benchmarks.fuzz.worker import BrokenError, line_process


@click.group()
def main() -> None:
    """Fuzzing."""


@main.command()
@click.option("--sip", default=160_000, show_default=True, type=click.IntRange(0), help="mutated SIP messages")
@click.option("--sdp", default=10_000, show_default=True, type=click.IntRange(0), help="offers with mutated SDP")
@click.option("--rtp", default=30_000, show_default=True, type=click.IntRange(0), help="mutated RTP and RTCP packets")
@click.option("--seed", default=1, show_default=True, help="the same seed sends the same messages")
@click.option("--look-every", default=5000, show_default=True, type=click.IntRange(1), help="messages between looks")
@click.option(
    "--evidence", default="fuzz-evidence.jsonl", type=click.Path(path_type=Path), help="last messages, if it broke"
)
def wire(sip: int, sdp: int, rtp: int, seed: int, look_every: int, evidence: Path) -> None:
    """Mutated SIP, SDP and RTP against a real line worker on 127.0.0.1; prints JSON, ends with 1 if it broke."""
    since = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, line_process(Path(folder)) as worker:
        try:
            found = WireFuzzer(worker, seed, look_every, evidence).run(sip, sdp, rtp)
        except BrokenError as error:
            raise click.ClickException(f"{error}\nthe last messages are in {evidence}") from error
        complaints = [line for line in worker.log.read_text("utf-8").splitlines() if "Traceback" in line]
    report = {
        **found.report(),
        "exceptions_logged": len(complaints),
        "seconds": round(time.monotonic() - since),
        "load_average": round(os.getloadavg()[0], 1),
    }
    click.echo(json.dumps(report, indent=1))
    raise SystemExit(1 if complaints else 0)


@main.command()
@click.argument("target", type=click.Choice(sorted(TARGETS)))
@click.option("--seconds", default=600, show_default=True, type=click.IntRange(1), help="how long")
@click.option("--found", default="fuzz-found", type=click.Path(path_type=Path), help="folder for what was found")
def coverage(target: str, seconds: int, found: Path) -> None:
    """Coverage-guided fuzzing with atheris, which is not among our requirements: pip install atheris.

    Begins with the corpus in benchmarks/fuzz/corpus. What reaches code that nothing reached before lies in FOUND/TARGET
    afterwards, and what broke the target in files that begin with `crash-` or `timeout-`; ends with 77 then.
    """
    try:
        import atheris
    except ImportError as error:
        raise click.ClickException("pip install atheris") from error
    made = found / target
    made.mkdir(parents=True, exist_ok=True)
    seeds = found / f"{target}-seeds"
    seeds.mkdir(exist_ok=True)
    for number, seed in enumerate(TARGETS[target].seeds()):
        (seeds / str(number)).write_bytes(seed)
    kept = corpus_folder(target)
    limits = [f"-max_total_time={seconds}", "-timeout=30", "-rss_limit_mb=2000", "-max_len=16384"]
    folders = [str(folder) for folder in (made, kept, seeds) if folder.is_dir()]
    for name in sorted(sys.modules):
        if name.startswith(TARGETS[target].instrumented):
            _instrument(atheris, sys.modules[name])
    atheris.Setup(["fuzz", f"-artifact_prefix={found}/", *limits, *folders], TARGETS[target].take)
    atheris.Fuzz()


def _instrument(atheris: ModuleType, module: ModuleType) -> None:
    """Let every function of a loaded module tell where it has been."""
    for holder in (module, *(value for value in vars(module).values() if isinstance(value, type))):
        if holder is not module and holder.__module__ != module.__name__:
            continue
        for value in list(vars(holder).values()):
            function = getattr(value, "__func__", value)
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                atheris.instrument_func(function)


if __name__ == "__main__":
    main()
