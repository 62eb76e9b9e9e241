"""The composition root: builds a line worker from settings, and the list of processes of a whole gateway.

Everything else in `ivr` is given what it needs; here it is decided what that is.
"""

from __future__ import annotations

import logging
import secrets
import sys
import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred

from backend_client.client import BackendClient
from ivr.call.calls import Admission, Calls
from ivr.call.hearing import Deaf
from ivr.call.journal import FileJournal
from ivr.call.live import LiveFeed, listen_live
from ivr.call.session import Surroundings
from ivr.config import DataFolder, Settings
from ivr.hearing.worker import SpeechHearing
from ivr.privacy import CallerKey, mask_number
from ivr.served import MenuWatch, first_engines
from ivr.sip.endpoint import SipEndpoint
from ivr.storage.callers import CallerStore
from ivr.supervisor import ChildSpec
from ivr.voice.prompts import Shelf, open_shelf
from ivr.voice.voice import PreparedVoice
from ivr.voice.worker import SpeechClient
from speech.spoken import Lexicon, Speaker
from speech.voices.chain import VoiceChain
from speech.voices.espeak import EspeakVoice
from speech.voices.tone import ToneVoice

log = logging.getLogger(__name__)

#: Where the demo backend may take the place of a real one.
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
#: How much less important than the telephone our own speech worker is.
SPEECH_NICENESS = 10
#: The console may wait; a caller may not.
CONSOLE_NICENESS = 5
#: A draining worker may finish its calls for so long, in seconds.
DRAIN_PATIENCE_S = 25 * 60.0


class LineWorker:
    """One line worker: a SIP endpoint, its calls, and all that they need.

    Args:
        name: for the journal's file names and the log.

    Raises:
        MenuProblems, KeyFileError, OSError, ValueError: when it cannot be built from these settings.
    """

    def __init__(self, settings: Settings, data: DataFolder, name: str, reactor: Any) -> None:
        self._reactor = reactor
        self._stopping = False
        engines = first_engines(settings.menus, data)
        self._name = name
        self._live_folder = data.live
        self._live_port: Any = None
        self.journal = FileJournal(data.journal, name, _now)
        self.backend = BackendClient(settings.backend, reactor)
        self.voice = make_voice(settings, data, reactor)
        self.hearing = make_hearing(settings, data)
        key = CallerKey(data.caller_key)
        around = Surroundings(
            voice=self.voice,
            backend=self.backend,
            journal=self.journal,
            clock=reactor,
            transfer_targets=settings.transfer.targets,
            mask_number=mask_number,
            hearing=self.hearing or Deaf(),
            recordings=data.recordings,
            memory=CallerStore(data.callers, key, time.time),
        )
        admission = Admission(
            new_call_id=new_call_id,
            local_time=lambda: datetime.now().astimezone().isoformat(timespec="seconds"),
            identify=lambda caller: identify(key, caller),
            worker=name,
        )
        self.calls = Calls(engines, around, admission)
        self.menus = MenuWatch(settings.menus, data, self.calls.use, reactor)
        numbers = tuple(settings.menus.numbers)
        self.endpoint = SipEndpoint(settings.sip.model_copy(update={"numbers": numbers}), reactor, self.calls.offered)

    def start(self) -> None:
        """Answer calls from now on.

        Raises:
            SipError: when SIP cannot be started.
        """
        self.endpoint.start()
        if self.hearing is not None:
            self.hearing.start()
        self.menus.start()
        feed = LiveFeed(self.calls.snapshot, self.calls.hang_up, self._reactor)
        self._live_port = listen_live(self._reactor, self._live_folder, self._name, feed)

    def reload(self) -> None:
        """Let new calls use the menus as they are now. Wrong menus change nothing, and the log says why."""
        self.menus.reload()

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
        self.voice.close()
        if self.hearing is not None:
            self.hearing.close()
        return self.backend.close()


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


def gateway_processes(
    settings: Settings, settings_file: Path | None, data: DataFolder, *, demo: bool
) -> list[ChildSpec]:
    """The processes of a gateway on one machine, in the order of their start."""
    ivr = [sys.executable, "-m", "ivr.cli"]
    environment = {"XIANGYIN_DATA": str(data.root)}
    if settings_file is not None:
        environment["XIANGYIN_SETTINGS"] = str(settings_file)
    # It reads the database's address itself: a password in it would be seen by everybody who lists processes.
    specs = [ChildSpec("ship", [*ivr, "ship"], niceness=5)]
    if not settings.voice.worker:
        listen = ["--listen", data.speech_address(settings)]
        speech = ["speech", *listen, "--threads", str(settings.voice.threads)]
        specs.append(ChildSpec("speech", [*ivr, *speech], niceness=SPEECH_NICENESS, awaited=False))
    if demo and urlsplit(settings.backend.base_url).hostname in LOCAL_HOSTS:
        address = urlsplit(settings.backend.base_url)
        listen = ["--host", str(address.hostname), "--port", str(address.port or 80)]
        backend = ["backend-demo", *listen, "--database", str(data.demo_database)]
        specs.append(ChildSpec("backend-demo", [*ivr, *backend]))
    specs.append(ChildSpec("line-1", [*ivr, "line", "--name", "line-1"], patience_s=DRAIN_PATIENCE_S))
    if settings.console.enabled:
        specs.append(ChildSpec("console", [*ivr, "console"], niceness=CONSOLE_NICENESS, awaited=False))
    return [replace(spec, environment=environment) for spec in specs]


def _now() -> datetime:
    return datetime.now(timezone.utc)
