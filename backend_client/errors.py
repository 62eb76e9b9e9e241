"""What can go wrong between us and the backend.

    BackendError                reason, detail, status
    ├── RequestError            our fault, or our settings': trying again changes nothing
    │                             refused        the backend (or we ourselves) turned the question down
    │                             locked         so many wrong tries that nothing is told for a while
    │                             not_verified   it wants a PIN, or another one
    │                             taken          somebody else was quicker
    └── AnswerError             their fault, or the link's
                                  timeout        no whole answer within the budget
                                  unreachable    no connection, or it broke on every try
                                  server_error   429 or 5xx
                                  bad_answer     not what the contract promises, or about something else
                                                 (`WrongAnswerError`)
                                  too_large      larger than the limit

A backend that has no such thing is no error: the answer is None then.
"""

from __future__ import annotations

from typing import Literal

#: Why a question was turned down.
Refusal = Literal["refused", "locked", "not_verified", "taken"]
Reason = Literal["timeout", "unreachable", "server_error", "bad_answer", "too_large", Refusal]


class BackendError(Exception):
    """The backend gave no usable answer.

    Attributes:
        reason: one of `Reason`; what callers are told depends on it.
        detail: for operators, without anything personal: no case number, no text from an answer.
        status: HTTP status of the last answer, None if there was none.
    """

    def __init__(self, reason: Reason, detail: str, status: int | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.status = status


class RequestError(BackendError):
    """The question was wrong, or we were not allowed to ask it. The reason is one of `Refusal`.

    Attributes:
        problem: type of the problem that the backend told (RFC 9457), empty if it told none.
    """

    def __init__(self, detail: str, status: int | None = None, problem: str = "", reason: Refusal = "refused") -> None:
        super().__init__(reason, detail, status)
        self.problem = problem


class AnswerError(BackendError):
    """The backend or the link failed.

    Attributes:
        may_retry: True if the same question may well succeed a moment later.
        wait: seconds for which the server asked us to wait (Retry-After, RFC 9110, section 10.2.3), 0 if it did not.
    """

    def __init__(
        self, reason: Reason, detail: str, status: int | None = None, *, may_retry: bool = False, wait: float = 0.0
    ) -> None:
        super().__init__(reason, detail, status)
        self.may_retry = may_retry
        self.wait = wait


class WrongAnswerError(AnswerError):
    """The answer is about something or somebody else. The reason is `bad_answer`; operators must hear of it."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__("bad_answer", detail, status)
