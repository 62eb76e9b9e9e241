"""The published menus on this machine: calls are served from here, whether or not the database is there.

    <data>/menus/current.json            which revision, and who published it
    <data>/menus/<revision>/*.yaml       its files

Whoever publishes writes it here at once; on other machines `ivr ship` does when it sees the publication in the
database. Whoever reads finds either the old revision or the new one, never half of one.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

#: Revisions that stay on the disk.
_KEPT = 5
_POINTER = "current.json"
_LOCK = ".lock"


@dataclass(frozen=True)
class Served:
    """Which revision gateways on this machine serve.

    Attributes:
        number: of the publication.
        published_at: ISO 8601.
    """

    number: int
    revision: str
    published_at: str
    who: str
    why: str


class LocalCopy:
    """The published menus in the data folder of this machine.

    Args:
        folder: made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def served(self) -> Served | None:
        """What is published as far as this machine knows; None when nothing is, or the pointer cannot be read."""
        try:
            return Served(**json.loads((self._folder / _POINTER).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def files_of(self, served: Served) -> Path:
        """The folder with the files of a revision."""
        return self._folder / served.revision

    def mark(self) -> tuple[int, int] | None:
        """Changes whenever something else is served; costs one look at a file."""
        try:
            status = (self._folder / _POINTER).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else on this machine changes what is served meanwhile. Who reads is not kept waiting.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def take(self, served: Served, files: Mapping[str, str]) -> None:
        """Serve this revision from now on.

        Raises:
            OSError: it cannot be written; what was served before still is.
        """
        wrong = [name for name in (served.revision, *files) if Path(name).name != name]
        if wrong:
            raise OSError(f"not the name of a file: {wrong[0]!r}")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_files(self.files_of(served), files)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".current")
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(asdict(served), out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(self._folder / _POINTER)
        self._remove_old(served.revision)

    def _write_files(self, folder: Path, files: Mapping[str, str]) -> None:
        """All of them or none: they are written elsewhere and moved."""
        if folder.is_dir() and _texts(folder) == dict(files):
            folder.touch()
            return
        new = Path(tempfile.mkdtemp(dir=self._folder, prefix=".new"))
        for name, text in files.items():
            (new / name).write_text(text, "utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)

    def _remove_old(self, current: str) -> None:
        folders = [path for path in self._folder.iterdir() if path.is_dir() and path.name != current]
        for path in sorted(folders, key=lambda path: path.stat().st_mtime)[: -_KEPT or None]:
            shutil.rmtree(path, ignore_errors=True)


def _texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}
