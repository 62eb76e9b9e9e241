"""What the backend answers about public content and cases, checked against the contract while it is read.

Unknown fields are ignored, so that the backend may grow first. Unknown values of `status` and `kind` pass for the same
reason; `CASE_STATUSES` and `NOTICE_KINDS` are those of this version of the contract. Fields with a default came later
than `/v1` began, and may be absent.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from backend_client.plain_text import plain_text

CASE_STATUSES = ("received", "in_review", "needs_documents", "approved", "done", "rejected", "withdrawn")
NOTICE_KINDS = ("power_outage", "water_outage", "road", "flood", "farming")

#: Type of the problem that says that a thing does not exist.
NOT_FOUND = "urn:xiangyin:problem:not-found"

CODE = r"^[a-z][a-z0-9_]{0,63}$"
CASE_NUMBER = r"^[0-9A-Za-z-]{1,32}$"
CURSOR = r"^[A-Za-z0-9._~-]{1,200}$"
ID_LAST6 = r"^[0-9]{5}[0-9X]$"

Code = Annotated[str, Field(pattern=CODE)]
#: Text that is read aloud: what a web page would hide is taken out.
Text = Annotated[str, AfterValidator(plain_text)]
PhoneText = Annotated[str, Field(pattern=r"^[0-9+ -]{3,20}$")]


class Answer(BaseModel):
    """Common to all answers: types are strict, and nothing changes afterwards."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Case(Answer):
    """Where an application stands. The meaning of each status is in `openapi.yaml`.

    Attributes:
        applicant_id_last6: whose it is, where somebody was asked for.
    """

    number: Annotated[str, Field(pattern=CASE_NUMBER)]
    item_name: Text
    department: Text
    status: Code
    status_text: Text
    step: Text
    accepted_on: date
    expected_on: date | None
    missing_documents: tuple[Text, ...]
    pickup_address: Text | None
    applicant_id_last6: Annotated[str, Field(pattern=ID_LAST6)] | None = None


class QuestionAndAnswer(Answer):
    """What people often ask."""

    question: Text
    answer: Text


class ServiceItem(Answer):
    """How one thing is applied for.

    Attributes:
        days: working days until it is done; 0 is at once.
        fee: a sentence.
        hours: opening hours as they are said.
        number: official number of the item; not said.
        frequent: one of those that people ask for most.
        by_others: whether somebody else may apply for the person.
        keywords: other words that people use for it.
    """

    code: Code
    name: Text
    department: Text
    summary: Text
    conditions: Text
    documents: tuple[Text, ...]
    steps: tuple[Text, ...]
    days: Annotated[int, Field(ge=0)]
    fee: Text
    address: Text
    hours: Text
    phone: PhoneText
    number: str = ""
    frequent: bool = False
    by_others: bool = False
    keywords: tuple[Text, ...] = ()
    questions: tuple[QuestionAndAnswer, ...] = ()


class Policy(Answer):
    """A policy in plain words.

    Attributes:
        valid_until: last day on which it holds, None if it has no end.
    """

    code: Code
    title: Text
    summary: Text
    points: tuple[Text, ...]
    document_number: str
    valid_until: date | None
    keywords: tuple[Text, ...]
    department: Text | None = None
    questions: tuple[QuestionAndAnswer, ...] = ()


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
    title: Text
    text: Text
    area: Text
    township: Code | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    reason: Text


class Department(Answer):
    """A department, and how to reach it."""

    code: Code
    name: Text
    address: Text
    hours: Text
    phone: PhoneText


class TownshipEntry(Answer):
    """A township and its villages."""

    code: Code
    name: Text
    villages: tuple[Text, ...]


class Page(Answer):
    """A page of a list.

    Attributes:
        count: how many there are in all, on every page.
        next: cursor of the following page, None on the last one.
    """

    count: Annotated[int, Field(ge=0)]
    next: Annotated[str, Field(pattern=CURSOR)] | None = None


class CaseList(Page):
    items: tuple[Case, ...]


class ServiceItemList(Page):
    items: tuple[ServiceItem, ...]


class PolicyList(Page):
    items: tuple[Policy, ...]


class NoticeList(Page):
    items: tuple[Notice, ...]


class DepartmentList(Page):
    items: tuple[Department, ...]


class TownshipList(Page):
    items: tuple[TownshipEntry, ...]


class Offer(Answer):
    """Something that may answer a question: what it is called, and what to ask for next.

    Attributes:
        kind: `service_item` or `policy`.
    """

    kind: Code
    code: Code
    title: Text
    summary: Text


class OfferList(Page):
    items: tuple[Offer, ...]


class Change(Answer):
    """One change of a collection of public content.

    Attributes:
        content: as the collection's list has it; None if it is gone. Checked by who knows the collection.
    """

    key: Annotated[str, Field(min_length=1, max_length=64)]
    content: dict[str, Any] | None


class Changes(Answer):
    """A page of changes.

    Attributes:
        token: what to ask with next.
        more: whether there is more after `token` already.
    """

    changes: tuple[Change, ...]
    token: Annotated[str, Field(pattern=CURSOR)]
    more: bool


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
