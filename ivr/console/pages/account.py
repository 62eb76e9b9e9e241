"""One's own account: password and one-time codes."""

from __future__ import annotations

from markupsafe import Markup

from ivr.console.incoming import session_cookie
from ivr.console.passwords import (
    WeakPasswordError,
    code_is,
    code_picture,
    hash_password,
    new_code_secret,
    new_token,
    password_is,
    token_hash,
)
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, Cookie, Visit, see


def show(services: Services, visit: Visit) -> Answer:
    assert visit.person is not None
    secret = "" if visit.person.code_secret else new_code_secret()
    picture = Markup(code_picture(secret, visit.person.name)) if secret else ""
    # Sealed, so that the form brings back the secret that was shown, and no other.
    sealed = services.numbers.seal(secret)
    return page(visit, "account.html", here="account", secret=secret, sealed=sealed, picture=picture)


def set_password(services: Services, visit: Visit) -> Answer:
    """A new password; other browsers are signed out, this one goes on with a new session."""
    person = visit.person
    assert person is not None
    if not password_is(person.password, visit.form.get("old", "")):
        services.office.accounts.failed(person)
        raise BadRequestError("原来的密码不对", "the old password is wrong")
    if visit.form.get("new", "") != visit.form.get("again", ""):
        raise BadRequestError("两次输入的新密码不一样", "the new password was typed in two ways")
    try:
        hashed = hash_password(visit.form.get("new", ""), person.name)
    except WeakPasswordError as error:
        chinese, _, english = str(error).partition(" / ")
        raise BadRequestError(chinese, english) from error
    services.office.accounts.set_password(person.name, hashed)
    services.office.audit.write(person.name, "password_set", person.name, address=visit.address)
    token = new_token()
    services.office.accounts.begin_session(person.name, token_hash(token), new_token(), visit.address)
    cookie = Cookie(session_cookie(visit.secure), token, lasts_s=round(services.longest.total_seconds()))
    return see("/account", notice=visit.say("密码已修改", "The password is changed"), cookies=(cookie,))


def set_codes(services: Services, visit: Visit) -> Answer:
    """Use one-time codes from now on, or no longer. Both need a right code or the password."""
    person = visit.person
    assert person is not None
    if person.code_secret:
        if not password_is(person.password, visit.form.get("password", "")):
            services.office.accounts.failed(person)
            raise BadRequestError("密码不对", "the password is wrong")
        services.office.accounts.set_code_secret(person.name, "")
        services.office.audit.write(person.name, "codes_off", person.name, address=visit.address)
        return see("/account", notice=visit.say("已停用一次性口令", "One-time codes are off"))
    sealed = visit.form.get("sealed", "")
    try:
        secret = services.numbers.unseal(sealed)
    except ValueError as error:
        raise BadRequestError("表单被改动", "the form was changed") from error
    if not secret or not code_is(secret, visit.form.get("code", "").replace(" ", ""), services.now()):
        raise BadRequestError("口令不对，请重新扫描再试", "that code is wrong: scan again and retry")
    services.office.accounts.set_code_secret(person.name, sealed)
    services.office.audit.write(person.name, "codes_on", person.name, address=visit.address)
    return see("/account", notice=visit.say("已启用一次性口令", "One-time codes are on"))
