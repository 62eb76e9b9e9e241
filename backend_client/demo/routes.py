"""The operations of the contract: what each looks up or does. `ROUTES` is the registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from backend_client.demo import appeals, appointments, callbacks, changes, people, recordings
from backend_client.demo.asked import Asked, Json, Route
from backend_client.demo.kept_answers import once
from backend_client.demo.replies import ProblemError
from backend_client.demo.requests import (
    AppealRequest,
    AppointmentRequest,
    CallbackRequest,
    CancellationRequest,
    MeterAccount,
    OutboundResult,
    Person,
    PhoneAccount,
    RatingRequest,
    ReminderRequest,
)
from backend_client.demo.store import paged

#: Version of `openapi.yaml` that is served.
CONTRACT = "1.1.0"
_JSON = "application/json"

Found = TypeVar("Found", bound="Json | None")


def health(asked: Asked) -> Json:
    asked.store.cases()
    return {"status": "ok", "contract": CONTRACT}


# Public content


def get_case(asked: Asked) -> Json | None:
    return asked.store.case(asked.part("number"), asked.language)


def get_service_item(asked: Asked) -> Json | None:
    return asked.store.service_item(asked.part("code"), asked.language)


def list_service_items(asked: Asked) -> Json:
    parameters = asked.parameters
    department, words, page = parameters.text("department"), parameters.text("q"), parameters.page()
    parameters.check()
    return asked.store.service_items(department, words, page, asked.language)


def get_policy(asked: Asked) -> Json | None:
    return asked.store.policy(asked.part("code"), asked.language)


def list_policies(asked: Asked) -> Json:
    words, page = asked.parameters.text("q"), asked.parameters.page()
    asked.parameters.check()
    return asked.store.policies(words, page, asked.language)


def list_notices(asked: Asked) -> Json:
    parameters = asked.parameters
    kind, township = parameters.kind("kind"), parameters.code("township")
    at, page = parameters.moment("at", asked.now), parameters.page()
    parameters.check()
    return asked.store.notices(kind, township, at, page, asked.language)


def list_departments(asked: Asked) -> Json:
    page = asked.parameters.page()
    asked.parameters.check()
    return asked.store.departments(page, asked.language)


def list_townships(asked: Asked) -> Json:
    page = asked.parameters.page()
    asked.parameters.check()
    return asked.store.townships(page, asked.language)


def list_changes(asked: Asked) -> Json:
    collection = asked.part("collection")
    since, limit = asked.parameters.token("since"), asked.parameters.number("limit", 1, 500, 200)
    asked.parameters.check()
    with asked.store.session() as session:
        return changes.changes(session, collection, since, limit, asked.language)


# What people ask about themselves


def find_cases(asked: Asked) -> Json:
    person = asked.read(Person)
    return _verified(asked, lambda session: people.find_cases(session, person, asked.now, asked.language))


def look_up(operation: str) -> Callable[[Asked], Json | None]:
    def handle(asked: Asked) -> Json | None:
        person = asked.read(Person)
        return _verified(asked, lambda session: people.look_up(session, operation, person, asked.now, asked.language))

    return handle


def look_up_phone(asked: Asked) -> Json | None:
    subject = asked.read(PhoneAccount).phone
    return people.look_up_account("lookUpPhoneBalance", subject, asked.now, asked.language)


def look_up_electricity(asked: Asked) -> Json | None:
    subject = asked.read(MeterAccount).account
    return people.look_up_account("lookUpElectricityBill", subject, asked.now, asked.language)


def _verified(asked: Asked, find: Callable[[Session], Found]) -> Found:
    """Return what was found. A wrong PIN is remembered although it is an error."""
    problem: ProblemError
    with asked.store.session() as session:
        try:
            return find(session)
        except people.WrongPinError as error:
            problem = error
    raise problem


# What people leave


def get_recording(asked: Asked) -> Json | None:
    with asked.store.session() as session:
        return recordings.find_recording(session, asked.part("recording"))


def put_recording(asked: Asked) -> Json:
    recording, parameters = asked.part("recording"), asked.parameters
    offset = parameters.number("offset", 0, 50_000_000)
    total = parameters.number("total", 1, 50_000_000)
    sha256 = parameters.digest("sha256")
    parameters.check()
    if not asked.body:
        raise ProblemError(400, "wrong-parameter", errors=[("body", "is empty")])
    problem: ProblemError
    with asked.store.session() as session:
        try:
            return recordings.take_piece(session, recording, offset, total, sha256, asked.body)
        except recordings.WrongDigestError as error:
            problem = error
    raise problem


def leave_appeal(asked: Asked) -> Json | None:
    request = asked.read(AppealRequest)
    return _once(asked, lambda session: appeals.leave_appeal(session, request, asked.now, asked.language))


def get_appeal(asked: Asked) -> Json | None:
    with asked.store.session() as session:
        return appeals.find_appeal(session, asked.part("ticket"), asked.now, asked.language)


def remind_appeal(asked: Asked) -> Json | None:
    ticket, request = asked.part("ticket"), asked.read(ReminderRequest)
    return _once(asked, lambda session: appeals.remind(session, ticket, request, asked.now, asked.language))


def leave_rating(asked: Asked) -> Json | None:
    request = asked.read(RatingRequest)
    return _once(asked, lambda session: appeals.rate(session, request))


def leave_callback(asked: Asked) -> Json | None:
    request = asked.read(CallbackRequest)
    return _once(asked, lambda session: callbacks.leave_callback(session, request, asked.language))


def list_outbound_calls(asked: Asked) -> Json:
    start, most = asked.parameters.page()
    asked.parameters.check()
    with asked.store.session() as session:
        calls = callbacks.outbound_calls(session, asked.now, asked.language)
    return paged(calls[start : start + most], start, len(calls))


def report_outbound_call(asked: Asked) -> Json | None:
    call, result = asked.part("id"), asked.read(OutboundResult)
    return _once(asked, lambda session: callbacks.report(session, call, result, asked.now, asked.language))


def list_slots(asked: Asked) -> Json:
    parameters = asked.parameters
    item, day, (start, most) = parameters.code("item"), parameters.day("day"), parameters.page()
    parameters.check()
    with asked.store.session() as session:
        free = appointments.slots(session, item, day, asked.now, asked.language)
    return paged(free[start : start + most], start, len(free))


def book_appointment(asked: Asked) -> Json | None:
    request = asked.read(AppointmentRequest)
    return _once(asked, lambda session: appointments.book(session, request, asked.now, asked.language))


def get_appointment(asked: Asked) -> Json | None:
    with asked.store.session() as session:
        return appointments.find(session, asked.part("appointment"), asked.language)


def cancel_appointment(asked: Asked) -> Json | None:
    number, request = asked.part("appointment"), asked.read(CancellationRequest)
    return _once(asked, lambda session: appointments.cancel(session, number, request.phone, asked.language))


def _once(asked: Asked, do: Callable[[Session], Json | None]) -> Json | None:
    with asked.store.session() as session:
        # The body counts as data: spaces and the order of fields may differ.
        body = json.dumps(json.loads(asked.body), sort_keys=True)
        request = "\n".join([asked.operation, *asked.path.values(), body])
        answer, replayed = once(session, asked.key, request.encode(), lambda: do(session))
    return answer if answer is None or not replayed else {**answer, REPLAYED: True}


#: Marks an answer that was given before; taken out before it is sent.
REPLAYED = "\x00replayed"

_LOOKUPS = {
    "social-insurance": "lookUpSocialInsurance",
    "medical-insurance": "lookUpMedicalInsurance",
    "pension-confirmation": "lookUpPensionConfirmation",
    "farm-subsidies": "lookUpFarmSubsidies",
    "housing-fund": "lookUpHousingFund",
    "traffic-violations": "lookUpTrafficViolations",
}

ROUTES: tuple[Route, ...] = (
    Route("getHealth", "GET", "/v1/health", health),
    Route("getCase", "GET", "/v1/cases/<number>", get_case, kept=True),
    Route("findCases", "POST", "/v1/cases/search", find_cases, body=_JSON),
    Route("listServiceItems", "GET", "/v1/service-items", list_service_items, kept=True),
    Route("getServiceItem", "GET", "/v1/service-items/<code>", get_service_item, kept=True),
    Route("listPolicies", "GET", "/v1/policies", list_policies, kept=True),
    Route("getPolicy", "GET", "/v1/policies/<code>", get_policy, kept=True),
    Route("listNotices", "GET", "/v1/notices", list_notices, kept=True),
    Route("listDepartments", "GET", "/v1/departments", list_departments, kept=True),
    Route("listTownships", "GET", "/v1/townships", list_townships, kept=True),
    Route("listChanges", "GET", "/v1/changes/<collection>", list_changes, packed=True),
    *(Route(name, "POST", f"/v1/lookups/{path}", look_up(name), body=_JSON) for path, name in _LOOKUPS.items()),
    Route("lookUpPhoneBalance", "POST", "/v1/lookups/phone-balance", look_up_phone, body=_JSON),
    Route("lookUpElectricityBill", "POST", "/v1/lookups/electricity-bill", look_up_electricity, body=_JSON),
    Route("getRecording", "GET", "/v1/recordings/<recording>", get_recording),
    Route("putRecording", "PUT", "/v1/recordings/<recording>", put_recording, body="application/octet-stream"),
    Route("leaveAppeal", "POST", "/v1/appeals", leave_appeal, body=_JSON, keyed=True),
    Route("getAppeal", "GET", "/v1/appeals/<ticket>", get_appeal, kept=True),
    Route("remindAppeal", "POST", "/v1/appeals/<ticket>/reminders", remind_appeal, body=_JSON, keyed=True),
    Route("leaveRating", "POST", "/v1/ratings", leave_rating, body=_JSON, keyed=True),
    Route("leaveCallback", "POST", "/v1/callbacks", leave_callback, body=_JSON, keyed=True),
    Route("listOutboundCalls", "GET", "/v1/outbound-calls", list_outbound_calls),
    Route(
        "reportOutboundCall", "POST", "/v1/outbound-calls/<id>/results", report_outbound_call, body=_JSON, keyed=True
    ),
    Route("listSlots", "GET", "/v1/slots", list_slots),
    Route("bookAppointment", "POST", "/v1/appointments", book_appointment, body=_JSON, keyed=True),
    Route("getAppointment", "GET", "/v1/appointments/<appointment>", get_appointment),
    Route(
        "cancelAppointment",
        "POST",
        "/v1/appointments/<appointment>/cancellation",
        cancel_appointment,
        body=_JSON,
        keyed=True,
    ),
)
