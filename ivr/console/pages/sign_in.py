"""Signing in and out, and how the console looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ivr.console.incoming import LOOK_COOKIE, session_cookie
from ivr.console.passwords import code_is, new_token, password_is, token_hash
from ivr.console.render import hour, page
from ivr.console.services import Services
from ivr.console.web import LANGUAGES, Answer, Cookie, Visit, see
from ivr.storage.accounts import NoSuchAccountError, Person

_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True)
class _Refusal:
    """Why somebody is not let in."""

    chinese: str
    english: str


_WRONG = _Refusal("用户名、密码或口令不对", "wrong name, password or code")


def home(services: Services, visit: Visit) -> Answer:
    """The first page of each role."""
    assert visit.person is not None
    first = {"author": "/menus", "auditor": "/audit", "administrator": "/health", "supervisor": "/reports"}
    return see(first.get(visit.person.role, "/calls"))


def show(services: Services, visit: Visit) -> Answer:
    return _form(services, visit, None)


def enter(services: Services, visit: Visit) -> Answer:
    """Let somebody in who knows password and code."""
    name = visit.form.get("name", "").strip()[:64]
    result = _person(services, visit, name)
    if isinstance(result, _Refusal):
        services.address_failures.failed(visit.address)
        return _form(services, visit, result)
    token = new_token()
    accounts = services.office.accounts
    if visit.session is not None:
        accounts.end_session(visit.session.token_hash)
    accounts.forget_old_sessions(services.longest)
    accounts.begin_session(result.name, token_hash(token), new_token(), visit.address)
    services.office.audit.write(result.name, "signed_in", address=visit.address)
    cookie = Cookie(session_cookie(visit.secure), token, lasts_s=round(services.longest.total_seconds()))
    return see(_inside(visit.form.get("then", "")), cookies=(cookie,))


def leave(services: Services, visit: Visit) -> Answer:
    """Sign out: the session is gone for good, not only its cookie."""
    assert visit.session is not None
    services.office.accounts.end_session(visit.session.token_hash)
    services.office.audit.write(visit.who, "signed_out", address=visit.address)
    return see("/sign-in", cookies=(Cookie(session_cookie(visit.secure), ""),))


def look(services: Services, visit: Visit) -> Answer:
    """Another language, or light and dark."""
    language = visit.form.get("language", visit.language)
    theme = visit.form.get("theme", visit.theme)
    language = language if language in LANGUAGES else visit.language
    theme = theme if theme in ("light", "dark") else ""
    return see(_inside(visit.form.get("then", "")), cookies=(Cookie(LOOK_COOKIE, f"{language}.{theme}", _YEAR_S),))


def _person(services: Services, visit: Visit, name: str) -> Person | _Refusal:
    """Who that is, if password and code are right."""
    if services.address_failures.is_shut(visit.address):
        return _Refusal("失败次数太多，请 15 分钟后再试", "too many failures: try again in 15 minutes")
    password, code = visit.form.get("password", ""), visit.form.get("code", "").replace(" ", "")
    try:
        person = services.office.accounts.person(name)
    except NoSuchAccountError:
        password_is("", password)
        services.name_failures.failed(name)
        services.office.audit.write("", "sign_in_failed", name, address=visit.address)
        # Names that do not exist are locked like those that do, so that nobody learns which there are.
        return _locked(None) if services.name_failures.is_shut(name) else _WRONG
    if person.locked_until is not None and person.locked_until > services.now():
        return _locked(person.locked_until)
    if password_is(person.password, password) and person.enabled and _code_is_right(services, person, code):
        return person
    services.office.audit.write("", "sign_in_failed", name, address=visit.address)
    until = services.office.accounts.failed(person)
    if until is None:
        return _WRONG
    services.office.audit.write("", "locked", name, address=visit.address)
    return _locked(until)


def _code_is_right(services: Services, person: Person, code: str) -> bool:
    if not person.code_secret:
        return True
    secret = services.numbers.unseal(person.code_secret)
    return code_is(secret, code, services.now()) and services.office.accounts.take_code(person.name, code)


def _locked(until: datetime | None) -> _Refusal:
    if until is None:
        return _Refusal("账号已锁定，请 15 分钟后再试", "this account is locked: try again in 15 minutes")
    return _Refusal(
        f"账号已锁定，{hour(until)[:5]} 以后再试，或请管理员重设密码",
        f"this account is locked until {hour(until)[:5]}; the administrator can set a new password",
    )


def _form(services: Services, visit: Visit, refusal: _Refusal | None) -> Answer:
    nobody = not services.office.accounts.everyone()
    then = visit.form.get("then", visit.query.get("then", ""))
    status = 200 if refusal is None else 401
    return page(visit, "sign_in.html", status=status, refusal=refusal, nobody=nobody, then=_inside(then))


def _inside(path: str) -> str:
    """The path if it leads to a page of ours, else the first page. Browsers read `\\` as `/`."""
    harmless = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if harmless and not path.startswith("/sign-in") else "/"
