"""The key file: one key on a line, the newest first, for the owner's eyes only.

    sm4-gcm 5f0c…      seals from now on
    8f21…              sealed before (AES-256-GCM), and recognises callers

A line is 64 hexadecimal digits, after the name of a cipher if it is not AES-256-GCM. The last line is the first key
that there ever was. It makes the hashes by which callers are recognised, so it stays; new keys only seal.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from ivr.privacy.seals import CIPHERS, USUAL_CIPHER, Seal, derived, seal_of

_KEY_BYTES = 32
_LARGEST = 64 * 1024


class KeyFileError(Exception):
    """The key file cannot be trusted or holds no key. The message says what to do."""


@dataclass(frozen=True)
class Key:
    """One key; its master is never shown."""

    cipher: str
    master: bytes

    def __repr__(self) -> str:
        return f"Key({self.cipher}, {self.name})"

    @property
    def name(self) -> str:
        """Eight hexadecimal digits that tell keys apart and nothing about them."""
        return derived(self.master, b"xiangyin key name", 4).hex()

    def seal(self, purpose: bytes, salt: bytes | None = None) -> Seal:
        """The seal of this key for one purpose: another purpose or salt is another cipher key."""
        return seal_of(self.cipher, self.master, purpose, salt)

    def line(self) -> str:
        return self.master.hex() if self.cipher == USUAL_CIPHER else f"{self.cipher} {self.master.hex()}"


def read_or_make(key_file: Path) -> list[Key]:
    """The keys, the newest first. A missing file is made with a new random key.

    Raises:
        KeyFileError: others may use the file, or it holds no key.
        OSError: it cannot be read or made.
    """
    try:
        return read(key_file)
    except FileNotFoundError:
        _make(key_file)
        return read(key_file)


def read(key_file: Path) -> list[Key]:
    """The keys, the newest first.

    Raises:
        KeyFileError, OSError: as `read_or_make`; FileNotFoundError when there is none.
    """
    with key_file.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(
                f"密钥文件别人也能读，请执行 / others may use the key file, run: chmod 600 {key_file}"
                f" (mode {stat.S_IMODE(mode):04o})"
            )
        content = file.read(_LARGEST)
    keys = [_parsed(line) for line in content.decode("ascii", "replace").splitlines() if line.strip()]
    if not keys or None in keys:
        raise KeyFileError(
            f"{key_file} 里不是密钥（应为 {2 * _KEY_BYTES} 位十六进制）；请从备份恢复 / "
            f"{key_file} does not hold {2 * _KEY_BYTES} hexadecimal digits: restore it from your backup"
        )
    return [key for key in keys if key is not None]


def rotate(key_file: Path, cipher: str = USUAL_CIPHER) -> Key:
    """Put a new key on top of the file; what older ones sealed stays readable. Two rotations at once follow each other.

    Raises:
        KeyFileError, OSError: as `read_or_make`.
    """
    keys = read_or_make(key_file)
    lock = os.open(key_file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = read(key_file)
        new = Key(cipher, secrets.token_bytes(_KEY_BYTES))
        draft = _draft(key_file, [new, *keys])
        draft.replace(key_file)
        os.fsync(lock)
    finally:
        os.close(lock)
    return new


def _parsed(line: str) -> Key | None:
    cipher, _, digits = line.strip().rpartition(" ")
    cipher = cipher or USUAL_CIPHER
    try:
        master = bytes.fromhex(digits)
    except ValueError:
        return None
    return Key(cipher, master) if cipher in CIPHERS and len(master) == _KEY_BYTES else None


def _make(key_file: Path) -> None:
    """Make the file whole or not at all; when two processes make it at once, the first one's key counts for both."""
    key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _draft(key_file, [Key(USUAL_CIPHER, secrets.token_bytes(_KEY_BYTES))])
    try:
        os.link(draft, key_file)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _draft(key_file: Path, keys: list[Key]) -> Path:
    """A file beside it that is wholly on the disk."""
    draft = key_file.with_name(f"{key_file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write("".join(f"{key.line()}\n" for key in keys).encode())
        file.flush()
        os.fsync(file.fileno())
    return draft
