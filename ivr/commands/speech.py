"""`ivr speech`: the speech worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.options import data_option, log_to_stderr, misconfigured
from ivr.config import DataFolder
from ivr.processes.pulse import beat_if_supervised
from speech.wire import Address

if TYPE_CHECKING:
    from speech.voices.chain import VoiceChain
    from speech.worker.hearing import Hearing

#: Synthesis must never take the processor from the telephone.
NICENESS = 10


@click.command(name="speech")
@data_option
@click.option("--listen", default="", help="unix:PATH 或 tcp:HOST:PORT / where to listen; a socket in the data folder")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="线程数 / threads")
@click.option(
    "--nice", default=NICENESS, show_default=True, type=click.IntRange(0, 19), help="让着别的进程 / least niceness"
)
@click.option(
    "--recogniser",
    "foreign",
    multiple=True,
    metavar="LANGUAGE=ADDRESS",
    help="用别的 Wyoming 识别服务 / hear a language with another Wyoming server, such as zh=tcp:10.0.0.5:10300",
)
@click.option(
    "--turns", default=8, show_default=True, type=click.IntRange(1, 256), help="同时听几个人 / callers heard at once"
)
def command(data: Path, listen: str, threads: int, nice: int, foreign: tuple[str, ...], turns: int) -> None:
    """语音进程：把文字变成声音，听来电人说话（Wyoming 协议）。SIGTERM：说完手上的一句再停。

    Turns text into sound and hears callers for the gateway, over the Wyoming protocol. It listens at once: texts wait
    until the voice is loaded. When the recognisers are loaded too, it prints a line `ready ADDRESS`. SIGTERM lets it
    finish the sentence it is at.
    """

    beat_if_supervised()
    log_to_stderr("INFO")
    folder = DataFolder(data)
    try:
        address = Address.parse(listen or f"unix:{folder.speech_socket}")
        servers = {language: Address.parse(where) for language, _, where in (one.partition("=") for one in foreign)}
    except ValueError as error:
        misconfigured(str(error))
    _make_way(nice)
    try:
        asyncio.run(_serve(address, folder.models, threads, servers, turns))
    except OSError as error:
        raise click.ClickException(f"{address}: {error}") from error


async def _serve(address: Address, models: Path, threads: int, servers: Mapping[str, Address], turns: int) -> None:
    """Listen, load the engines meanwhile, and serve until SIGTERM or until they cannot be loaded."""
    from speech.worker import SpeechWorker

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    worker = SpeechWorker(None)
    loading: list[asyncio.Task[None]] = []

    async def load(bound: Address) -> None:
        try:
            worker.speak_with(await asyncio.to_thread(_voices, models, threads))
            worker.hear_with(await asyncio.to_thread(_hearing, models, threads, servers, turns))
            print(f"ready {bound}", flush=True)
        except BaseException:
            stop.set()
            raise

    await worker.serve(address, lambda bound: loading.append(asyncio.create_task(load(bound))), stop)
    await _ended(loading)


async def _ended(loading: Sequence[asyncio.Task[None]]) -> None:
    """Raise what loading raised; what is still being loaded is not wanted any more."""
    for task in loading:
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _voices(models: Path, threads: int) -> VoiceChain:
    from speech.voices.chain import installed_voices

    voices = installed_voices(models, threads)
    logging.getLogger(__name__).info("voices: %s", ", ".join(engine.name for engine in voices.voices))
    return voices


def _hearing(models: Path, threads: int, servers: Mapping[str, Address], turns: int) -> Hearing:
    from speech.recognisers.choice import installed_recognisers
    from speech.turns.voice import VoiceDetector, VoiceModel
    from speech.worker.hearing import Hearing
    from speech.worker.warming import warm_up

    recognisers = installed_recognisers(models, threads, servers)
    warm_up({language: one for language, one in recognisers.items() if language not in servers}, threads)
    voice_model = VoiceModel()
    return Hearing(recognisers, lambda: VoiceDetector(voice_model), turns, threads)


def _make_way(nice: int) -> None:
    """Take this niceness, also where Linux shares the processor between sessions rather than processes."""
    os.nice(max(0, nice - os.nice(0)))
    group = Path("/proc/self/autogroup")
    if os.getsid(0) == os.getpid() and group.exists():
        group.write_text(str(nice))
