"""The calls in progress: admits lines, starts a session for each, forgets it when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.call.ports import Line
from ivr.call.session import Session, Surroundings
from ivr.flow.engine import Engine
from ivr.flow.events import CallOffered

log = logging.getLogger(__name__)

SERVICE_UNAVAILABLE = 503
NOT_FOUND = 404
#: What is kept of a SIP Call-ID, which strangers choose.
_LONGEST_ID = 200


@dataclass(frozen=True)
class Admission:
    """What a new call needs besides its line.

    Attributes:
        new_call_id: gives an id that was never given before.
        local_time: the wall clock, ISO 8601 with offset.
        identify: what the log may know of a caller's number.
        worker: name of this line worker, for the log.
    """

    new_call_id: Callable[[], str]
    local_time: Callable[[], str]
    identify: Callable[[str], dict[str, str]]
    worker: str


class Calls:
    """All sessions of a line worker.

    Args:
        engines: number dialled to the engine that answers it. New calls take what is there; `use` replaces it.
    """

    def __init__(self, engines: Mapping[str, Engine], surroundings: Surroundings, admission: Admission) -> None:
        self._engines = dict(engines)
        self._around = surroundings
        self._admission = admission
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def use(self, engines: Mapping[str, Engine]) -> None:
        """Let new calls use other engines. Calls in progress keep theirs."""
        self._engines = dict(engines)

    def offered(
        self,
        line: Line,
        about: Mapping[str, Any] | None = None,
        closed: Callable[[Session], None] = lambda session: None,
    ) -> None:
        """A line wants to be answered. What cannot be written down is not begun.

        Args:
            about: of a call that the gateway itself has placed: see `CallOffered.about`.
            closed: told when the call has ended; never of a line that is rejected here.
        """
        engine = self._engines.get(line.dialled)
        if engine is None:
            line.reject(NOT_FOUND)
            return
        if not self._around.journal.healthy:
            log.error("call refused: the journal cannot be written; see the disk")
            line.reject(SERVICE_UNAVAILABLE)
            return
        admission = self._admission
        known = self._around.memory.recall(line.caller)
        offer = CallOffered(
            call_id=admission.new_call_id(),
            caller=line.caller,
            dialled=line.dialled,
            local_time=admission.local_time(),
            speech=self._around.hearing.languages,
            profile=known.profile,
            parked=known.parked,
            about=dict(about or {}),
            display=line.takes_messages,
        )
        facts: dict[str, Any] = {
            **admission.identify(line.caller),
            "dialled": line.dialled,
            "user_agent": line.user_agent,
            "sip_call_id": line.sip_call_id[:_LONGEST_ID],
            "worker": admission.worker,
        }
        log.info("call %s: %s is called, SIP Call-ID %r", offer.call_id, line.dialled, facts["sip_call_id"])

        def ended(session: Session) -> None:
            del self._sessions[session.call_id]
            closed(session)

        session = Session(line, engine, self._around, offer, facts, ended)
        self._sessions[session.call_id] = session
        session.start()

    def snapshot(self) -> list[dict[str, Any]]:
        """Where every call is at this moment."""
        return [session.snapshot() for session in self._sessions.values()]

    def hang_up(self, call_id: str) -> bool:
        """End a call on behalf of an operator. Returns whether there is such a call."""
        session = self._sessions.get(call_id)
        if session is not None:
            session.hang_up_by_operator()
        return session is not None
