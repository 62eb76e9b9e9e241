"""What an HTTP answer means: an answer, "there is no such thing", or an error of theirs or ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from backend_client.errors import AnswerError, Refusal, RequestError
from backend_client.exchange import Reply
from backend_client.operations import Operation
from backend_client.parameters import Question
from backend_client.results import NOT_FOUND, Problem

Result = TypeVar("Result", bound=BaseModel)

LOCKED = "urn:xiangyin:problem:locked"
#: Problems that a caller can do something about: status and type to the reason that menus know.
_REFUSALS: Mapping[tuple[int, str], Refusal] = {
    (403, "urn:xiangyin:problem:not-verified"): "not_verified",
    (409, "urn:xiangyin:problem:slot-taken"): "taken",
    (429, LOCKED): "locked",
}
_TRY_AGAIN = frozenset({429, 502, 503, 504})


def meaning(operation: Operation[Result], question: Question, reply: Reply) -> Result | None:
    """Return what a reply means.

    Raises:
        BackendError: nothing usable.
    """
    status = reply.status
    if status == operation.status:
        if reply.content_type != "application/json":
            raise AnswerError("bad_answer", f"content type {reply.content_type or 'unknown'}", status)
        return operation.read(reply.body, question)
    problem = _problem(reply)
    if status == 404:
        if operation.may_be_absent and problem == NOT_FOUND:
            return None
        raise AnswerError("bad_answer", "404 that does not speak of the thing asked for: is base_url right?", status)
    refusal = _REFUSALS.get((status, problem))
    if refusal is not None:
        raise RequestError(f"HTTP {status}", status, problem, refusal)
    if status in _TRY_AGAIN:
        raise AnswerError("server_error", f"HTTP {status}", status, may_retry=True, wait=reply.retry_after)
    if status >= 500:
        raise AnswerError("server_error", f"HTTP {status}", status)
    if status >= 400:
        raise RequestError(f"HTTP {status}", status, problem)
    raise AnswerError("bad_answer", f"HTTP {status}", status)


def _problem(reply: Reply) -> str:
    """Return the type of the problem that the reply tells, empty if it tells none."""
    if reply.content_type != "application/problem+json":
        return ""
    try:
        return Problem.model_validate_json(reply.body).type
    except ValidationError:
        return ""
