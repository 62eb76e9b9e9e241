"""How others know that the writer of a journal still lives: it holds a lock on its newest file, and the kernel drops
the lock with the process, however that ends. A process id could be somebody else's by now, or of another container.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ivr.call.journal_lines import JournalFile, journal_path


def hold(descriptor: int) -> None:
    """Hold the lock until the descriptor is closed. A writer locks a new file before it leaves the old one."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of this file. A file that is gone is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def writer_is_gone(files: Sequence[JournalFile]) -> bool:
    """Whether the process that wrote these files has ended.

    Args:
        files: all files of one run, oldest first. The order matters: a writer that moves to the next file while this
            looks is met at one of them, or has begun one that is not in the list.
    """
    if any(is_held(file.path) for file in files):
        return False
    last = files[-1]
    return not journal_path(last.path.parent, last.run, last.number + 1).exists()


@contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Yield whether the lock of this file, made if missing, is ours alone. It is given back with the context."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        alone = False
    else:
        alone = True
    try:
        yield alone
    finally:
        os.close(descriptor)
