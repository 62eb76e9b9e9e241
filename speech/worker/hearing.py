"""The hearing half of the speech worker: what all conversations share, and one conversation for each connection.

A conversation opens one turn after another; `speech.worker.turn` follows each. Turns are refused when as many are open
as this machine can follow, so that those that are open are decided in time; saying texts goes on meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution

from audio.pcm import Samples
from speech.matching.understanding import Expect
from speech.recognisers.base import RATE, Expected, Recogniser
from speech.turns.echo import EchoCanceller
from speech.turns.taker import Detector, Patience, TurnTaker
from speech.worker import answers
from speech.worker.bench import Bench
from speech.worker.recording import Recording
from speech.worker.refusal import RefusedError
from speech.worker.request import TurnRequest, turn_request
from speech.worker.turn import Turn

log = logging.getLogger(__name__)

#: Turns that may be open at once.
MOST_TURNS = 8
#: Recordings to be written down that may wait.
_MOST_RECORDINGS = 4
#: Words that are told in the log, at most.
_MOST_UNHEARD = 1000
#: Silence that ends a turn, in milliseconds, where it is not the usual.
_END_MS: Mapping[Expect, float] = {"digits": 1100.0, "date": 900.0, "question": 1000.0}


class Hearing:
    """What all conversations share.

    Args:
        recognisers: language -> engine that hears it. None of them may be used by anybody else.
        detector: makes a detector of speech for one turn.
        most_turns: turns that may be open at once.
        places: utterances that are recognised at once.
    """

    def __init__(
        self,
        recognisers: Mapping[str, Recogniser],
        detector: Callable[[], Detector],
        most_turns: int = MOST_TURNS,
        places: int = 1,
    ) -> None:
        self._recognisers = dict(recognisers)
        self._most_turns = most_turns
        self._turns: set[Turn] = set()
        self._recordings: set[Recording] = set()
        self._stopping = False
        self._unheard: set[str] = set()
        self._detector = detector
        self._bench = Bench(2 * most_turns + _MOST_RECORDINGS, places)
        #: Follows the sound of all turns: milliseconds of work for each second of sound.
        self._ears = ThreadPoolExecutor(1, "ears")

    def open(
        self, request: TurnRequest, send: Callable[[Event], Awaitable[None]], echo: EchoCanceller
    ) -> Turn | Recording:
        """Begin a turn, or a recording that is to be written down.

        Args:
            echo: the one of this call.

        Raises:
            RefusedError: `no-engine`, `busy` or `stopping`.
        """
        if self._stopping:
            raise RefusedError("stopping", "the speech worker stops")
        language = request.question.language
        recogniser = self._recognisers.get(language) or self._recognisers.get(language.partition("-")[0])
        if recogniser is None:
            raise RefusedError("no-engine", f"no recogniser for the language {language!r} is installed")
        if request.question.expect == "free":
            return self._recording(request, recogniser, send)
        if len(self._turns) >= self._most_turns:
            raise RefusedError("busy", f"{self._most_turns} turns are open")
        self._tell_unheard(recogniser, request.question.expected())
        echo.pause()
        taker = TurnTaker(self._detector(), _patience(request), echo, over_prompt=request.barge_in)
        turn = Turn(request, recogniser, taker, self._bench, self._ears, send)
        self._turns.add(turn)
        turn.over.add_done_callback(lambda _: self._turns.discard(turn))
        return turn

    def _tell_unheard(self, recogniser: Recogniser, expected: Expected) -> None:
        """Write into the log, once, which words of the menus the engine can never hear."""
        unheard = [word for word in recogniser.unknown(expected) if word not in self._unheard]
        if unheard and len(self._unheard) < _MOST_UNHEARD:
            self._unheard.update(unheard)
            log.warning(
                "callers who say these words are not understood, the model of %s lacks them: %s",
                recogniser.name,
                ", ".join(unheard),
            )

    def _recording(
        self, request: TurnRequest, recogniser: Recogniser, send: Callable[[Event], Awaitable[None]]
    ) -> Recording:
        if len(self._recordings) >= _MOST_RECORDINGS:
            raise RefusedError("busy", f"{_MOST_RECORDINGS} recordings are waiting")
        recording = Recording(request, recogniser, self._bench, send)
        self._recordings.add(recording)
        recording.over.add_done_callback(lambda _: self._recordings.discard(recording))
        return recording

    def load(self) -> dict[str, int]:
        """How much is being done, for `info`."""
        return {"turns": len(self._turns), "most_turns": self._most_turns, "queue": self._bench.waiting}

    def programs(self) -> list[AsrProgram]:
        """The engines in Wyoming's words."""
        attribution = Attribution("xiangyin", "https://github.com/xiangyin/xiangyin")
        languages: dict[str, list[str]] = {}
        for language, recogniser in self._recognisers.items():
            languages.setdefault(recogniser.name, []).append(language)
        return [
            AsrProgram(
                name=name,
                description=None,
                attribution=attribution,
                installed=True,
                version=None,
                models=[
                    AsrModel(
                        name=f"{name}-{language}",
                        description=None,
                        attribution=attribution,
                        installed=True,
                        version=None,
                        languages=[language],
                    )
                    for language in spoken
                ],
            )
            for name, spoken in languages.items()
        ]

    async def stop(self) -> None:
        """Refuse what is open and what would come."""
        self._stopping = True
        still_open: list[Turn | Recording] = [*self._turns, *self._recordings]
        for one in still_open:
            await one.refuse(RefusedError("stopping", "the speech worker stops"))

    def close(self) -> None:
        """Let the threads go."""
        self._bench.close()
        self._ears.shutdown(wait=False, cancel_futures=True)


