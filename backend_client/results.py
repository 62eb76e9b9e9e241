"""What the backend answers, checked against the contract while it is read.

Unknown fields are ignored, so that the backend may grow first. Unknown values of `status` and `kind` pass for the same
reason; `CASE_STATUSES` and `NOTICE_KINDS` are those of this version of the contract.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

CASE_STATUSES = ("received", "in_review", "needs_documents", "approved", "done", "rejected", "withdrawn")
NOTICE_KINDS = ("power_outage", "water_outage", "road", "flood", "farming")

#: Type of the problem that says that a thing does not exist.
NOT_FOUND = "urn:xiangyin:problem:not-found"

CODE = r"^[a-z][a-z0-9_]{0,63}$"
CASE_NUMBER = r"^[0-9A-Za-z-]{1,32}$"
CURSOR = r"^[A-Za-z0-9._~-]{1,200}$"

Code = Annotated[str, Field(pattern=CODE)]


class Answer(BaseModel):
    """Common to all answers: types are strict, and nothing changes afterwards."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Case(Answer):
    """Where an application stands. The meaning of each status is in `openapi.yaml`."""

    number: Annotated[str, Field(pattern=CASE_NUMBER)]
    item_name: str
    department: str
    status: Code
    status_text: str
    step: str
    accepted_on: date
    expected_on: date | None
    missing_documents: tuple[str, ...]
    pickup_address: str | None


class ServiceItem(Answer):
    """How one thing is applied for.

    Attributes:
        days: working days until it is done; 0 is at once.
        fee: a sentence.
        hours: opening hours as they are said.
    """

    code: Code
    name: str
    department: str
    summary: str
    conditions: str
    documents: tuple[str, ...]
    steps: tuple[str, ...]
    days: Annotated[int, Field(ge=0)]
    fee: str
    address: str
    hours: str
    phone: Annotated[str, Field(pattern=r"^[0-9+ -]{3,20}$")]


class Policy(Answer):
    """A policy in plain words.

    Attributes:
        valid_until: last day on which it holds, None if it has no end.
    """

    code: Code
    title: str
    summary: str
    points: tuple[str, ...]
    document_number: str
    valid_until: date | None
    keywords: tuple[str, ...]


class Notice(Answer):
    """An outage, a closed road, a flood warning or farming advice.

    Attributes:
        text: the whole notice as it is said.
        township: code of the township, None for the whole county.
        ends_at: None if the end is not known.
        reason: empty if that is not said.
    """

    id: Annotated[str, Field(min_length=1)]
    kind: Code
    title: str
    text: str
    area: str
    township: Code | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    reason: str


class Page(Answer):
    """A page of a list.

    Attributes:
        count: how many there are in all, on every page.
        next: cursor of the following page, None on the last one.
    """

    count: Annotated[int, Field(ge=0)]
    next: Annotated[str, Field(pattern=CURSOR)] | None = None


class ServiceItemList(Page):
    items: tuple[ServiceItem, ...]


class PolicyList(Page):
    items: tuple[Policy, ...]


class NoticeList(Page):
    items: tuple[Notice, ...]


class Health(Answer):
    """The service can answer.

    Attributes:
        contract: version of the contract that the server keeps to.
    """

    status: Literal["ok"]
    contract: str


class Problem(Answer):
    """What an error says (RFC 9457), as far as the client reads it."""

    type: str
