"""Joins the calls that the gateway places to the backend's list and to the telephone side."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from backend_client.client import Asking, BackendClient
from backend_client.errors import AnswerError, BackendError
from backend_client.operations import LIST_OUTBOUND_CALLS, REPORT_OUTBOUND_CALL
from backend_client.receipts import OutboundCall
from ivr.app import LineWorker, local_now
from ivr.call.calls import Calls
from ivr.call.session import Session
from ivr.config import DataFolder, Settings
from ivr.outbound.record import Record, Unreported
from ivr.outbound.round import ListError, Rounds
from ivr.outbound.rules import Outcome, Wanted, is_allowed, outcome_of_refusal, plain_number
from ivr.outbound.settings import OutboundSettings
from ivr.privacy import CallerKey
from ivr.sip.endpoint import SipEndpoint
from ivr.sip.invitation import Invitation
from ivr.sip.line import SipLine

log = logging.getLogger(__name__)

#: Name of the worker, for its journal and the supervisor.
NAME = "outbound"
#: RTP and RTCP of the call in progress, of the person it is transferred to, and some to spare.
RTP_PORTS = 40
_BUDGET_MS = 15_000
#: Pages of the list that are read at most, of 100 calls each: nobody calls more in a morning.
_MOST_PAGES = 10
#: What a menu may say that came of a call; anything else is a mistake in the menu.
_OF_MENUS: frozenset[Outcome] = frozenset({"talked", "no_answer", "wrong_number", "refused_further_calls"})


class BackendList:
    """The `CallList` port: the list of `GET /v1/outbound-calls`."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client

    async def wanted(self) -> Sequence[Wanted]:
        found: list[Wanted] = []
        cursor = ""
        for _ in range(_MOST_PAGES):
            arguments = {"limit": "100", "cursor": cursor}
            try:
                page = await self._client.ask(LIST_OUTBOUND_CALLS, arguments, Asking("zh", _BUDGET_MS, "outbound"))
            except BackendError as error:
                raise ListError(f"the list cannot be read: {error}") from error
            if page is None:
                break
            found += map(_wanted, page.items)
            cursor = page.next or ""
            if not cursor:
                break
        return found

    async def report(self, result: Unreported) -> None:
        at = result.at.isoformat()
        asking = Asking("zh", _BUDGET_MS, "outbound", f"outbound-{result.wanted}-{result.number}"[:64])
        arguments = {"id": result.wanted, "outcome": result.outcome, "called_at": at}
        try:
            await self._client.ask(REPORT_OUTBOUND_CALL, arguments, asking)
        except AnswerError as error:
            raise ListError(f"a result cannot be told: {error}") from error
        except BackendError as error:
            # It would be refused for ever, and hold up all others.
            log.error("outbound: the result of %s was refused: %s", result.wanted, error)


def _wanted(call: OutboundCall) -> Wanted:
    waiting = call.status == "waiting"
    return Wanted(call.id, call.purpose, plain_number(call.phone), call.ticket, call.text, waiting, call.tries)


class Placer(Protocol):
    """The part of `SipEndpoint` that is needed."""

    place: Any


class DialledTelephone:
    """The `Telephone` port: a SIP call, and a session of the menu for its purpose.

    The address is made here from the setting and a number that the rules allow, and from nothing else: whatever the
    list says, the trunk of the settings is all that is ever called.
    """

    def __init__(self, settings: OutboundSettings, endpoint: SipEndpoint | Placer, calls: Calls) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._calls = calls

    def call(self, wanted: Wanted) -> Deferred[Outcome]:
        """See `ivr.outbound.round.Telephone`."""
        ended: Deferred[Outcome] = Deferred()
        if not is_allowed(wanted.number, self._settings):
            ended.callback("failed")
            return ended
        about = {"purpose": wanted.purpose, "ticket": wanted.ticket, "text": wanted.text}

        def answered(line: SipLine) -> None:
            self._calls.offered(line, about, lambda session: ended.callback(_outcome(session)))
            if not line.has_listener:
                # Rejected: the journal cannot be written, or there is no such menu.
                ended.callback("failed")

        def refused(code: int) -> None:
            log.info("outbound: %s was not answered: %d", wanted.id, code)
            ended.callback(outcome_of_refusal(code))

        called = Invitation(caller=wanted.number, dialled=wanted.purpose)
        uri = self._settings.uri.replace("{number}", wanted.number)
        self._endpoint.place(uri, called, self._settings.ring_s * 1000, answered, refused)
        return ended


def _outcome(session: Session) -> Outcome:
    """What the menu says that came of it. Who hangs up before they were understood is called again later."""
    outcome = session.state.variables.get("outcome")
    return outcome if outcome in _OF_MENUS else "no_answer"


class OutboundWorker(LineWorker):
    """A line worker that answers nobody: it places the calls on the backend's list, one at a time.

    It has SIP and RTP ports of its own, and leaves the registration with the trunk to those who answer.

    Raises:
        As `LineWorker`; ValueError also when outbound calls are not set up.
    """

    def __init__(
        self, settings: Settings, data: DataFolder, reactor: Any, read_settings: Callable[[], Settings] | None = None
    ) -> None:
        if not settings.outbound.enabled:
            raise ValueError("outbound.enabled: 没有打开 / is not switched on in the settings")
        read = read_settings or (lambda: settings)
        super().__init__(
            _for_outbound(settings), data, NAME, reactor, read_settings=lambda: _for_outbound(read()), registers=False
        )
        self.endpoint.answer_numbers(())
        record = make_outbound_record(data)
        telephone = DialledTelephone(settings.outbound, self.endpoint, self.calls)
        self.rounds = Rounds(settings.outbound, record, BackendList(self.backend), telephone, local_now, reactor)

    def start(self) -> None:
        """Place calls from now on.

        Raises:
            SipError: when SIP cannot be started.
        """
        super().start()
        Deferred.fromCoroutine(self.rounds.run()).addErrback(
            lambda failure: log.error("outbound: no more calls are placed: %s", failure.getTraceback())
        )

    def reload(self) -> None:
        """As for every line worker; still nobody is answered."""
        super().reload()
        self.endpoint.answer_numbers(())

    def drain(self) -> Deferred[None]:
        """Place no more calls, let the one in progress end, then stop."""
        self.rounds.stop()
        return super().drain()

    def stop(self) -> Deferred[None]:
        self.rounds.stop()
        return super().stop()


def make_outbound_record(data: DataFolder) -> Record:
    """What is known of calls that were placed.

    Raises:
        KeyFileError, OSError: the key cannot be used.
    """
    return Record(data.outbound, CallerKey(data.caller_key).hash)


def _for_outbound(settings: Settings) -> Settings:
    """The settings of the worker: ports of its own, and menus by purpose in place of numbers."""
    outbound = settings.outbound
    sip = settings.sip.model_copy(
        update={"port": outbound.port, "rtp_port_first": outbound.rtp_port_first, "rtp_port_count": RTP_PORTS}
    )
    menus = settings.menus.model_copy(update={"numbers": dict(outbound.trees)})
    return settings.model_copy(update={"sip": sip, "menus": menus})
