"""What may be shown of a caller, and how the rest is kept: masks for people, a keyed hash to recognise a caller
again, and a sealed number for those who may call back.

The law this serves: 个人信息保护法 (Personal Information Protection Law of the PRC), articles 51 and 73 on encryption
and de-identification.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE_BYTES = 12
_SEAL_PREFIX = "v1."
_MOBILE = re.compile(r"^1[3-9]\d{9}$")


class KeyFileError(Exception):
    """The key file cannot be trusted or is not a key. The message says what to do."""


class UnsealError(ValueError):
    """A sealed number was made with another key, or was changed."""


def mask_number(number: str) -> str:
    """Hide the middle of a telephone number: `13912345678` becomes `139****5678`.

    Short numbers show less, fewer than four characters nothing. The length stays.
    """
    length = len(number)
    if length >= 11:
        head, tail = (6 if number.startswith("+86") and length >= 13 else 3), 4
    elif length >= 7:
        head, tail = 2, 2
    elif length >= 4:
        head, tail = 1, 1
    else:
        head, tail = 0, 0
    return number[:head] + "*" * (length - head - tail) + number[length - tail :]


def mask_identity(card: str) -> str:
    """Hide an identity card number (GB 11643, 18 characters, or 15 of old): the province and the last four stay.

    What is left names neither the county nor the day of birth. Anything shorter than 15 is hidden altogether.
    """
    if len(card) < 15:
        return "*" * len(card)
    return card[:3] + "*" * (len(card) - 7) + card[-4:]


def plain_number(number: str) -> str:
    """One spelling for one telephone: no separators, no +86 or 0086, no 0 before a mobile number.

    `+86 139-1234-5678`, `013912345678` and `13912345678` are the same caller. A landline of another trunk keeps or
    gets the 0 of its area code; other countries are written with 00.
    """
    digits = re.sub(r"[\s().-]", "", number)
    digits = re.sub(r"^\+", "00", digits)
    if digits.startswith("0086"):
        national = digits[4:]
        return national if _MOBILE.match(national) or national.startswith("0") else f"0{national}"
    if digits.startswith("0") and _MOBILE.match(digits[1:]):
        return digits[1:]
    return digits


class CallerKey:
    """The secret by which callers are recognised and their numbers sealed.

    Without the file nobody can tell from a hash whose number it is, not even by trying all numbers; with it, anybody
    can. It is kept apart from the database and its backups.

    Args:
        key_file: 32 bytes as hexadecimal text; made, with a new random key and for the owner's eyes only, when missing.

    Raises:
        KeyFileError: others may read the file, or it holds no key.
        OSError: it cannot be read or made.
    """

    def __init__(self, key_file: Path) -> None:
        master = _read_or_make(key_file)
        self._hash_key = _derived(master, b"xiangyin caller hash")
        self._seal = AESGCM(_derived(master, b"xiangyin caller seal"))

    def hash(self, number: str) -> str:
        """16 hexadecimal digits that are the same for the same caller (HMAC-SHA256); empty for a withheld number."""
        plain = plain_number(number)
        if not plain:
            return ""
        return hmac.new(self._hash_key, plain.encode(errors="replace"), hashlib.sha256).hexdigest()[:16]

    def seal(self, number: str) -> str:
        """The number as text that only this key can open (AES-256-GCM); empty for a withheld number."""
        if not number:
            return ""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._seal.encrypt(nonce, number.encode(errors="replace"), None)
        return _SEAL_PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()

    def unseal(self, sealed: str) -> str:
        """The number again.

        Raises:
            UnsealError: another key sealed it, or the text was changed.
        """
        if not sealed:
            return ""
        try:
            if not sealed.startswith(_SEAL_PREFIX):
                raise ValueError("unknown form")
            raw = base64.b64decode(sealed[len(_SEAL_PREFIX) :], altchars=b"-_", validate=True)
            return self._seal.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except (ValueError, InvalidTag) as error:
            raise UnsealError("号码解不开：密钥不同或内容被改动 / sealed with another key, or changed") from error


def derived_key(key_file: Path, purpose: str) -> bytes:
    """A 32-byte key for one purpose, from the same file; it tells nothing of the keys for others.

    Raises:
        KeyFileError, OSError: as `CallerKey`.
    """
    return _derived(_read_or_make(key_file), f"xiangyin {purpose}".encode())


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(master)


def _read_or_make(key_file: Path) -> bytes:
    try:
        return _read(key_file)
    except FileNotFoundError:
        _make(key_file)
        return _read(key_file)


def _read(key_file: Path) -> bytes:
    with key_file.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(
                f"密钥文件别人也能读，请执行 / others may use the key file, run: chmod 600 {key_file}"
                f" (mode {stat.S_IMODE(mode):04o})"
            )
        text = file.read(1024)
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyFileError(
            f"{key_file} 里不是密钥（应为 {2 * _KEY_BYTES} 位十六进制）；请从备份恢复 / "
            f"{key_file} does not hold {2 * _KEY_BYTES} hexadecimal digits: restore it from your backup"
        )
    return key


def _make(key_file: Path) -> None:
    """Make the file whole or not at all; when two processes make it at once, the first one's key counts for both."""
    key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = key_file.with_name(f"{key_file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(_KEY_BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, key_file)
        except FileExistsError:
            return
    finally:
        draft.unlink()