class Conversation:
    """The turns of one connection, one after another."""

    def __init__(self, hearing: Hearing, send: Callable[[Event], Awaitable[None]]) -> None:
        self._hearing = hearing
        self._send_event = send
        self._sending = asyncio.Lock()
        self._turn: Turn | Recording | None = None
        self._echo = EchoCanceller()

    async def take(self, event: Event) -> None:
        """Act on an event of the client; one that is not about hearing is passed over."""
        try:
            if Transcribe.is_type(event.type):
                await self.close()
                self._turn = self._hearing.open(turn_request(event.data), self._send, self._echo)
            elif AudioStart.is_type(event.type):
                _check(event)
            elif AudioChunk.is_type(event.type) and self._turn is not None:
                self._turn.take(*_channels(event))
            elif AudioStop.is_type(event.type) and self._turn is not None:
                await self._turn.audio_stopped()
        except RefusedError as refused:
            log.info("a turn was refused: %s: %s", refused.code, refused)
            await self.close()
            await self._send(answers.refused(refused, _turn_of(event)))

    async def close(self) -> None:
        """Drop the turn that is open, if any."""
        turn, self._turn = self._turn, None
        if turn is not None:
            await turn.drop()

    async def _send(self, event: Event) -> None:
        # A client that goes away while it is answered is noticed where it is read from.
        async with self._sending:
            with contextlib.suppress(ConnectionError):
                await self._send_event(event)


def _turn_of(event: Event) -> int | None:
    """The number of the turn that a `transcribe` is about."""
    context = event.data.get("context")
    turn = context.get("turn") if isinstance(context, dict) else None
    return turn if isinstance(turn, int) else None


def _patience(request: TurnRequest) -> Patience:
    """Figures and whole sentences are said with longer pauses than the name of an option."""
    end_ms = _END_MS.get(request.question.expect, Patience.end_ms)
    return replace(Patience(), longest_ms=request.longest_ms, end_ms=end_ms)


def _check(event: Event) -> tuple[int, int]:
    """Rate and channels of sound that can be used. Raises RefusedError."""
    rate, width, channels = (event.data.get(name) for name in ("rate", "width", "channels"))
    if rate != RATE or width != 2 or channels not in (1, 2):
        raise RefusedError(
            "bad-request", f"sound must be {RATE} Hz, 16 bit, 1 or 2 channels, not {rate} Hz {width} bytes {channels}"
        )
    return RATE, int(channels)


def _channels(event: Event) -> tuple[Samples, Samples | None]:
    """The caller's sound and, if it is there, what was sent to the caller; each int16 [n]. Raises RefusedError."""
    _, channels = _check(event)
    payload = event.payload or b""
    if len(payload) % (2 * channels):
        raise RefusedError("bad-request", "a piece of sound that ends inside a sample")
    samples = np.frombuffer(payload, dtype="<i2").astype(np.int16)
    if channels == 1:
        return samples, None
    return samples[::2], samples[1::2]
