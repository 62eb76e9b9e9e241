"""Asks about people only while there were not too many wrong tries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from backend_client.answers import Asked
from backend_client.errors import BackendError, RequestError
from backend_client.lockout.attempts import Attempts

Json = dict[str, Any]


class GuardedAnswers:
    """The `Backend` port of `ivr.call.ports`, in front of another one.

    A question with somebody's identity number counts against the telephone number that it names: of the two it is the
    one that a stranger knows, and the other the one that is guessed.
    """

    def __init__(self, answers: Asked, attempts: Attempts) -> None:
        self._answers = answers
        self._attempts = attempts

    def query(
        self, operation: str, arguments: Mapping[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Json | None]:
        """See `Answers.query`. Fails with the reason `locked` after too many wrong tries, and asks nobody then."""
        asked_about = _person(arguments)
        if asked_about and self._attempts.is_locked(asked_about):
            return fail(RequestError("too many wrong tries", reason="locked"))
        answer = self._answers.query(operation, arguments, language=language, budget_ms=budget_ms, call_id=call_id)
        if not asked_about:
            return answer
        person = asked_about

        def answered(data: Json | None) -> Json | None:
            # A list that is empty and no answer at all are what a stranger gets who guesses.
            matched = data is not None and data.get("items") != []
            (self._attempts.succeeded if matched else self._attempts.failed)(person)
            return data

        def refused(failure: Failure) -> Failure:
            if isinstance(failure.value, BackendError) and failure.value.reason == "not_verified":
                self._attempts.failed(person)
            return failure

        return answer.addCallbacks(answered, refused)


def _person(arguments: Mapping[str, Any]) -> str:
    """The telephone number that is asked about with an identity number; empty for any other question."""
    return re.sub(r"[^0-9]", "", str(arguments.get("phone") or "")) if arguments.get("id_last6") else ""
