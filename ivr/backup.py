"""One archive of all that cannot be made again: journals, the call log, keys, menus, recordings, what callers left.

Models and rendered prompts are left out: they are installed and rendered again. SQLite files are copied with SQLite's
own online backup, so that a running gateway is no hindrance. The archive lists every file with its SHA-256, and a
restore checks them all before it puts anything in its place.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

#: What is made again, or belongs to the running processes.
LEFT_OUT = frozenset({"models", "prompts", "run", "demo"})
_CONTENTS = "CONTENTS.json"
_SQLITE = b"SQLite format 3\x00"
VERSION = 1


class BackupError(Exception):
    """The archive cannot be made or restored; the message says why, and nothing was changed."""


def make_backup(root: Path, archive: Path, *, with_keys: bool) -> int:
    """Write the archive, for the owner's eyes only.

    Args:
        root: the data folder.
        with_keys: whether the keys go in too. Whoever has archive and keys can read every number in it.

    Returns:
        How many files are in it.

    Raises:
        BackupError: there is nothing to back up.
        FileExistsError: the archive exists.
        OSError: something cannot be read or written.
    """
    left_out = LEFT_OUT if with_keys else LEFT_OUT | {"keys"}
    files = list(_files(root, left_out))
    if not files:
        raise BackupError(f"{root}: 没有可备份的 / nothing to back up")
    draft = archive.with_name(f".{archive.name}.draft")
    contents: dict[str, str] = {}
    if archive.exists():
        raise FileExistsError(f"{archive} 已经存在 / exists")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar:
            with TemporaryDirectory(dir=archive.parent) as scratch:
                for file in files:
                    name = file.relative_to(root).as_posix()
                    content = _copied(file, Path(scratch))
                    contents[name] = hashlib.sha256(content).hexdigest()
                    _add(tar, name, content, file.stat().st_mode & 0o777)
            facts = {"version": VERSION, "made_at": datetime.now(timezone.utc).isoformat(), "files": contents}
            _add(tar, _CONTENTS, json.dumps(facts, indent=1).encode(), 0o600)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(archive)
    finally:
        draft.unlink(missing_ok=True)
    return len(contents)


def restore(archive: Path, root: Path) -> int:
    """Put everything into a data folder that has none of it yet.

    Returns:
        How many files were restored.

    Raises:
        BackupError: the archive is damaged or not ours, or something of it is there already.
        OSError: something cannot be read or written.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            members = {member.name: member for member in tar.getmembers()}
            facts = json.loads(_read(tar, members, _CONTENTS))
            contents: dict[str, str] = facts["files"]
            if facts["version"] != VERSION:
                raise BackupError(f"{archive}: version {facts['version']}, {VERSION} is understood")
            _check(tar, members, contents, root)
            for name in contents:
                _put(root / name, _read(tar, members, name), members[name].mode)
    except (tarfile.TarError, EOFError, KeyError, ValueError) as error:
        raise BackupError(f"{archive}: 备份损坏 / damaged, or no backup of a gateway: {error}") from error
    return len(contents)


def _files(root: Path, left_out: frozenset[str]) -> Iterator[Path]:
    for entry in sorted(root.iterdir()) if root.is_dir() else ():
        if entry.name in left_out or entry.is_symlink():
            continue
        for file in [entry] if entry.is_file() else sorted(entry.rglob("*")):
            transient = file.name.endswith(("-wal", "-shm", "-journal", ".lock", ".draft"))
            if file.is_file() and not file.is_symlink() and not transient:
                yield file


def _copied(file: Path, scratch: Path) -> bytes:
    """The content; of a SQLite file, a consistent one with what is still in its write-ahead log."""
    with file.open("rb") as start:
        if start.read(len(_SQLITE)) != _SQLITE:
            start.seek(0)
            return start.read()
    copy = scratch / "copy.sqlite"
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy.read_bytes()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))


def _read(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str) -> bytes:
    stream = tar.extractfile(members[name])
    if stream is None:
        raise BackupError(f"{name}: 不是文件 / no file")
    with stream:
        return stream.read()


def _check(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], contents: dict[str, str], root: Path) -> None:
    for name, digest in contents.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise BackupError(f"{name}: 路径不在数据目录里 / leads out of the data folder")
        if (root / name).exists():
            raise BackupError(f"{root / name} 已经存在，请恢复到空目录 / exists: restore into an empty data folder")
        if hashlib.sha256(_read(tar, members, name)).hexdigest() != digest:
            raise BackupError(f"{name}: 内容与清单不符 / is not what the archive says it is")


def _put(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode & 0o700)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
