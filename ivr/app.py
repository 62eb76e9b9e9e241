"""The composition root: builds a line worker from settings. `ivr.children` lists the processes of a whole gateway.

Everything else in `ivr` is given what it needs; here it is decided what that is.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from backend_client.answers import Answers, Asked
from backend_client.client import BackendClient
from backend_client.connectors.joined import JoinedBackend, load_systems
from backend_client.lockout.attempts import Attempts
from backend_client.lockout.guarded import GuardedAnswers
from backend_client.outbox.writer import OutboxWriter
from backend_client.store.known import KnownAnswers
from backend_client.store.reader import AnswerStore
from backend_client.store.search import warm_up
from ivr.call.absent import NoMessenger
from ivr.call.calls import Admission, Calls
from ivr.call.counting import CountedJournal
from ivr.call.directory import Directory
from ivr.call.hearing import Deaf
from ivr.call.journal import FileJournal
from ivr.call.live import LiveFeed, listen_live
from ivr.call.session import Surroundings
from ivr.config import DataFolder, Settings
from ivr.farewell.kept import KeptDialogs
from ivr.hearing.worker import SpeechHearing
from ivr.leaving import KeptOutbox, Sealing
from ivr.privacy import CallerKey, SealedFiles, derived_key, mask_number
from ivr.processes.pulse import BEAT_EVERY_S, Pulse
from ivr.recordings import SealedRecordings
from ivr.served import Engines, MenuWatch, first_engines, readings_of
from ivr.sip.endpoint import SipEndpoint
from ivr.sip.placement import BehindEdge
from ivr.storage.callers import CallerStore
from ivr.texting import make_messenger
from ivr.voice.prompts import Shelf, open_shelf
from ivr.voice.voice import PreparedVoice
from ivr.voice.worker import SpeechClient
from ivr.waiting import WaitingRoom
from speech.spoken import Lexicon, Speaker
from speech.voices.chain import VoiceChain
from speech.voices.espeak import EspeakVoice
from speech.voices.tone import ToneVoice

log = logging.getLogger(__name__)


class LineWorker:
    """One line worker: a SIP endpoint, its calls, and all that they need.

    Args:
        name: for the journal's file names and the log.
        behind: the edge that calls come from, if there is one.
        read_settings: gives the settings as they are in their file now.
        registers: keep the trunk registered, where it is this worker's turn.

    Raises:
        MenuProblems, KeyFileError, OSError, ValueError: when it cannot be built from these settings.
    """

    def __init__(
        self,
        settings: Settings,
        data: DataFolder,
        name: str,
        reactor: Any,
        *,
        behind: BehindEdge | None = None,
        read_settings: Callable[[], Settings] | None = None,
        registers: bool = True,
    ) -> None:
        self._read_settings = read_settings or (lambda: settings)
        self._reactor = reactor
        self._stopping = False
        self._trouble = ""
        transfer = settings.transfer
        self._directory = Directory(
            transfer.targets, transfer.hours, transfer.most_per_hour, datetime.now, time.monotonic
        )
        engines = first_engines(settings.menus, data)
        self._name = name
        self._live_folder = data.live
        self._live_port: Any = None
        self.journal = FileJournal(data.journal, name, _now)
        self._counted = CountedJournal(self.journal, time.perf_counter)
        self.backend = BackendClient(settings.backend, reactor)
        self.store = AnswerStore(data.answers, local_now)
        self.joined = make_joined(settings, self.backend, reactor)
        self.voice = make_voice(settings, data, reactor)
        self.voice.use_readings(readings_of(engines))
        self.hearing = make_hearing(settings, data)
        self.messenger = make_messenger(settings, data, reactor)
        key, sealing = CallerKey(data.caller_key), Sealing(data.caller_key)
        under_way = data.recordings_under_way / name
        self.recordings = SealedRecordings(under_way, data.recordings, SealedFiles(data.caller_key))
        around = Surroundings(
            voice=self.voice,
            backend=WaitingRoom(make_answers(settings, data, self.joined, self.store), data.waiting, time.time),
            journal=self._counted,
            clock=reactor,
            transfer_targets=self._directory,
            mask_number=mask_number,
            seal=key.seal,
            hearing=self.hearing or Deaf(),
            recordings=self.recordings,
            outbox=KeptOutbox(
                OutboxWriter(data.outbox, settings.outbox.gateway, local_now, sealing=sealing, keep_files=True)
            ),
            messenger=self.messenger or NoMessenger(),
            memory=CallerStore(data.callers, key, time.time),
        )
        admission = Admission(
            new_call_id=new_call_id,
            local_time=lambda: datetime.now().astimezone().isoformat(timespec="seconds"),
            identify=lambda caller: identify(key, caller),
            worker=name,
        )
        self.calls = Calls(engines, around, admission)
        self.menus = MenuWatch(settings.menus, data, self._use, reactor)
        numbers = tuple(settings.menus.numbers)
        sip = settings.sip.model_copy(update={"numbers": numbers})
        dialogs = KeptDialogs(data.dialogs / name, key.seal)
        self.endpoint = SipEndpoint(sip, reactor, self.calls.offered, behind, registers=registers, dialogs=dialogs)

    def start(self) -> None:
        """Answer calls from now on.

        Raises:
            SipError: when SIP cannot be started.
        """
        self.recordings.sweep()
        if self.hearing is not None:
            # Who may speak may ask in their own words. Loading holds the interpreter, also from a thread, and calls in
            # progress would miss half a second of sound: it is done before there are any.
            warm_up()
        self.endpoint.start()
        if self.hearing is not None:
            self.hearing.start()
        self.menus.start()
        feed = LiveFeed(self.calls.snapshot, self.calls.hang_up, self._reactor)
        self._live_port = listen_live(self._reactor, self._live_folder, self._name, feed)

    def reload(self) -> None:
        """Let new calls use menus, numbers and transfer targets as they are now.

        Wrong ones change nothing, and the log says why. Everything else in the settings takes a fresh process:
        `ivr workers renew`.
        """
        try:
            settings = self._read_settings()
        except ValueError as error:
            log.error("settings not reloaded, calls go on with the old ones:\n%s", error)
            return
        self.endpoint.answer_numbers(tuple(settings.menus.numbers))
        transfer = settings.transfer
        self._directory.use(transfer.targets, transfer.hours, transfer.most_per_hour)
        self.menus.reload(settings.menus)

    def _use(self, engines: Engines) -> None:
        self.calls.use(engines)
        self.voice.use_readings(readings_of(engines))

    def show_life(self, pulse: Pulse) -> None:
        """Beat once a second from now on, but only while telephony moves: else the supervisor replaces us."""
        # First of all, so that a beat that goes wrong is not the last one.
        self._reactor.callLater(BEAT_EVERY_S, self.show_life, pulse)
        # PJSIP is not polled any more when it has been told to end.
        trouble = "" if self._stopping else self.endpoint.library.trouble()
        if trouble and not self._trouble:
            log.error("no sign of life is given any more: %s", trouble)
        self._trouble = trouble
        if not trouble:
            pulse.beat(self.facts())

    def facts(self) -> dict[str, Any]:
        """What `ivr workers` shows of us."""
        return {
            "calls": self.endpoint.calls_in_progress,
            "channels": self.endpoint.capacity,
            "trunk": self.endpoint.registration,
            "journal": "healthy" if self.journal.healthy else "refused by the disk",
            "counts": self._counts(),
            "circuits": {"backend": self.backend.breaker.state, **self.joined.circuits()},
        }

    def _counts(self) -> dict[str, Any]:
        """What `ivr.call.counting` has counted, and what SIP has."""
        counts = self._counted.counts.to_dict()
        refused = {"": self.endpoint.library.screen.refused}
        return {**counts, "counters": {**counts["counters"], "sip_messages_refused": refused}}

    def drain(self) -> Deferred[None]:
        """Take no more calls, let those in progress end, then stop. Never fires when `stop` is asked for meanwhile."""
        self.endpoint.drain()
        stopped: Deferred[None] = Deferred()
        self._wait_until_empty(stopped)
        return stopped.addCallback(lambda _: self.stop())

    def _wait_until_empty(self, empty: Deferred[None]) -> None:
        if self._stopping:
            return
        if self.endpoint.calls_in_progress:
            self._reactor.callLater(0.2, self._wait_until_empty, empty)
        else:
            empty.callback(None)

    def stop(self) -> Deferred[None]:
        """End all calls and release everything. To be called once."""
        self._stopping = True
        self.menus.stop()
        return self.endpoint.stop().addCallback(lambda _: self._release())

    def _release(self) -> Deferred[Any]:
        if self._live_port is not None:
            self._live_port.stopListening()
        self.journal.close()
        self.store.close()
        self.joined.close()
        self.voice.close()
        if self.hearing is not None:
            self.hearing.close()
        closing = [self.backend.close()]
        if self.messenger is not None:
            closing.append(self.messenger.close())
        return DeferredList(closing)


def make_joined(settings: Settings, client: BackendClient, reactor: Any) -> JoinedBackend:
    """Who is asked live: departments by their connectors, and the backend for the rest.

    Raises:
        ValueError: a connector cannot be used.
    """
    folder = settings.connectors.folder
    return JoinedBackend(load_systems(folder, reactor) if folder else (), client)


def make_answers(settings: Settings, data: DataFolder, live: Asked, store: AnswerStore) -> GuardedAnswers:
    """What calls ask: the store, the backend, or what was known last; about a person only until too many wrong tries.

    Raises:
        KeyFileError, OSError, ValueError: a key cannot be used.
    """
    kept = timedelta(days=settings.answers.keep_known_days)
    known = KnownAnswers(data.known_answers, data.answers_key, local_now, kept)
    stale_after = timedelta(hours=settings.answers.stale_after_h)
    attempts = Attempts(
        data.wrong_tries,
        derived_key(data.caller_key, "wrong tries"),
        time.time,
        most=settings.answers.wrong_tries,
        lock_s=settings.answers.locked_min * 60.0,
    )
    return GuardedAnswers(Answers(live, store, known, local_now, stale_after=stale_after), attempts)


def make_voice(settings: Settings, data: DataFolder, reactor: Any) -> PreparedVoice:
    """The voice of calls: recordings, rendered prompts, the speech worker, and what stands behind it."""
    emergency = VoiceChain([EspeakVoice(), ToneVoice()], Lexicon())
    client = SpeechClient(data.speech_address(settings))
    return PreparedVoice(make_shelf(data), Speaker(), client, data.run / "private", emergency, reactor)


def make_hearing(settings: Settings, data: DataFolder) -> SpeechHearing | None:
    """Speech input of calls; None where callers shall use keys alone."""
    if not settings.hearing.enabled:
        return None
    return SpeechHearing(data.hearing_address(settings), settings.hearing.patience_ms / 1000)


def make_shelf(data: DataFolder) -> Shelf:
    """Where prompts are found: recordings of the project, what was rendered ahead, what was rendered in calls."""
    return open_shelf(data.prompts, data.models)


def identify(key: CallerKey, caller: str) -> dict[str, str]:
    """What the log may know of a caller: enough to recognise and, with the key, to call back."""
    return {"caller_masked": mask_number(caller), "caller_hash": key.hash(caller), "caller_sealed": key.seal(caller)}


def new_call_id() -> str:
    """An id that sorts by time and was never given before: `20261122-101530-9f3ac2`."""
    return f"{_now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def local_now() -> datetime:
    """The moment as callers have it."""
    return datetime.now().astimezone()


def _now() -> datetime:
    return datetime.now(timezone.utc)
