"""Parts of files (RFC 9110, section 14), so that a player can jump. A part is never larger than a player needs next."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import BinaryIO

_LONGEST_PART = 1 << 20
_RANGE = re.compile(r"^bytes=(\d{1,15})-(\d{0,15})$")


@dataclass(frozen=True)
class Part:
    """What is sent of a file.

    Attributes:
        status: 200 for all of it, 206 for a part, 416 for a part that does not exist.
        content_range: the header of that name; empty for all of it.
    """

    status: int
    body: bytes
    content_range: str = ""


def part_of(file: BinaryIO, wanted: str) -> Part:
    """The part of a file that a Range header wants; all of it without one, or with one that we do not know.

    The file is closed.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is sealed, and was changed.
    """
    match = _RANGE.match(wanted)
    with file as opened:
        if match is None:
            return Part(200, opened.read())
        size = opened.seek(0, os.SEEK_END)
        first, last = int(match[1]), int(match[2]) if match[2] else size - 1
        last = min(last, size - 1, first + _LONGEST_PART - 1)
        if first > last:
            return Part(416, b"", f"bytes */{size}")
        opened.seek(first)
        return Part(206, opened.read(last - first + 1), f"bytes {first}-{last}/{size}")
