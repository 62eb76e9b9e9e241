"""A voice of calls, with a speech worker of fake voices in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ivr.call.ports import Clip
from ivr.voice.prompts import Shelf
from ivr.voice.voice import PreparedVoice
from ivr.voice.worker import SpeechClient
from menus.parts import Part, Value, Words
from speech.spoken import Lexicon, Speaker
from speech.wire import Address
from speech.worker import SpeechWorker
from tests.speech.voices.fakes import FakeVoice, fake_chain

InReactor = Callable[..., None]
DYNAMIC: tuple[Part, ...] = (Words("您的申请，"), Value("已经受理"), Words("。"))


@asynccontextmanager
async def working(voice: FakeVoice, path: Path) -> AsyncIterator[None]:
    """A speech worker at a socket."""
    ready: asyncio.Future[Address] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.ensure_future(SpeechWorker(fake_chain(voice)).serve(Address(path=path), ready.set_result, stop))
    await of_asyncio(ready)
    try:
        yield
    finally:
        stop.set()
        await of_asyncio(serving)


def of_asyncio(future: asyncio.Future[Any]) -> Deferred[Any]:
    """For scenarios, which are coroutines of Twisted."""
    return Deferred.fromFuture(future)


class Around:
    """A voice and all that it needs.

    Attributes:
        engine: says what the worker is asked for.
        emergency: the voice behind it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "speech.sock"
        self.private = folder / "private"
        self.engine = FakeVoice()
        self.emergency = FakeVoice("emergency")
        self.clock = Clock()
        self.shelf = Shelf(
            folder / "recordings", folder / "prompts", (self.engine.name, self.engine.version), Lexicon()
        )
        self.voice = self.another()

    def another(self) -> PreparedVoice:
        client = SpeechClient(f"unix:{self.socket}")
        chain = fake_chain(self.emergency)
        return PreparedVoice(
            self.shelf, Speaker(), client, self.private, chain, self.clock, in_memory=self.folder / "memory"
        )

    def clips(self, *parts: Part, pace: str = "normal") -> list[Clip]:
        """What is spoken, without the pauses behind it; pauses where there is nothing else."""
        clips = self.voice.clips(parts, "zh", pace)
        return [clip for clip in clips if clip.text] or clips

    async def files(self, *parts: Part, pace: str = "normal") -> list[Path]:
        return [await clip.file for clip in self.clips(*parts, pace=pace)]

    @property
    def said(self) -> list[str]:
        return [text for text, *_ in self.engine.said]
