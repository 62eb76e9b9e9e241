"""Passwords (argon2id, RFC 9106), one-time codes (RFC 6238), and the random tokens of sessions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from functools import cache

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_LENGTH = 10
_MOST_LENGTH = 200


class WeakPasswordError(ValueError):
    """A password that others would guess. The message says what is wanted, in both languages."""


def hash_password(password: str, name: str) -> str:
    """The argon2id hash of a new password.

    Raises:
        WeakPasswordError: it is too short, too long, of one character, or holds the person's name.
    """
    if not LEAST_LENGTH <= len(password) <= _MOST_LENGTH:
        raise WeakPasswordError(f"密码至少 {LEAST_LENGTH} 位 / a password has at least {LEAST_LENGTH} characters")
    if len(set(password)) < 4 or (name and name.lower() in password.lower()):
        raise WeakPasswordError("密码太容易猜 / that password is too easy to guess")
    return PasswordHasher().hash(password)


@cache
def prepare_nobody() -> str:
    """A hash of nothing that anybody has: checking against it takes as long as checking a real one.

    Made once, before the first is asked for, who would wait longer than others.
    """
    return PasswordHasher().hash(secrets.token_hex(16))


def password_is(hashed: str, password: str) -> bool:
    """Whether this is the password; takes equally long when there is none."""
    try:
        return PasswordHasher().verify(hashed or prepare_nobody(), password[:_MOST_LENGTH]) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token. It is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_code_secret() -> str:
    """A new secret of one-time codes, base32."""
    return pyotp.random_base32()


def code_is(secret: str, code: str, now: datetime) -> bool:
    """Whether this is the one-time code of now, half a minute before or after."""
    return len(code) == 6 and pyotp.TOTP(secret).verify(code, for_time=now, valid_window=1)


def code_address(secret: str, name: str) -> str:
    """The `otpauth:` address that an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Xiangyin")


def code_picture(secret: str, name: str) -> str:
    """The same as a QR code, as SVG."""
    return segno.make(code_address(secret, name), error="m").svg_inline(scale=4, border=2, omitsize=False)
