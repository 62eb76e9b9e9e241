"""Accounts: who may sign in, with which role."""

from __future__ import annotations

import re

from ivr.console.passwords import WeakPasswordError, hash_password
from ivr.console.render import page
from ivr.console.roles import ROLES
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, NotFoundError, Visit, see
from ivr.storage.accounts import AccountExistsError, NoSuchAccountError, Person

_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,31}$")


def show(services: Services, visit: Visit) -> Answer:
    people = services.office.accounts.everyone()
    return page(visit, "people.html", here="people", people=people, roles=list(ROLES), now=services.now())


def add(services: Services, visit: Visit) -> Answer:
    """A new account."""
    name, role = visit.form.get("name", "").strip().lower(), visit.form.get("role", "")
    if not _NAME.match(name):
        raise BadRequestError(
            "用户名用小写字母、数字、点和连字符，2 至 32 位",
            "a name has 2 to 32 lower-case letters, digits, dots and hyphens",
        )
    if role not in ROLES:
        raise BadRequestError("没有这个角色", "there is no such role")
    try:
        hashed = _new_password(visit, name)
        services.office.accounts.add(name, visit.form.get("full_name", "").strip()[:60], role, hashed)
    except AccountExistsError as error:
        raise BadRequestError("这个用户名已经有了", "somebody has this name already") from error
    services.office.audit.write(visit.who, "account_added", name, role, visit.address)
    return see("/people", notice=visit.say(f"已新建账号 {name}", f"Account {name} is added"))


def change(services: Services, visit: Visit, name: str) -> Answer:
    """Another role or password, or in and out. Nobody can take their own rights away by mistake."""
    try:
        person = services.office.accounts.person(name)
    except NoSuchAccountError as error:
        raise NotFoundError("没有这个账号", "there is no such account") from error
    what = visit.form.get("what", "")
    if person.name == visit.who and what in ("disable", "role"):
        raise BadRequestError("不能停用自己，也不能改自己的角色", "you cannot disable yourself or change your own role")
    detail = _change(services, visit, person, what)
    action = "password_set" if what == "password" else "account_changed"
    services.office.audit.write(visit.who, action, person.name, detail, visit.address)
    return see("/people", notice=visit.say(f"账号 {name} 已修改", f"Account {name} is changed"))


def _change(services: Services, visit: Visit, person: Person, what: str) -> str:
    accounts = services.office.accounts
    if what == "role" and visit.form.get("role") in ROLES:
        accounts.set_role(person.name, visit.form["role"])
        return f"{person.role} -> {visit.form['role']}"
    if what in ("disable", "enable"):
        accounts.set_enabled(person.name, what == "enable")
        return what
    if what == "codes_off":
        accounts.set_code_secret(person.name, "")
        return what
    if what == "password":
        accounts.set_password(person.name, _new_password(visit, person.name))
        return ""
    raise BadRequestError("不知道要改什么", "it is not said what to change")


def _new_password(visit: Visit, name: str) -> str:
    try:
        return hash_password(visit.form.get("password", ""), name)
    except WeakPasswordError as error:
        chinese, _, english = str(error).partition(" / ")
        raise BadRequestError(chinese, english) from error
