"""A console with people and calls in it, asked over HTTP in memory: no socket, no thread, no sleep."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher
from sqlalchemy.orm import Session
from treq.testing import StubTreq
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from benchmarks.console.made_calls import TREES, MadeCalls
from ivr.authoring.phone import Phones
from ivr.authoring.phone_voice import TellingVoice
from ivr.authoring.workshop import Workshop
from ivr.console.authoring.services import Authoring
from ivr.console.health import Backlog, Process, State
from ivr.console.live import LiveCall
from ivr.console.server import Console
from ivr.console.services import Services, Undelivered
from ivr.console.settings import ConsoleSettings
from ivr.console.throttle import Throttle
from ivr.doctor import Finding
from ivr.logs import LogLine
from ivr.privacy import CallerKey, SealedFiles
from ivr.publishing.desk import Desk
from ivr.publishing.files import texts_of
from ivr.publishing.local import LocalCopy
from ivr.rehearsal.sound import VirtualVoice
from ivr.storage.database import writing
from ivr.storage.drafts import Drafts
from ivr.storage.entries import CallEntry, CallRecord, LeftEntry
from ivr.storage.office import open_office
from ivr.storage.publications import Publications
from ivr.storage.queueing import queue_work
from ivr.storage.records import save_records
from ivr.storage.tallies import Key, add_tallies, tallied
from ivr.storage.work import WorkItem
from menus.checks.surroundings import NOTHING_KNOWN
from menus.loader import load_menus
from menus.model import MenuSet
from speech.spoken import Speaker

START = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)
PASSWORD = "wenshui-qiao-47"
#: Cheap, because tests sign in often; the strength of real ones is tested apart.
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ROLES = ("operator", "author", "supervisor", "auditor", "administrator")
_FORM_KEY = re.compile(r'name="form_key" value="([^"]+)"')


@lru_cache(maxsize=1)
def shipped_menus() -> MenuSet:
    """Read once: they are a second's work, and nothing changes them."""
    return load_menus(TREES)


@dataclass
class FakeTime:
    """The time, moved by hand."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def advance(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class FakeLive:
    """A recorder in the place of line workers."""

    shown: list[LiveCall] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)

    def calls(self) -> list[LiveCall]:
        return self.shown

    def workers(self) -> list[str]:
        return ["line-1"]

    def hang_up(self, call_id: str) -> bool:
        self.hung_up.append(call_id)
        return True

    def watch(self, watcher: Any) -> Any:
        return lambda: None


@dataclass
class FakeOutbox:
    """A recorder in the place of the outbox of the machine."""

    waiting: list[Undelivered] = field(default_factory=list)
    messages: int = 0
    retried: list[str] = field(default_factory=list)
    trouble: OSError | None = None

    def undelivered(self) -> list[Undelivered]:
        if self.trouble:
            raise self.trouble
        return self.waiting

    def text_messages(self) -> int:
        return self.messages

    def retry(self, ticket: str) -> bool:
        self.retried.append(ticket)
        return True


@dataclass
class FakeTypist:
    """Writes what the test says, or fails as it says."""

    text: str = ""
    trouble: OSError | ValueError | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def write_down(self, file: Path, language: str) -> str:
        self.asked.append((file.name, language))
        if self.trouble:
            raise self.trouble
        return self.text


@dataclass
class Reply:
    """What the console answered."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: dict[str, str]

    @property
    def text(self) -> str:
        return self.body.decode()


