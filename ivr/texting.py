"""Builds from settings what sends text messages, at once and later."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from backend_client.messages.messenger import TextMessenger
from backend_client.messages.provider import SmsProvider
from backend_client.messages.settings import URL_VARIABLE
from backend_client.messages.waiting import MessageQueue
from ivr.config import DataFolder, Settings
from ivr.leaving import Sealing


def make_messenger(settings: Settings, data: DataFolder, reactor: Any) -> TextMessenger | None:
    """What sends text messages; None where no provider is set.

    Raises:
        ValueError: the provider's address, secret or certificate cannot be used.
        KeyFileError, OSError: the key file cannot be used.
    """
    provider = make_sms_provider(settings, reactor)
    if provider is None:
        return None
    return TextMessenger(provider, make_message_queue(data, Sealing(data.caller_key)), reactor)


def make_sms_provider(settings: Settings, reactor: Any) -> SmsProvider | None:
    """The SMS provider; None where none is set.

    Raises:
        ValueError: its address, secret or certificate cannot be used.
    """
    if not settings.messages.url and not os.environ.get(URL_VARIABLE):
        return None
    return SmsProvider(settings.messages, os.environ, reactor)


def make_message_queue(data: DataFolder, sealing: Sealing) -> MessageQueue:
    """The messages that wait for the provider."""
    return MessageQueue(data.messages, lambda: datetime.now().astimezone(), sealing)
