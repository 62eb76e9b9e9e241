"""Signing in: passwords, codes, lock-out, sessions that end."""

from __future__ import annotations

import pyotp
import pytest

from ivr.console.passwords import WeakPasswordError, code_is, hash_password, password_is, token_hash
from tests.ivr.console.support import PASSWORD, Browser, TestConsole


def actions(console: TestConsole) -> list[str]:
    return [entry.action for entry in reversed(console.office.audit.entries())]


def test_nobody_sees_anything_without_signing_in(console: TestConsole) -> None:
    reply = console.browser().get("/calls?outcome=lost")
    assert reply.status == 303
    assert reply.headers["location"] == "/sign-in?then=%2Fcalls%3Foutcome%3Dlost"


def test_the_right_password_leads_to_what_was_wanted(console: TestConsole) -> None:
    reply = console.browser().sign_in("operator", then="/calls?outcome=lost")
    assert (reply.status, reply.headers["location"]) == (303, "/calls?outcome=lost")
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert actions(console) == ["signed_in"]


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1"]
)
def test_signing_in_leads_nowhere_else(console: TestConsole, elsewhere: str) -> None:
    reply = console.browser().sign_in("operator", then=elsewhere)
    assert reply.headers["location"] == "/"
    assert "x" not in reply.cookies


@pytest.mark.parametrize(("name", "password"), [("operator", "wrong-password"), ("nobody", PASSWORD), ("", "")])
def test_wrong_names_and_passwords_are_told_alike(console: TestConsole, name: str, password: str) -> None:
    reply = console.browser().sign_in(name, password)
    assert reply.status == 401
    assert "用户名、密码或口令不对" in reply.text
    assert "xiangyin_session" not in reply.cookies
    assert actions(console) == ["sign_in_failed"]


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(console: TestConsole) -> None:
    browser = console.browser()
    for _ in range(5):
        reply = browser.sign_in("operator", "wrong-password")
    assert "账号已锁定" in reply.text
    assert "账号已锁定" in browser.sign_in("operator").text
    assert actions(console)[-1] == "locked"
    console.time.advance(minutes=16)
    assert browser.sign_in("operator").status == 303


def test_names_that_do_not_exist_are_locked_like_those_that_do(console: TestConsole) -> None:
    for _ in range(5):
        reply = console.browser().sign_in("nobody")
    assert "账号已锁定" in reply.text


def test_one_address_cannot_try_many_names(console: TestConsole) -> None:
    browser = console.browser()
    for number in range(20):
        browser.sign_in(f"name{number}")
    assert "失败次数太多" in browser.sign_in("operator").text
    console.time.advance(minutes=16)
    assert browser.sign_in("operator").status == 303


def test_a_disabled_account_is_out_at_once(console: TestConsole) -> None:
    browser = console.browser("operator")
    console.office.accounts.set_enabled("operator", False)
    assert browser.get("/calls").status == 303
    assert browser.sign_in("operator").status == 401


def test_signing_in_gives_a_new_session(console: TestConsole) -> None:
    """Session fixation: a token that somebody planted before is worth nothing afterwards."""
    browser = console.browser()
    browser.cookies["xiangyin_session"] = "planted"
    browser.sign_in("operator")
    first = browser.cookies["xiangyin_session"]
    assert first != "planted"
    browser.post("/sign-in", {"name": "operator", "password": PASSWORD, "form_key": browser.form_key("/calls")})
    assert browser.cookies["xiangyin_session"] != first
    thief = console.browser()
    thief.cookies["xiangyin_session"] = first
    assert thief.get("/calls").status == 303


def test_signing_out_ends_the_session_itself(console: TestConsole) -> None:
    browser = console.browser("operator")
    token = browser.cookies["xiangyin_session"]
    assert browser.send("/calls", "/sign-out", {}).headers["location"] == "/sign-in"
    browser.cookies["xiangyin_session"] = token
    assert browser.get("/calls").status == 303


