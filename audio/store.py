"""The store of rendered prompts: what was said once is never rendered again.

Content-addressed: the key of a prompt is the SHA-256 of everything that decides how it sounds. Under the root,
`ab/cd/abcd….wav` is the sound and `ab/cd/abcd….json` says what it is, for people who look; the program never reads it.
Files appear whole or not at all, the WAV last, so several processes may share a store without locks.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio import wav
from audio.files import UNFINISHED, write_atomically
from audio.pcm import Pcm

_KEY = re.compile(r"[0-9a-f]{64}")
#: An unfinished file older than this belongs to no process that still runs.
_ABANDONED_AFTER_SECONDS = 3600


@dataclass(frozen=True)
class StoreSize:
    """Attributes:
    prompts: how many there are.
    bytes: what their files take together.
    """

    prompts: int
    bytes: int


def key_of(decides: Mapping[str, Any]) -> str:
    """The key of a prompt: 64 hex digits, the SHA-256 of the canonical JSON of what decides its sound.

    Name everything: text, language, engine and its version, voice, pace. Order does not matter. Raises TypeError or
    ValueError for what JSON cannot say (NaN among them).
    """
    canonical = json.dumps(decides, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


class PromptStore:
    """Rendered prompts under one folder, which is made when the first one comes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, key: str) -> Path:
        """Where the prompt is or would be. Raises ValueError for what is not a key."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"not the key of a prompt: {key!r}")
        return self.root / key[:2] / key[2:4] / f"{key}.wav"

    def find(self, key: str) -> Path | None:
        """The WAV file, or None if it was not rendered yet."""
        path = self.path_of(key)
        return path if path.is_file() else None

    def put(self, key: str, pcm: Pcm, described: Mapping[str, Any]) -> Path:
        """Keep a prompt and give its WAV file. Raises OSError (disk full, no permission).

        `described` goes into the file beside it as readable JSON: leave out of it what nobody may read.
        """
        path = self.path_of(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(described, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(path.with_suffix(".json"), f"{text}\n".encode())
        wav.write(path, pcm)
        return path

    def size(self) -> StoreSize:
        prompts = total = 0
        for path in self._files():
            prompts += path.suffix == ".wav"
            total += _size_of(path)
        return StoreSize(prompts, total)

    def remove_unused(self, keys: Set[str]) -> int:
        """Remove every prompt whose key is not among `keys`, and what crashes left behind; how many prompts went.

        A file that is being played stays readable until its player closes it (POSIX).
        """
        removed = 0
        abandoned_before = time.time() - _ABANDONED_AFTER_SECONDS
        for path in list(self._files()):
            if path.name.endswith(UNFINISHED):
                if _modified_at(path) < abandoned_before:
                    path.unlink(missing_ok=True)
            elif path.stem not in keys:
                path.unlink(missing_ok=True)
                removed += path.suffix == ".wav"
        return removed

    def _files(self) -> Iterator[Path]:
        """Only files of ours: what someone else put under the root is neither counted nor removed."""
        for path in self.root.glob("??/??/*"):
            ours = path.suffix in (".wav", ".json") and _KEY.fullmatch(path.stem)
            if ours or path.name.endswith(UNFINISHED):
                yield path


def _size_of(path: Path) -> int:
    """Zero for a file that another process has just removed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _modified_at(path: Path) -> float:
    """Now, for a file that another process has just finished and renamed."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
