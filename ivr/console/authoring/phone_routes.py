"""The phone over HTTP. A call lives on the reactor thread; who may is asked in a thread, as for every page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.web.server import Request

from ivr.authoring.phone import NoSuchCallError, Phone, Told, TooManyCallsError
from ivr.authoring.workshop import TooManyDraftsError
from ivr.console.authoring.common import ConflictPageError, RefusedPageError, json_answer, split, work_of
from ivr.console.authoring.phone_page import answer_of, wanted
from ivr.console.event_stream import EventStream
from ivr.console.gate import admit, guard
from ivr.console.incoming import Incoming, fields_of, read
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, GoneWrongError, NotFoundError, PageError, Visit
from ivr.rehearsal.backend import FakeAnswer
from ivr.rehearsal.written import CannotSaveError, WrittenCase
from ivr.storage.down import DatabaseDownError
from ivr.storage.drafts import StaleDraftError

_LONGEST_WORDS = 100
_LONGEST_NAME = 60
_OUTCOMES = ("ended", "busy", "no_answer", "failed")
_KEYS = frozenset("0123456789*#")

Send = Callable[[Request, Answer], Any]


class PhoneRoutes:
    """Serves the phones.

    Args:
        run: runs what may wait for the database, in a thread.
        send: sends an answer.
    """

    def __init__(self, services: Services, run: Any, send: Send, reactor: Any) -> None:
        self._services = services
        self._run = run
        self._send = send
        self._reactor = reactor
        self._deeds: dict[str, Callable[[Phone, Visit], Any]] = {
            "press": _press,
            "say": _say,
            "settle": _settle,
            "hang_up": lambda phone, visit: phone.hang_up(),
        }

    def add_to(self, app: Klein) -> None:
        """Name the routes."""
        for path, method, serve in (
            ("/authoring/trees/<name>/call", "POST", self.call),
            ("/authoring/phone/<id>", "POST", self.do),
            ("/authoring/phone/<id>/answer", "POST", self.arrange),
            ("/authoring/phone/<id>/keep", "POST", self.keep),
            ("/authoring/phone/<id>/events", "GET", self.events),
            ("/authoring/phone/<id>/sounds/<number>", "GET", self.sound),
        ):
            app.route(path, methods=[method], endpoint=path)(serve)

    # Requests

    def call(self, request: Request, name: Any) -> Any:
        """Begin a call."""

        def prepare(visit: Visit) -> Any:
            return visit, wanted(self._services, visit, str(name))

        def begin(prepared: Any) -> Answer:
            visit, call = prepared
            try:
                phone = self._services.authoring.phones.call(
                    visit.who, call.menus, call.tree, call.answers, call.circumstances
                )
            except TooManyCallsError as error:
                raise GoneWrongError("电话都在用，请等一会儿", "all phones are in use: wait a moment") from error
            return json_answer({"call": phone.id})

        return self._served(request, prepare, begin)

    def do(self, request: Request, id: Any) -> Any:
        """Press a key, say something, hang up, or decide what becomes of a transfer."""

        def act(visit: Visit) -> Answer:
            deed = self._deeds.get(visit.form.get("do", ""))
            if deed is None:
                raise BadRequestError("不知道要做什么", "it is not said what to do")
            done = deed(self._phone(visit, id), visit)
            return json_answer({"done": done is not False})

        return self._served(request, lambda visit: visit, act)

    def arrange(self, request: Request, id: Any) -> Any:
        """From now on the backend answers like this."""

        def prepare(visit: Visit) -> tuple[Visit, FakeAnswer]:
            workshop = self._services.authoring.workshop
            work = work_of(self._services, visit, visit.form.get("tree", ""))
            file = workshop.samples(workshop.files(visit.who), work.document.name)
            return visit, answer_of(file, visit.form.get("answer", ""))

        def act(prepared: tuple[Visit, FakeAnswer]) -> Answer:
            visit, answer = prepared
            self._phone(visit, id).arrange(visit.form.get("operation", "")[:_LONGEST_NAME], answer)
            return json_answer({"done": True})

        return self._served(request, prepare, act)

    def keep(self, request: Request, id: Any) -> Any:
        """Put the call into the author's draft, as a rehearsal."""

        def written(visit: Visit) -> Any:
            phone = self._phone(visit, id)
            name = " ".join(visit.form.get("name", "").split())[:_LONGEST_NAME] or "试打的一次 / a call that was tried"
            return self._run(self._kept, visit, phone.tree, phone.written(name))

        return self._served(request, lambda visit: visit, written)

    def _kept(self, visit: Visit, tree: str, case: WrittenCase) -> Answer:
        """In a thread: the draft is in the database."""
        workshop = self._services.authoring.workshop
        try:
            draft = workshop.add_case(visit.who, work_of(self._services, visit, tree), case)
        except CannotSaveError as error:
            raise RefusedPageError(*split(str(error))) from error
        except StaleDraftError as error:
            raise ConflictPageError("这份草稿刚刚改过，请再试一次", "this draft has just changed: try again") from error
        except TooManyDraftsError as error:
            raise BadRequestError("草稿太多，先发布或者放弃几份", "too many drafts: publish or discard some") from error
        return json_answer({"kept": case.name, "version": draft.version})

    def events(self, request: Request, id: Any) -> Any:
        """Everything that happens, as server-sent events, until the call is over or the page is left."""

        def begin(visit: Visit) -> Any:
            phone = self._phone(visit, id)
            last = request.getHeader("last-event-id") or ""
            admitted = lambda: self._run(self._admitted, request)  # noqa: E731 - asked again at each beat
            return _Listener(request, phone, int(last) if last.isdecimal() else 0, admitted, self._reactor).begin()

        return self._served(request, lambda visit: visit, begin)

    def sound(self, request: Request, id: Any, number: Any) -> Any:
        """A file that the page was told to play."""

        def give(visit: Visit) -> Answer:
            file = self._phone(visit, id).sound(int(str(number))) if str(number).isdecimal() else None
            if file is None or not file.exists():
                raise NotFoundError("没有这个声音", "there is no such sound")
            return Answer(file=file.open("rb"), content_type="audio/wav")

        return self._served(request, lambda visit: visit, give)

    # How

    def _phone(self, visit: Visit, id: Any) -> Phone:
        try:
            return self._services.authoring.phones.of(visit.who, str(id))
        except NoSuchCallError as error:
            raise NotFoundError("没有这次通话", "there is no such call") from error

    def _served(self, request: Request, prepare: Callable[[Visit], Any], act: Callable[[Any], Any]) -> Any:
        """Answer a request: `prepare` runs in a thread, `act` then on the reactor thread; both may refuse."""
        request.notifyFinish().addErrback(lambda failure: failure.trap(ConnectionDone, ConnectionLost))
        try:
            incoming = read(request)
        except PageError as error:
            return self._send(request, _refused(Visit(), error))

        def in_thread() -> Any:
            visit = self._admit(incoming)
            return prepare(visit)

        language = Visit(language=incoming.language)
        done = self._run(in_thread).addCallback(act)
        done.addErrback(lambda failure: _told(language, failure))
        return done.addCallback(lambda answer: self._send(request, answer) if isinstance(answer, Answer) else answer)

    def _admit(self, incoming: Incoming) -> Visit:
        """Who this is, if it is an author.

        Raises:
            PageError, DatabaseDownError: it is none, or nobody can say.
        """
        visit = Visit(
            incoming.method,
            incoming.path,
            incoming.query,
            fields_of(incoming),
            incoming.address,
            incoming.secure,
            incoming.language,
        )
        self._services.office.prepare()
        known = admit(self._services, visit, incoming.token)
        guard(known, "author")
        return known

    def _admitted(self, request: Request) -> bool:
        try:
            self._admit(read(request))
        except (PageError, DatabaseDownError):
            return False
        return True


