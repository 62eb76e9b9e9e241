"""What the authors' pages of the console work with, put together for a gateway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from backend_client.operations import LOCAL_OPERATIONS, OPERATIONS
from ivr.authoring.phone import Phones
from ivr.authoring.phone_voice import TellingVoice
from ivr.authoring.workshop import Workshop
from ivr.config import DataFolder, Settings
from ivr.console.authoring.services import Authoring
from ivr.publishing.desk import Desk
from ivr.publishing.files import texts_of
from ivr.storage.drafts import Drafts
from ivr.storage.office import Office


def make_authoring(
    settings: Settings, data: DataFolder, office: Office, desk: Desk, now: Callable[[], datetime], reactor: Any
) -> Authoring:
    """The workshop and the phones. The voice is made when somebody calls for the first time."""
    voice = cache(lambda: _voice(settings, data, reactor))

    def voice_of_call(folder: Path) -> TellingVoice:
        return TellingVoice(voice(), folder)

    return Authoring(
        Workshop(desk, Drafts(office.engine, now), lambda: texts_of(settings.menus.folder)),
        Phones(voice_of_call, reactor),
        operations=sorted({*OPERATIONS, *LOCAL_OPERATIONS}),
        targets=sorted(settings.transfer.targets),
    )


def _voice(settings: Settings, data: DataFolder, reactor: Any) -> Any:
    """The voice of calls: recordings, what is rendered, the speech worker, and the emergency voice."""
    from ivr.voice.prompts import open_shelf
    from ivr.voice.voice import PreparedVoice
    from ivr.voice.worker import SpeechClient
    from speech.spoken import Lexicon, Speaker
    from speech.voices.chain import VoiceChain
    from speech.voices.espeak import EspeakVoice
    from speech.voices.tone import ToneVoice

    emergency = VoiceChain([EspeakVoice(), ToneVoice()], Lexicon())
    shelf = open_shelf(data.prompts, data.models)
    client = SpeechClient(data.speech_address(settings))
    return PreparedVoice(shelf, Speaker(), client, data.run / "private", emergency, reactor)
