"""Our gateway beside others that answer calls: the same prompt, the same callers, one after the other in one run.

`python -m benchmarks.peer [--calls 16 --calls 40] [--seconds 30]` lets `benchmarks/light_caller.py` call, with sound
both ways and a key every five seconds, first a whole gateway of ours (edge, line workers, engine, journal, call log),
then

- **pyVoIP** (PyPI, in a virtual environment that is thrown away): a script that answers and plays,
- **baresip** (`apt-get install baresip-core`): answers by itself and plays a file; no keys, no menu.

Ours plays the hotline, whose main menu begins anew at each key; the others play one of its prompts over and over and
look at no key. Of those that hold fewer calls than asked, the figures are of the calls that they hold. Asterisk is not
in Debian 12; what it costs on the same kind of machine was measured apart (docs/measurements.md).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from audio import wav
from audio.pcm import Pcm
from benchmarks.light_caller import LightCallers
from benchmarks.under_load import RATE, Window, end_tidily, load_settings, loaded_gateway, say, takes_calls
from benchmarks.used import cpu_seconds, pss_megabytes, workers_of
from tests.system.running import PREPARED, free_port

KEY_EVERY_S = 5.0
MARGIN_S = 15.0
PYVOIP = "pyVoIP==1.6.8"
ANSWERER = Path(__file__).parent / "peers" / "pyvoip_answerer.py"
BARESIP_MODULES = ("account", "menu", "g711", "aufile", "uuid")


@dataclass
class Answering:
    """Somebody who answers calls.

    Attributes:
        callers: set to call them.
        pids: their processes, without children.
    """

    callers: LightCallers
    pids: list[int]


@contextmanager
def ours(folder: Path, sound: Pcm, calls: int, seconds: float) -> Iterator[Answering]:
    lines = -(-calls // 4) * 4 + 4
    settings = load_settings(lines, console={"enabled": False})
    with loaded_gateway(settings, folder) as running:
        # The edge refuses calls until it has seen its workers, a second or two after the start.
        takes_calls(running, lines // 4, 60.0)
        callers = LightCallers(("127.0.0.1", running.sip_port), "12345", KEY_EVERY_S)
        yield Answering(callers, workers_of(running))


@contextmanager
def pyvoip(folder: Path, sound: Pcm, calls: int, seconds: float) -> Iterator[Answering]:
    say(f"installing {PYVOIP} into an environment of its own")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PYVOIP], check=True)
    file = folder / "prompt.raw"
    file.write_bytes(((sound.samples >> 8) + 128).astype(np.uint8).tobytes())
    sip_port, rtp = free_port(), 20000 + free_port() % 20000 // 2 * 2
    callers = LightCallers(("127.0.0.1", sip_port), "12345", KEY_EVERY_S)
    arguments = (str(callers.port), str(sip_port), str(rtp), str(rtp + 4 * calls + 20), str(file))
    with running([str(python), str(ANSWERER), *arguments], folder) as pid:
        yield Answering(callers, [pid])


@contextmanager
def baresip(folder: Path, sound: Pcm, calls: int, seconds: float) -> Iterator[Answering]:
    # It stops sending at the end of its file, and holds the whole of it in memory for each call.
    file, length_s = folder / "prompt.wav", seconds + calls / RATE + MARGIN_S
    wav.write(file, Pcm(np.tile(sound.samples, round(length_s * sound.rate) // len(sound.samples) + 1), sound.rate))
    sip_port, rtp = free_port(), 20000 + free_port() % 20000 // 2 * 2
    config = [
        "module_path /usr/lib/baresip/modules",
        *(f"module {module}.so" for module in BARESIP_MODULES),
        f"sip_listen 127.0.0.1:{sip_port}",
        f"rtp_ports {rtp}-{rtp + 4 * calls + 20}",
        f"audio_source aufile,{file}",
        "audio_player aufile,/dev/null",
        f"call_max_calls {calls + 4}",
    ]
    (folder / "config").write_text("\n".join(config) + "\n")
    (folder / "accounts").write_text("<sip:12345@127.0.0.1>;regint=0;answermode=auto;audio_codecs=PCMA\n")
    (folder / "contacts").write_text("")
    callers = LightCallers(("127.0.0.1", sip_port), "12345", KEY_EVERY_S)
    with running(["baresip", "-f", str(folder)], folder) as pid:
        yield Answering(callers, [pid])


@contextmanager
def running(line: list[str], folder: Path) -> Iterator[int]:
    """A process that is there as long as the context; what it says goes into a file."""
    with (folder / "said").open("wb") as out:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            time.sleep(3.0)  # neither says when it is ready
            if process.poll() is not None:
                raise click.ClickException((folder / "said").read_text(errors="replace")[-2000:])
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


PEERS: dict[str, Callable[[Path, Pcm, int, float], AbstractContextManager[Answering]]] = {
    "Xiangyin": ours,
    "pyVoIP": pyvoip,
    "baresip": baresip,
}


def prompt() -> Pcm:
    """The longest prompt that was rendered for the shipped menus."""
    files = sorted((PREPARED / "prompts" / "rendered").rglob("*.wav"), key=lambda file: file.stat().st_size)
    if not files:
        raise click.ClickException("no prompts: ivr prompts render")
    return wav.read(files[-1])


def measure(name: str, sound: Pcm, calls: int, seconds: float) -> dict[str, Any]:
    """Hold so many calls for so long, or as many as are answered."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        there = stack.enter_context(PEERS[name](folder, sound, calls, seconds))
        callers = there.callers
        stack.callback(callers.close)
        memory = sum(map(pss_megabytes, there.pids))
        say(f"{name}: {calls} calls")
        for _ in range(calls):
            callers.call()
            callers.run(1 / RATE)
        callers.run(3.0)
        held = [call for call in callers.calls if call.status == 200 and call.received and not call.ended_by_other]
        figures: dict[str, Any] = {"asked": calls, "answered": len(held)}
        if held:
            window, cpu, since = Window(held), sum(map(cpu_seconds, there.pids)), time.time()
            callers.run(seconds)
            spent = sum(map(cpu_seconds, there.pids)) - cpu
            figures |= window.figures()
            figures["cpu_s_per_call_minute"] = round(spent / (len(held) * (time.time() - since) / 60), 3)
            grown = sum(map(pss_megabytes, there.pids))
            figures["memory_mb_per_call"] = round((grown - memory) / len(held), 2)
            figures["memory_mb_all"] = round(grown, 1)
        figures["client_late_packets"] = callers.sent_late
        for call in held:
            callers.hang_up(call)
        callers.run(1.0)
    return figures


