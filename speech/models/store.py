"""What is installed: one folder per model below the models folder, with a manifest of what came in it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from speech.models.model import Model

MANIFEST = "manifest.json"

State = Literal["installed", "broken", "missing"]


@dataclass(frozen=True)
class Fault:
    """A file that is not what it should be.

    Attributes:
        path: path below the models folder.
        what: `missing`, `wrong size` or `wrong content`.
    """

    path: str
    what: str


def digest(path: Path, told: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 of a file, hexadecimal. `told` hears the number of bytes of each step."""
    content = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            content.update(block)
            told(len(block))
    return content.hexdigest()


class ModelStore:
    """The models folder.

    Attributes:
        directory: the folder that holds one folder per model.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def folder(self, name: str) -> Path:
        """Where the model lies, or would lie."""
        return self.directory / name

    def state(self, model: Model) -> State:
        """Whether the model can be used. Looks at names and sizes only, so that it costs microseconds."""
        if not self.folder(model.name).is_dir():
            return "missing"
        return "broken" if self._faults(model, by_content=False) else "installed"

    def verify(self, model: Model) -> list[Fault]:
        """What is wrong with an installed model, by content. Empty: everything is as it was published."""
        return self._faults(model, by_content=True)

    def remove(self, name: str) -> bool:
        """Delete a model. False if it was not there. Raises OSError."""
        folder = self.folder(name)
        if not folder.exists():
            return False
        # Renamed first: whoever looks sees a whole model or none.
        doomed = self.directory / f".removed-{name}"
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        shutil.rmtree(doomed)
        return True

    def _faults(self, model: Model, *, by_content: bool) -> list[Fault]:
        expected = {file.path: (file.size, file.sha256) for file in model.files} or self._manifest(model.name)
        if not expected:
            return [Fault(f"{model.name}/{MANIFEST}", "missing")]
        faults = []
        for path, (size, sha256) in expected.items():
            file = self.folder(model.name) / path
            if not file.is_file():
                faults.append(Fault(f"{model.name}/{path}", "missing"))
            elif file.stat().st_size != size:
                faults.append(Fault(f"{model.name}/{path}", "wrong size"))
            elif by_content and digest(file) != sha256:
                faults.append(Fault(f"{model.name}/{path}", "wrong content"))
        return faults

    def _manifest(self, name: str) -> dict[str, tuple[int, str]]:
        """Path to size and digest, as written when the model was unpacked; empty if it cannot be read."""
        try:
            data = json.loads((self.folder(name) / MANIFEST).read_text(encoding="utf-8"))
            return {str(path): (int(entry["size"]), str(entry["sha256"])) for path, entry in data["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}


def write_manifest(folder: Path, model: Model) -> None:
    """Write down what lies in `folder`, so that it can be verified later."""
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": digest(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    content = {"model": model.name, "licence": model.licence, "home": model.home, "files": files}
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
