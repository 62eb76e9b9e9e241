"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

#: What a file is called while it is being written. Such a file that stays was left by a crash.
UNFINISHED = ".unfinished"


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` beside `path` and rename it there, so that a reader or a power cut never meets half a file.

    The folder must exist. Raises OSError (disk full, no permission); nothing is left behind then.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
