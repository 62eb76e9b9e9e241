"""Bodies of requests, checked as the contract says."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from backend_client.demo.parameters import is_moment
from backend_client.demo.replies import ProblemError

Body = TypeVar("Body", bound=BaseModel)


def _moment(text: str) -> str:
    if not is_moment(text):
        raise ValueError("a moment as in RFC 3339, 2026-12-05T08:00:00+08:00")
    return re.sub("[Zz]$", "+00:00", text.upper())


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
IdLast6 = Annotated[str, Field(pattern=r"^[0-9]{5}[0-9X]$")]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9]{3,20}$")]
Ticket = Annotated[str, Field(pattern=r"^[0-9]{10}$")]
RecordingId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
SlotId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Moment = Annotated[str, AfterValidator(_moment)]


class Request(BaseModel):
    """Fields may be left out, but are never null; unknown ones are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict) and any(value is None for value in data.values()):
            raise ValueError("null is no value; leave the field out")
        return data


class Person(Request):
    id_last6: IdLast6
    phone: Phone
    pin: Annotated[str, Field(pattern=r"^[0-9]{4,8}$")] | None = None


class PhoneAccount(Request):
    phone: Phone


class MeterAccount(Request):
    account: Annotated[str, Field(pattern=r"^[0-9]{4,20}$")]


class AppealRequest(Request):
    ticket: Ticket
    kind: Literal["complaint", "question", "suggestion", "help", "message"]
    category: Code | None = None
    township: Code | None = None
    phone: Phone | None = None
    text: Words | None = None
    recording: RecordingId | None = None
    left_at: Moment

    @model_validator(mode="after")
    def _says_something(self) -> AppealRequest:
        if self.text is None and self.recording is None:
            raise ValueError("needs a text or a recording")
        return self


class ReminderRequest(Request):
    left_at: Moment
    text: Words | None = None


class RatingRequest(Request):
    about: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    score: Annotated[int, Field(ge=1, le=5)]
    text: Words | None = None
    left_at: Moment


class CallbackRequest(Request):
    ticket: Ticket
    phone: Phone
    subject: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    wanted: Literal["morning", "afternoon", "any"] = "any"
    left_at: Moment


class OutboundResult(Request):
    outcome: Literal["talked", "no_answer", "busy", "wrong_number", "refused_further_calls"]
    called_at: Moment


class AppointmentRequest(Request):
    slot: SlotId
    phone: Phone


class CancellationRequest(Request):
    phone: Phone


def read_body(model: type[Body], body: bytes) -> Body:
    """Return what a request says.

    Raises:
        ProblemError: 400, with what is wrong where.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise ProblemError(
            400,
            "wrong-parameter",
            errors=[
                (".".join(str(step) for step in each["loc"]) or "body", each["msg"])
                for each in error.errors(include_input=False, include_url=False, include_context=False)
            ],
        ) from error