class Browser:
    """Somebody's browser: keeps cookies, follows nothing by itself."""

    def __init__(self, console: TestConsole) -> None:
        self._client = StubTreq(console.app.resource())
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Reply:
        return self._ask("GET", path, headers=headers)

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> Reply:
        """Send a form as it is."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", path, headers, urlencode(form or {}).encode())

    def send(self, page: str, path: str, form: dict[str, str]) -> Reply:
        """Send a form with the key that stands in the forms of a page."""
        return self.post(path, {"form_key": self.form_key(page), **form})

    def form_key(self, page: str) -> str:
        found = _FORM_KEY.search(self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        return self._ask(method, path, headers, body)

    def sign_in(self, name: str, password: str = PASSWORD, code: str = "", then: str = "") -> Reply:
        return self.post("/sign-in", {"name": name, "password": password, "code": code, "then": then})

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            names["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = _now(
            self._client.request(method, f"http://console.test{path}", headers=names, data=body, allow_redirects=False),
            self._client.flush,
        )
        content = _now(answer.content(), self._client.flush)
        for line in answer.headers.getRawHeaders("Set-Cookie", []):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        plain = {name.decode().lower(): values[-1].decode() for name, values in answer.headers.getAllRawHeaders()}
        return Reply(answer.code, plain, content, dict(self.cookies))


#: What a line worker tells of itself.
COUNTS = {
    "counters": {
        "rtp_packets_lost": {"": 3},
        "hearing_failures": {"slow": 1},
        "engine_events": {"DigitPressed": 9, "CallOffered": 2},
    },
    "histograms": {"backend_seconds": [1, 2, 0, 0, 0, 0, 0, 0, 1, 9.5]},
}


class TestConsole:
    """A console over a database of its own."""

    __test__ = False

    def __init__(self, url: str, folder: Path, audit_key: bytes = b"k" * 32) -> None:
        self.time = FakeTime()
        self.live = FakeLive()
        self.key_file = folder / "caller.key"
        self.key = CallerKey(self.key_file)
        self.office = open_office(url, audit_key, self.time.now)
        menus = shipped_menus()
        self.served = LocalCopy(folder / "menus")
        self.outbox = FakeOutbox()
        self.typist = FakeTypist()
        self.state = State(
            at=START,
            version="0.0",
            processes=[
                Process(
                    "line-1",
                    "ready",
                    7,
                    61.0,
                    2,
                    COUNTS,
                    True,
                    {"backend": "closed", "民政局": "open", "社保局": "half_open"},
                ),
                Process("speech", "waiting", None, 0.0, 0),
            ],
            findings=[Finding("模型 models", "good", "Kokoro"), Finding("磁盘 disk", "bad", "满了", "df -h")],
            waiting_bytes=12_345,
            disk_free=5 * 10**9,
            disk_size=10**10,
            errors=[
                LogLine(START, "WARNING", "line-1", "the emergency voice speaks: no answer in 8 s"),
                LogLine(START, "WARNING", "speech", "slow <b>"),
                LogLine(START, "WARNING", "line-2", "the emergency voice speaks: refused"),
            ],
            outbox=Backlog(waiting=3, refused=1, oldest_s=60.0),
        )
        desk = Desk(Publications(self.office.engine), self.served, {"village"}, lambda: NOTHING_KNOWN, self.time.now)
        self.clock = Clock()
        #: What is served while nothing is published.
        self.files = texts_of(TREES)
        speaker = Speaker()
        self.authoring = Authoring(
            Workshop(desk, Drafts(self.office.engine, self.time.now), lambda: self.files),
            Phones(lambda sounds: TellingVoice(VirtualVoice(sounds, speaker), sounds), self.clock),
            operations=["get_case"],
            targets=["operator"],
        )
        self.services = Services(
            settings=ConsoleSettings(),
            office=self.office,
            numbers=self.key,
            now=self.time.now,
            menus=lambda: menus,
            desk=desk,
            authoring=self.authoring,
            recordings=folder / "recordings",
            sounds=SealedFiles(self.key_file),
            live=self.live,  # type: ignore[arg-type]
            health=lambda: self.state,
            outbox=self.outbox,
            typist=self.typist,
            address_failures=Throttle(20, 900, self.time.seconds),
            name_failures=Throttle(5, 900, self.time.seconds),
        )
        self.app = Console(self.services, maybeDeferred, self.clock)

    def add_people(self) -> None:
        """One person of each role, called like it."""
        self.office.prepare()
        for role in ROLES:
            self.office.accounts.add(role, role.title(), role, HASH)

    def add_calls(self, records: Iterable[CallRecord]) -> list[CallRecord]:
        """Put calls into the log and the counts."""
        self.office.prepare()
        added = list(records)
        with Session(writing(self.office.engine)) as session, session.begin():
            save_records(session, {}, {record.call.id: record for record in added})
            counts: Counter[Key] = Counter()
            for record in added:
                counts.update(tallied(record, datetime.astimezone))
            add_tallies(session.connection(), counts)
        return added

    def made_calls(self, count: int, days: int = 3) -> list[CallRecord]:
        made = MadeCalls(7, START, days, hash_number=self.key.hash, seal=self.key.seal, menus=shipped_menus())
        return self.add_calls(made.many(count))

    def add_work(self, call: CallEntry, kind: str = "appeal", token: int = 9, **details: str) -> WorkItem:
        """What a call has left, as the shipper queues it; all that is in `details` is sealed, too."""
        sealed = self.key.seal(json.dumps(details, ensure_ascii=False))
        recordings = (f"{call.id}-{token}.wav",) if kind == "appeal" else ()
        shown = {name: value for name, value in details.items() if name not in ("phone", "number", "reason", "text")}
        left = LeftEntry(call.id, token, kind, f"63241{token:05d}", call.started_at, shown, sealed, recordings)
        record = CallRecord(call, left=(left,))
        with writing(self.office.engine).begin() as connection:
            queue_work(connection, {call.id: record}, [record], datetime.astimezone)
        return self.office.work.of_call(call.id)[-1]

    def browser(self, role: str | None = None) -> Browser:
        """A browser, signed in as the person of a role."""
        browser = Browser(self)
        if role is not None:
            reply = browser.sign_in(role)
            assert reply.status == 303, reply.text
        return browser

    def close(self) -> None:
        self.authoring.phones.close()
        self.office.close()


def _now(waiting: Deferred[Any], flush: Callable[[], None] = lambda: None) -> Any:
    """The result of what has happened already, or happens when what is on its way has arrived."""
    results: list[Any] = []
    waiting.addBoth(results.append)
    for _ in range(50):
        if not results:
            flush()
    assert results, "the answer is not there at once"
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    return results[0]


__all__ = ["HASH", "PASSWORD", "ROLES", "START", "Browser", "TestConsole"]
