"""What stands in for ports that a gateway does not have: each says so at once, and the menu's way out is spoken."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from ivr.call.ports import LeaveError, Recalled, Receipt
from ivr.flow.events import SendOutcome

log = logging.getLogger(__name__)


class NoOutbox:
    """Keeps nothing. Recordings stay where they are, and the journal tells what was to be left."""

    def leave(self, kind: str, data: Mapping[str, Any], files: Sequence[Path], *, call_id: str) -> Deferred[Receipt]:
        log.error("call %s: there is no outbox, so a %s could not be kept", call_id, kind)
        return fail(LeaveError("no_outbox"))


class NoMessenger:
    """Sends nothing."""

    def send(self, channel: str, to: str, text: str, *, call_id: str) -> Deferred[SendOutcome]:
        log.warning("call %s: there is nothing configured to send a message by %s", call_id, channel)
        return succeed("failed")


class NoMemory:
    """Every caller is a stranger."""

    def recall(self, caller: str) -> Recalled:
        return Recalled()

    def remember(self, caller: str, values: Mapping[str, Any], days: int) -> None:
        """Nothing is kept."""

    def forget(self, caller: str) -> None:
        """There is nothing to forget."""

    def park(self, caller: str, state: Mapping[str, Any], keep_ms: int) -> None:
        """Nothing is kept."""
