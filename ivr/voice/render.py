"""Renders prompts ahead of calls, on all cores.

One process for each core, each with its own engine on one thread: on two cores that makes a tenth more than one engine
on two threads. The processes are spawned, because engines start threads.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from audio.pcm import Pcm
from ivr.voice.ahead import Prompt
from ivr.voice.prompts import Engine, Shelf
from speech.telephone_sound import telephone_sound
from speech.voices.base import VoiceError
from speech.voices.chain import VoiceChain, installed_voices
from speech.voices.manner import manner_for

#: Rendering gives way to calls.
_NICENESS = 10


@dataclass(frozen=True)
class Rendered:
    """What became of a prompt.

    Attributes:
        seconds: length of the sound; 0 if there is none.
        problem: why it was not kept; empty if it was.
    """

    prompt: Prompt
    seconds: float
    problem: str = ""


@dataclass(frozen=True)
class _Answer:
    """From a rendering process."""

    pcm: Pcm | None
    engine: Engine
    problem: str = ""


#: Makes the voices, in the process that renders.
VoicesOf = Callable[[Path], VoiceChain]


def render(
    prompts: Sequence[Prompt],
    shelf: Shelf,
    models: Path,
    told: Callable[[Rendered], None],
    processes: int | None = None,
    voices_of: VoicesOf = installed_voices,
) -> list[Rendered]:
    """Render prompts and put them on the shelf. What is on it already is rendered again.

    Args:
        models: the models folder.
        told: hears of each prompt when it is done.
        processes: how many; one for each core that this process may use if None.
        voices_of: makes the voices of a process from the models folder; a function of a module.

    Raises:
        OSError: the shelf cannot be written.
    """
    # The longest first, so that all processes end at about the same time.
    waiting = sorted(prompts, key=lambda prompt: len(prompt.text))
    count = min(processes or len(os.sched_getaffinity(0)), len(waiting))
    context = multiprocessing.get_context("spawn")
    done: list[Rendered] = []
    at_work: dict[Connection, Prompt] = {}
    children = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            child = context.Process(target=_render_for, args=(theirs, models, voices_of), daemon=True)
            child.start()
            theirs.close()
            children.append(child)
            at_work[ours] = waiting.pop()
            ours.send(_given(at_work[ours], shelf))
        while at_work:
            for connection in wait(list(at_work)):
                assert isinstance(connection, Connection)
                prompt = at_work.pop(connection)
                result = _kept(prompt, _received(connection), shelf)
                done.append(result)
                told(result)
                if not connection.closed and waiting:
                    at_work[connection] = waiting.pop()
                    connection.send(_given(at_work[connection], shelf))
                elif not connection.closed:
                    connection.close()
    finally:
        for child in children:
            child.join(timeout=0 if at_work else 5)
            child.terminate()
            child.join()
    for prompt in waiting:
        done.append(Rendered(prompt, 0.0, "all rendering processes died"))
        told(done[-1])
    return done


def _given(prompt: Prompt, shelf: Shelf) -> Prompt:
    """The prompt as voices are to be given it."""
    return replace(prompt, text=shelf.respelled(prompt.text, prompt.language))


def _received(connection: Connection) -> _Answer:
    try:
        answer = connection.recv()
    except (EOFError, OSError):
        connection.close()
        return _Answer(None, ("", ""), "the rendering process died")
    assert isinstance(answer, _Answer)
    return answer


def _kept(prompt: Prompt, answer: _Answer, shelf: Shelf) -> Rendered:
    if answer.pcm is None:
        return Rendered(prompt, 0.0, answer.problem)
    seconds = answer.pcm.duration_ms / 1000
    wanted = shelf.engine_of(prompt.language)
    if answer.engine != wanted:
        return Rendered(prompt, seconds, f"only {answer.engine[0]} could say it; {wanted[0]} should")
    shelf.keep(prompt.text, prompt.language, prompt.pace, answer.pcm, dynamic=False, voice=prompt.voice)
    return Rendered(prompt, seconds)


def _render_for(connection: Connection, models: Path, voices_of: VoicesOf) -> None:
    """What a rendering process does: say each prompt that comes, until no more come."""
    os.nice(_NICENESS)
    voices = voices_of(models)
    while True:
        try:
            prompt = connection.recv()
        except EOFError:
            return
        connection.send(_said(voices, prompt))


def _said(voices: VoiceChain, prompt: Prompt) -> _Answer:
    manner = manner_for(prompt.language, prompt.pace, prompt.voice)
    try:
        spoken = voices.say(prompt.text, prompt.language, manner.voice, manner.speed)
    except VoiceError as error:
        return _Answer(None, ("", ""), str(error))
    return _Answer(telephone_sound(spoken.pcm), (spoken.engine, spoken.version))