def test_a_session_ends_when_it_is_not_used(console: TestConsole) -> None:
    browser = console.browser("operator")
    for _ in range(3):
        console.time.advance(minutes=25)
        assert browser.get("/calls").status == 200
    console.time.advance(minutes=31)
    assert browser.get("/calls").status == 303


def test_a_session_ends_after_a_day_of_work(console: TestConsole) -> None:
    browser = console.browser("operator")
    for _ in range(12 * 60 // 25):
        console.time.advance(minutes=25)
        browser.get("/calls")
    console.time.advance(minutes=25)
    assert browser.get("/calls").status == 303


def test_only_a_hash_of_the_token_is_kept(console: TestConsole) -> None:
    browser = console.browser("operator")
    token = browser.cookies["xiangyin_session"]
    with console.office.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT token_hash FROM sessions").scalars().all()
    assert rows == [token_hash(token)]


class TestCodes:
    def switch_on(self, console: TestConsole, browser: Browser) -> str:
        secret = pyotp.random_base32()
        form = {"sealed": console.key.seal(secret), "code": pyotp.TOTP(secret).at(console.time.at)}
        assert browser.send("/account", "/account/codes", form).status == 303
        return secret

    def test_with_codes_the_password_is_not_enough(self, console: TestConsole) -> None:
        secret = self.switch_on(console, console.browser("operator"))
        console.time.advance(minutes=2)
        assert console.browser().sign_in("operator").status == 401
        code = pyotp.TOTP(secret).at(console.time.at)
        assert console.browser().sign_in("operator", code=code).status == 303

    def test_a_code_counts_once(self, console: TestConsole) -> None:
        secret = self.switch_on(console, console.browser("operator"))
        code = pyotp.TOTP(secret).at(console.time.at)
        assert console.browser().sign_in("operator", code=code).status == 303
        assert console.browser().sign_in("operator", code=code).status == 401

    def test_the_secret_is_sealed_in_the_database(self, console: TestConsole) -> None:
        secret = self.switch_on(console, console.browser("operator"))
        assert secret not in console.office.accounts.person("operator").code_secret

    def test_a_wrong_code_switches_nothing_on(self, console: TestConsole) -> None:
        form = {"sealed": console.key.seal(pyotp.random_base32()), "code": "000000"}
        assert console.browser("operator").send("/account", "/account/codes", form).status == 400

    def test_half_a_minute_of_difference_between_clocks_is_fine(self, console: TestConsole) -> None:
        secret = pyotp.random_base32()
        code = pyotp.TOTP(secret).at(console.time.at)
        console.time.advance(seconds=30)
        assert code_is(secret, code, console.time.at)
        console.time.advance(seconds=60)
        assert not code_is(secret, code, console.time.at)


class TestPasswords:
    def test_are_argon2id(self) -> None:
        hashed = hash_password("柳溪村的老槐树 1958", "chen")
        assert hashed.startswith("$argon2id$")
        assert password_is(hashed, "柳溪村的老槐树 1958")
        assert not password_is(hashed, "柳溪村的老槐树 1959")

    @pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "chen-2026-chen", "x" * 500])
    def test_weak_ones_are_refused(self, password: str) -> None:
        with pytest.raises(WeakPasswordError):
            hash_password(password, "chen")

    def test_a_broken_hash_lets_nobody_in(self) -> None:
        assert not password_is("$argon2id$broken", "")
        assert not password_is("", "")

    def test_a_changed_password_ends_other_sessions(self, console: TestConsole) -> None:
        here, there = console.browser("operator"), console.browser("operator")
        form = {"old": PASSWORD, "new": "another-word-58", "again": "another-word-58"}
        assert here.send("/account", "/account/password", form).status == 303
        assert here.get("/calls").status == 200
        assert there.get("/calls").status == 303
        assert console.browser().sign_in("operator", "another-word-58").status == 303
