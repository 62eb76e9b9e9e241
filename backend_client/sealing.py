"""How what callers left is kept from those who hold the disk without the key. The keys are not ours: see `Sealing`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class Sealing(Protocol):
    """Seals texts and files, and opens them again; also what was kept before anything was sealed.

    Opening raises ValueError where the key is missing, or where something was changed.
    """

    def close_text(self, text: str) -> str: ...

    def open_text(self, kept: str) -> str: ...

    def keep(self, content: bytes, place: Path) -> None:
        """Write a file, whole; it is on the disk for good when this returns.

        Raises:
            OSError: the disk does not take it.
        """

    def read(self, place: Path) -> bytes:
        """The content of a file.

        Raises:
            OSError: it cannot be read.
        """


class Unsealed:
    """Keeps everything as it is: for tests, and for whoever seals the whole disk."""

    def close_text(self, text: str) -> str:
        return text

    def open_text(self, kept: str) -> str:
        return kept

    def keep(self, content: bytes, place: Path) -> None:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self, place: Path) -> bytes:
        return place.read_bytes()


UNSEALED: Sealing = Unsealed()
