"""A backend that answers as it was told to, on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure

from ivr.call.ports import Backend

#: How long an answer takes unless something else is said, in milliseconds.
USUAL_MS = 300
#: How a backend may fail: `reason` of `ivr.flow.events.BackendFailed`.
FAILURES = (
    "timeout",
    "unreachable",
    "server_error",
    "bad_answer",
    "refused",
    "too_large",
    "locked",
    "not_verified",
    "taken",
)
NOT_FOUND = "not_found"


class FakedFailureError(Exception):
    """The failure that was asked for.

    Attributes:
        reason: one of `FAILURES`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class FakeAnswer:
    """What the backend does when it is asked.

    Attributes:
        data: the answer, None for `not_found`.
        fails: the reason why there is none; empty if there is one.
        after_ms: how long it takes.
        name: the word that authors have for it: of a sample, `not_found`, or the reason.
    """

    data: Any = None
    fails: str = ""
    after_ms: int = USUAL_MS
    name: str = ""


class Answers(Protocol):
    """Where fake answers come from."""

    def next(self, operation: str, arguments: Mapping[str, Any]) -> FakeAnswer:
        """The answer to a question. What nobody arranged cannot be reached."""


class ScriptedAnswers:
    """For each operation its answers in turn; the last one is given again and again.

    Attributes:
        given: operation and answer of every question so far.
        unexpected: operations that were asked and for which nothing was arranged.
    """

    def __init__(self, answers: Mapping[str, Sequence[FakeAnswer]]) -> None:
        self._answers = {operation: list(given) for operation, given in answers.items()}
        self.given: list[tuple[str, FakeAnswer]] = []
        self.unexpected: list[str] = []

    def arrange(self, operation: str, answers: Sequence[FakeAnswer]) -> None:
        """From now on the operation is answered like this."""
        self._answers[operation] = list(answers)

    def arranged(self) -> dict[str, list[FakeAnswer]]:
        """Operation to the answers that are still to come."""
        return {operation: list(answers) for operation, answers in self._answers.items()}

    def next(self, operation: str, arguments: Mapping[str, Any]) -> FakeAnswer:
        arranged = self._answers.get(operation)
        if not arranged:
            self.unexpected.append(operation)
            answer = FakeAnswer(fails="unreachable", name="unreachable")
            self.given.append((operation, answer))
            return answer
        answer = arranged.pop(0) if len(arranged) > 1 else arranged[0]
        self.given.append((operation, answer))
        return answer


class FakeBackend:
    """Implements `ivr.call.ports.Backend`.

    Args:
        clock: the virtual clock.
        asked: told of every question.
    """

    def __init__(self, clock: Clock, answers: Answers, asked: Callable[[str, dict[str, Any]], None]) -> None:
        self._clock = clock
        self._answers = answers
        self._asked = asked

    def query(
        self, operation: str, arguments: dict[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Any]:
        """See `ivr.call.ports.Backend`."""
        self._asked(operation, arguments)
        answer = self._answers.next(operation, arguments)
        takes_ms = budget_ms if answer.fails == "timeout" else min(answer.after_ms, budget_ms)
        fails = answer.fails or ("timeout" if answer.after_ms > budget_ms else "")
        if fails:
            return deferLater(cast(Any, self._clock), takes_ms / 1000, _fail, fails)
        return deferLater(cast(Any, self._clock), takes_ms / 1000, lambda: answer.data)


class WatchedBackend:
    """Another backend whose questions are told, such as the live one.

    Attributes:
        given: operation and answer of every question that was answered so far.
    """

    def __init__(self, backend: Backend, asked: Callable[[str, dict[str, Any]], None]) -> None:
        self._backend = backend
        self._asked = asked
        self.given: list[tuple[str, FakeAnswer]] = []

    def query(
        self, operation: str, arguments: dict[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Any]:
        self._asked(operation, arguments)
        answer = self._backend.query(operation, arguments, language=language, budget_ms=budget_ms, call_id=call_id)

        def answered(result: Any) -> Any:
            self.given.append((operation, _as_answer(result)))
            return result

        return answer.addBoth(answered)


def _as_answer(result: Any) -> FakeAnswer:
    """What an answer, or a failure, would be if it were faked."""
    if isinstance(result, Failure):
        reason = str(getattr(result.value, "reason", ""))
        known = reason if reason in FAILURES else "server_error"
        return FakeAnswer(fails=known, name=known)
    return FakeAnswer(result, name="" if result is not None else NOT_FOUND)


def _fail(reason: str) -> None:
    raise FakedFailureError(reason)