class _Listener(EventStream):
    """One page that is told what happens in a call."""

    def __init__(
        self, request: Request, phone: Phone, after: int, may_watch: Callable[[], Deferred[bool]], reactor: Any
    ) -> None:
        super().__init__(request, may_watch, reactor)
        self._phone = phone
        self._after = after
        self._unwatch: Callable[[], None] | None = None

    def begun(self) -> None:
        self._request.write(b"retry: 1000\n\n")
        self._unwatch = self._phone.watch(self._tell, self._after)

    def refused(self) -> None:
        self._phone.hang_up()

    def ended(self) -> None:
        if self._unwatch is not None:
            self._unwatch()

    def _tell(self, told: Told) -> None:
        if self.is_open:
            self.send(json.dumps({"what": told.what, **told.data}, ensure_ascii=False), told.number)


def _press(phone: Phone, visit: Visit) -> None:
    key = visit.form.get("key", "")
    if key not in _KEYS:
        raise BadRequestError("不是电话上的键", "this is no key of a telephone")
    phone.press(key)


def _say(phone: Phone, visit: Visit) -> bool:
    words = " ".join(visit.form.get("words", "").split())
    if not 0 < len(words) <= _LONGEST_WORDS:
        raise BadRequestError("写上要说的话", "write what is said")
    return phone.say(words, unsure=visit.form.get("unsure") == "1")


def _settle(phone: Phone, visit: Visit) -> bool:
    outcome = visit.form.get("outcome", "")
    if outcome not in _OUTCOMES:
        raise BadRequestError("没有这种结果", "there is no such outcome")
    return phone.settle(outcome)  # type: ignore[arg-type]  # one of the words above


def _told(visit: Visit, failure: Any) -> Answer:
    """What a script is told when something was refused. What nobody foresaw goes on to the log."""
    if failure.check(PageError):
        return _refused(visit, failure.value)
    failure.trap(DatabaseDownError)
    return json_answer({"error": visit.say("数据库暂时连不上", "the database cannot be reached")}, 503)


def _refused(visit: Visit, error: PageError) -> Answer:
    return json_answer({"error": visit.say(error.chinese, error.english)}, error.status)
