"""What a call asks: from the answer store, from the backend, or what was known last, whichever gives an answer.

- Public content comes from the store at once, whether the link is up or not.
- Anything else is asked of the backend, within the caller's patience. Where that fails, the last known answer about the
  same case is given with its age.

Every answer says how old it is: `as_of` (a moment with an offset), and `stale`, which is true when a caller should be
told so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from backend_client.errors import BackendError, RequestError
from backend_client.operations import LOCAL_OPERATIONS
from backend_client.store.known import KnownAnswers
from backend_client.store.reader import AnswerStore, Stored

_logger = logging.getLogger(__name__)

Json = dict[str, Any]


class Asked(Protocol):
    """Who is asked live: `BackendClient`, or connectors."""

    def query(
        self, operation: str, arguments: Mapping[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Json | None]: ...


class Answers:
    """The `Backend` port of `ivr.call.ports`.

    Args:
        now: the moment, with the offset of the callers' own time.
        stale_after: content that was not brought up to date for so long is stale.
    """

    def __init__(
        self,
        live: Asked,
        store: AnswerStore,
        known: KnownAnswers,
        now: Callable[[], datetime],
        *,
        stale_after: timedelta,
    ) -> None:
        self._live = live
        self._store = store
        self._known = known
        self._now = now
        self._stale_after = stale_after

    def query(
        self, operation: str, arguments: Mapping[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Json | None]:
        """Fire with JSON data that has `as_of` and `stale`, or with None when there is no such thing.

        Fails with `BackendError`, within `budget_ms`.
        """
        stored: Stored | None = None
        if self._store.knows(operation):
            try:
                stored = self._store.answer(operation, arguments, language)
            except RequestError as error:
                return fail(error)
        if stored is not None and stored.data is not None:
            return succeed(self._from_store(stored))
        if operation in LOCAL_OPERATIONS:
            return fail(RequestError("nothing was synchronised yet"))
        asked = self._live.query(operation, arguments, language=language, budget_ms=budget_ms, call_id=call_id)

        def answered(data: Json | None) -> Json | None:
            if data is None:
                self._known.forget(operation, arguments, language)
                return None
            self._known.remember(operation, arguments, language, data)
            return {"as_of": self._now().isoformat(), **data, "stale": False}

        def failed(failure: Failure) -> Json | None:
            error = failure.value
            if not isinstance(error, BackendError) or isinstance(error, RequestError):
                failure.raiseException()
            if stored is not None:
                # The store has whole collections: what it does not have does not exist, as far as anybody knows.
                return None
            known = self._known.recall(operation, arguments, language)
            if known is None:
                failure.raiseException()
            _logger.info("backend operation=%s call=%s: the last known answer is given", operation, call_id)
            assert known is not None
            return {**known.data, "as_of": self._local(known.as_of), "stale": True}

        return asked.addCallbacks(answered, failed)

    def _from_store(self, stored: Stored) -> Json:
        assert stored.data is not None
        stale = self._now() - stored.as_of > self._stale_after
        return {**stored.data, "as_of": self._local(stored.as_of), "stale": stale}

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self._now().tzinfo).isoformat()
