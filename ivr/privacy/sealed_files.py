"""Files that only the key opens: what callers said, on a disk that others may come to hold.

A sealed file is a header and chunks, each authenticated on its own, so that a player can begin anywhere and a gateway
never holds a whole recording in memory:

    magic 8 bytes, name of the key 4, salt 16; then chunks: 64 KiB of content (the last one less) and a tag of 16

Every file has a cipher key of its own (HKDF of the master key with the salt), so that chunk numbers can be nonces:
eleven bytes that count, and one that is 1 in the last chunk alone. Chunks that are moved, missing or cut off at the end
are noticed; this is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and
its Nonce-Reuse Misuse-Resistance, 2015).
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from ivr.privacy.keyfile import Key, KeyFileError, read, read_or_make
from ivr.privacy.seals import TAG_BYTES, Seal, UnsealError

MAGIC = b"XYSEAL\x00\x01"
#: Bytes of content in one chunk: four seconds of telephone sound.
CHUNK = 64 * 1024
_NAME_BYTES, _SALT_BYTES = 4, 16
_HEADER_BYTES = len(MAGIC) + _NAME_BYTES + _SALT_BYTES
_SEALED_CHUNK = CHUNK + TAG_BYTES
_PURPOSE = b"xiangyin sealed file"


class SealedFiles:
    """Seals with the newest key of a key file, and opens with any of them. Any thread may use it.

    Args:
        key_file: see `ivr.privacy.keyfile`; made when missing.

    Raises:
        KeyFileError: others may read the file, or it holds no key.
        OSError: it cannot be read or made.
    """

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        keys = read_or_make(key_file)
        self._newest = keys[0]
        self._keys = _by_name(keys)

    def keep(self, content: bytes, place: Path) -> None:
        """Write content sealed, whole or not at all; it is on the disk for good when this returns.

        Raises:
            OSError: the disk does not take it.
        """
        self._write(io.BytesIO(content), place)

    def seal(self, source: Path, place: Path) -> None:
        """Write a sealed copy of a file, as `keep` does; `place` may be the file itself. A sealed one is only copied.

        Raises:
            OSError: it cannot be read, or the disk does not take it.
        """
        with source.open("rb") as content:
            self._write(content, place)

    def open(self, file: Path) -> BinaryIO:
        """The content of a file, for reading from any place. A file that is not sealed is opened as it is.

        Reading raises UnsealError where the file was changed.

        Raises:
            OSError: it cannot be read.
            UnsealError: a key that we do not have sealed it.
        """
        raw = file.open("rb")
        try:
            header = raw.read(_HEADER_BYTES)
            if not header.startswith(MAGIC):
                raw.seek(0)
                return raw
            seal = self._seal_of(header)
            return cast(BinaryIO, io.BufferedReader(_Reader(raw, header, seal), CHUNK))
        except BaseException:
            raw.close()
            raise

    def read(self, file: Path) -> bytes:
        """All the content of a file. Errors are those of `open` and of reading."""
        with self.open(file) as opened:
            return opened.read()

    def _seal_of(self, header: bytes) -> Seal:
        name = header[len(MAGIC) : -_SALT_BYTES].hex()
        if name not in self._keys:
            # The key may have been made by `ivr keys rotate` while this process runs.
            self._keys = _by_name(self._read_again())
        if len(header) < _HEADER_BYTES or name not in self._keys:
            raise UnsealError("打不开：不是这把密钥封的 / sealed with a key that is not in the key file")
        return _seal(self._keys[name], header)

    def _read_again(self) -> list[Key]:
        try:
            return read(self._key_file)
        except KeyFileError as error:
            raise UnsealError(str(error)) from error

    def _write(self, content: BinaryIO, place: Path) -> None:
        draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                for piece in self._pieces(content):
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(place)
            _fsync_folder(place.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _pieces(self, content: BinaryIO) -> Iterator[bytes]:
        chunk = content.read(CHUNK)
        if chunk.startswith(MAGIC):
            while chunk:
                yield chunk
                chunk = content.read(CHUNK)
            return
        header = MAGIC + bytes.fromhex(self._newest.name) + secrets.token_bytes(_SALT_BYTES)
        seal = _seal(self._newest, header)
        yield header
        number = 0
        while True:
            following = content.read(CHUNK)
            yield seal.close_with(_nonce(number, last=not following), chunk, header)
            if not following:
                return
            chunk, number = following, number + 1


def is_sealed(file: Path) -> bool:
    """Whether a file is a sealed one.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


class _Reader(io.RawIOBase):
    """Reads the content of a sealed file, chunk by chunk. It owns the file."""

    def __init__(self, raw: BinaryIO, header: bytes, seal: Seal) -> None:
        self._raw = raw
        self._header = header
        self._seal = seal
        sealed = os.fstat(raw.fileno()).st_size - _HEADER_BYTES
        self._last = max(0, (sealed - 1) // _SEALED_CHUNK)
        self._size = sealed - (self._last + 1) * TAG_BYTES
        self._at = 0
        self._chunk: tuple[int, bytes] = (-1, b"")
        if self._size < 0 or (self._last and sealed - self._last * _SEALED_CHUNK <= TAG_BYTES):
            raise UnsealError("文件不完整 / the end of the file is missing")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            if self._size == 0:
                self._open(0)  # also an empty file says that it is whole
            return 0
        number, skip = divmod(self._at, CHUNK)
        content = self._open(number)[skip : skip + len(buffer)]
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _open(self, number: int) -> bytes:
        if self._chunk[0] != number:
            self._raw.seek(_HEADER_BYTES + number * _SEALED_CHUNK)
            sealed = self._raw.read(_SEALED_CHUNK)
            nonce = _nonce(number, last=number == self._last)
            self._chunk = (number, self._seal.open_with(nonce, sealed, self._header))
        return self._chunk[1]

    def close(self) -> None:
        self._raw.close()
        super().close()


def _seal(key: Key, header: bytes) -> Seal:
    return key.seal(_PURPOSE, salt=header[-_SALT_BYTES:])


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _by_name(keys: list[Key]) -> dict[str, Key]:
    return {key.name: key for key in keys}


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