def show(rows: dict[str, dict[str, Any]], load_average: float) -> None:
    heads = (
        *("answered", "dropped", "rtp_of_nominal", "gap_p999_ms", "gap_max_ms"),
        *("cpu_s_per_call_minute", "memory_mb_per_call", "memory_mb_all"),
    )
    table = Table("", "asked", *(head.replace("_", " ") for head in heads))
    for name, row in rows.items():
        table.add_row(name, str(row["asked"]), *(str(row.get(head, "-")) for head in heads))
    console = Console(width=max(130, Console().width))
    console.print(table)
    console.print(f"load average {load_average:.1f}; memory is proportional set size, ours of line workers and edge")


@click.command()
@click.option("--calls", "counts", multiple=True, default=(16,), show_default=True, type=click.IntRange(1, 500))
@click.option("--seconds", default=30.0, show_default=True, type=click.FloatRange(5, 500))
@click.option("--only", multiple=True, type=click.Choice(list(PEERS)), help="these, in place of all")
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(counts: tuple[int, ...], seconds: float, only: tuple[str, ...], as_json: bool) -> None:
    """Print what each holds and costs."""
    end_tidily()
    sound = prompt()
    names = only or tuple(PEERS)
    rows = {f"{name}, {calls}": measure(name, sound, calls, seconds) for calls in counts for name in names}
    if as_json:
        click.echo(json.dumps({"rows": rows, "load_average": os.getloadavg()[0]}, indent=1))
    else:
        show(rows, os.getloadavg()[0])


if __name__ == "__main__":
    main()
