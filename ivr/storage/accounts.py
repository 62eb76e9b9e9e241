"""People who may sign in, and the browsers in which they are signed in. Passwords and tokens come here as hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.office_models import Account, SignedIn


class NoSuchAccountError(LookupError):
    """Nobody has this name."""


class AccountExistsError(ValueError):
    """Somebody has this name already."""


@dataclass(frozen=True)
class Person:
    """One person who may sign in.

    Attributes:
        name: with which they sign in.
        role: one of `ivr.console.roles.ROLES`.
        password: argon2id hash in its own notation; empty for nobody can sign in with a password.
        code_secret: sealed secret of one-time codes (RFC 6238); empty if they use none.
        last_code: the code used last, which does not count a second time.
        failures: wrong passwords since the last right one.
        locked_until: not let in before that, even with the right password.
    """

    name: str
    full_name: str
    role: str
    password: str
    created_at: datetime
    password_at: datetime
    code_secret: str = ""
    last_code: str = ""
    enabled: bool = True
    failures: int = 0
    locked_until: datetime | None = None
    signed_in_at: datetime | None = None


@dataclass(frozen=True)
class BrowserSession:
    """One browser that is signed in.

    Attributes:
        token_hash: of the token in its cookie.
        form_key: secret from which the keys of its forms are made, against forged requests.
    """

    token_hash: str
    account: str
    form_key: str
    began_at: datetime
    seen_at: datetime
    address: str


@dataclass(frozen=True)
class LockRule:
    """After how many wrong passwords an account is locked, and for how long."""

    failures: int = 5
    lasts: timedelta = timedelta(minutes=15)


_PERSON = tuple(getattr(Account, field.name) for field in fields(Person))
_SESSION = tuple(getattr(SignedIn, field.name) for field in fields(BrowserSession))


class Accounts:
    """Accounts and their sessions. Every method raises `DatabaseDownError` when the database cannot be used."""

    def __init__(self, engine: Engine, now: Callable[[], datetime], lock: LockRule | None = None) -> None:
        self._engine = engine
        self._now = now
        self._lock = lock or LockRule()

    def everyone(self) -> list[Person]:
        """All people, by name."""
        with or_down(), self._engine.connect() as connection:
            rows = connection.execute(select(*_PERSON).order_by(Account.name))
            return [Person(**row._mapping) for row in rows]

    def person(self, name: str) -> Person:
        """One person.

        Raises:
            NoSuchAccountError: nobody has this name.
        """
        with or_down(), self._engine.connect() as connection:
            row = connection.execute(select(*_PERSON).where(Account.name == name)).one_or_none()
        if row is None:
            raise NoSuchAccountError(name)
        return Person(**row._mapping)

    def add(self, name: str, full_name: str, role: str, password: str) -> Person:
        """Let somebody in.

        Raises:
            AccountExistsError: somebody has this name already.
        """
        now = self._now()
        person = Person(name, full_name, role, password, created_at=now, password_at=now)
        values = {field.name: getattr(person, field.name) for field in fields(Person)}
        try:
            with or_down(), writing(self._engine).begin() as connection:
                connection.execute(insert(Account).values(**values))
        except IntegrityError as error:
            raise AccountExistsError(name) from error
        return person

    def set_password(self, name: str, password: str) -> None:
        """A new password; it opens a locked account and ends all sessions."""
        self._change(name, password=password, password_at=self._now(), failures=0, locked_until=None)
        self.end_sessions_of(name)

    def set_role(self, name: str, role: str) -> None:
        self._change(name, role=role)

    def set_enabled(self, name: str, enabled: bool) -> None:
        """Let somebody in again, or no more; then all sessions end at once."""
        self._change(name, enabled=enabled, failures=0, locked_until=None)
        if not enabled:
            self.end_sessions_of(name)

    def set_code_secret(self, name: str, sealed: str) -> None:
        self._change(name, code_secret=sealed, last_code="")

    def failed(self, person: Person) -> datetime | None:
        """Count a wrong password or code; the moment until which the account is locked thereby, else None."""
        with or_down(), writing(self._engine).begin() as connection:
            counted = connection.execute(
                update(Account)
                .where(Account.name == person.name)
                .values(failures=Account.failures + 1)
                .returning(Account.failures)
            ).scalar_one()
            if counted < self._lock.failures:
                return None
            until = self._now() + self._lock.lasts
            connection.execute(
                update(Account).where(Account.name == person.name).values(failures=0, locked_until=until)
            )
            return until

    def take_code(self, name: str, code: str) -> bool:
        """Use a one-time code up; False if it was used already."""
        with or_down(), writing(self._engine).begin() as connection:
            fresh = update(Account).where(Account.name == name, Account.last_code != code).values(last_code=code)
            return connection.execute(fresh.returning(Account.name)).one_or_none() is not None

    def begin_session(self, name: str, token_hash: str, form_key: str, address: str) -> BrowserSession:
        """Sign somebody in; wrong passwords before are forgotten."""
        now = self._now()
        session = BrowserSession(token_hash, name, form_key, now, now, address[:100])
        values = {field.name: getattr(session, field.name) for field in fields(BrowserSession)}
        with or_down(), writing(self._engine).begin() as connection:
            connection.execute(insert(SignedIn).values(**values))
            connection.execute(update(Account).where(Account.name == name).values(failures=0, signed_in_at=now))
        return session

    def session(
        self, token_hash: str, idle: timedelta, longest: timedelta, *, used: bool = True
    ) -> tuple[Person, BrowserSession] | None:
        """Who is signed in with this token; None when the session was not used for `idle`, or is `longest` old.

        That it is used is written down once a minute at most.

        Args:
            used: False for what a page does by itself, so that a page left open does not keep somebody signed in.
        """
        now = self._now()
        query = (
            select(*_PERSON, *_SESSION)
            .join(Account, Account.name == SignedIn.account)
            .where(SignedIn.token_hash == token_hash, SignedIn.seen_at > now - idle, SignedIn.began_at > now - longest)
            .where(Account.enabled)
        )
        with or_down(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        values = row._mapping
        person = Person(**{field.name: values[field.name] for field in fields(Person)})
        session = BrowserSession(**{field.name: values[field.name] for field in fields(BrowserSession)})
        if used and now - session.seen_at >= timedelta(minutes=1):
            with or_down(), writing(self._engine).begin() as connection:
                connection.execute(update(SignedIn).where(SignedIn.token_hash == token_hash).values(seen_at=now))
            session = replace(session, seen_at=now)
        return person, session

    def end_session(self, token_hash: str) -> None:
        with or_down(), writing(self._engine).begin() as connection:
            connection.execute(delete(SignedIn).where(SignedIn.token_hash == token_hash))

    def end_sessions_of(self, name: str) -> None:
        with or_down(), writing(self._engine).begin() as connection:
            connection.execute(delete(SignedIn).where(SignedIn.account == name))

    def forget_old_sessions(self, longest: timedelta) -> None:
        """Delete what has ended by itself."""
        with or_down(), writing(self._engine).begin() as connection:
            connection.execute(delete(SignedIn).where(SignedIn.began_at <= self._now() - longest))

    def _change(self, name: str, **values: object) -> None:
        with or_down(), writing(self._engine).begin() as connection:
            changed = update(Account).where(Account.name == name).values(**values).returning(Account.name)
            if connection.execute(changed).one_or_none() is None:
                raise NoSuchAccountError(name)
