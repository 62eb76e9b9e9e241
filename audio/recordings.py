"""Human recordings, which are heard in place of a voice engine as long as they say what the menu says.

Under the root each language has a folder, such as `zh/`, with WAV files and an `index.tsv` that says what each of
them says: two columns, `file` and `text`, UTF-8. When a menu's text changes, its recording no longer matches and the
voice engine speaks until someone has recorded the new words.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audio import wav

INDEX = "index.tsv"

_log = logging.getLogger(__name__)
_Version = tuple[int, int]

# Marks that NFKC leaves as they are, though people type one for the other.
_MARKS = str.maketrans({"。": ".", "、": ",", "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-"})
_SPACE_THAT_SAYS_NOTHING = re.compile(r"(?<![0-9A-Za-z]) | (?![0-9A-Za-z])")


@dataclass(frozen=True)
class _Index:
    """Attributes:
    version: what the index file was like when it was read; None where there is none.
    files: file names by normalised text.
    """

    version: _Version | None
    files: dict[str, str]


def normalise(text: str) -> str:
    """Text in which only a difference that can be heard is a difference.

    Full-width marks and letters become half-width, runs of white space one space, and a space next to anything but a
    letter or digit of the Latin script goes: `请按 1，谢谢。` and `请按1,谢谢.` are the same.
    """
    narrow = unicodedata.normalize("NFKC", text).translate(_MARKS)
    return _SPACE_THAT_SAYS_NOTHING.sub("", " ".join(narrow.split()))


@dataclass(frozen=True)
class Recording:
    """What an index says of a recording.

    Attributes:
        language: the folder that it is in.
        file: name of the file in that folder.
        text: what it says.
    """

    language: str
    file: str
    text: str


def recordings_in(root: Path) -> list[Recording]:
    """Everything that the indexes below a folder list, by language and in their order."""
    indexes = sorted(root.glob(f"*/{INDEX}"))
    return [Recording(index.parent.name, name, text) for index in indexes for _, name, text in _rows(index)]


class Recordings:
    """The recordings under one folder. An index that changes on disk is read again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._indexes: dict[str, _Index] = {}
        self._usable: dict[Path, tuple[_Version | None, bool]] = {}

    def find(self, text: str, language: str) -> Path | None:
        """The recording of exactly this text, or None.

        None also where the file is missing or broken; that is logged as a warning, once until the file changes. Take
        the file as it is only if `wav.is_for_telephone`; else it goes through `telephone.for_telephone` into the store.
        """
        folder = self.root / language
        name = self._index_of(folder, language).files.get(normalise(text))
        if name is None or not self._is_usable(folder / name):
            return None
        return folder / name

    def _index_of(self, folder: Path, language: str) -> _Index:
        path = folder / INDEX
        version = _version_of(path)
        known = self._indexes.get(language)
        if known is None or known.version != version:
            known = _Index(version, _read_index(path) if version else {})
            self._indexes[language] = known
        return known

    def _is_usable(self, path: Path) -> bool:
        version = _version_of(path)
        known = self._usable.get(path)
        if known is None or known[0] != version:
            known = (version, _can_be_read(path))
            self._usable[path] = known
        return known[1]


def _version_of(path: Path) -> _Version | None:
    """Changes when the file does; None if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _can_be_read(path: Path) -> bool:
    try:
        wav.read(path)
    except wav.BadAudio as problem:
        _log.warning("recording is not used: %s", problem)
        return False
    return True


def _read_index(path: Path) -> dict[str, str]:
    """File names by normalised text; what is wrong is logged and left out."""
    files: dict[str, str] = {}
    for number, name, text in _rows(path):
        if normalise(text) in files:
            _log.warning("%s:%d: this text has a recording already: %s", path, number, files[normalise(text)])
            continue
        files[normalise(text)] = name
    return files


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line number, file and text of every row of an index; what is wrong is logged and left out."""
    try:
        # Spreadsheets put a byte order mark first.
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        _log.warning("recordings are not used: %s: %s", path, problem)
        return
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells) or cells == ["file", "text"]:
            continue
        if len(cells) != 2 or not all(cells) or Path(cells[0]).name != cells[0]:
            _log.warning("%s:%d: should be the name of a file in this folder, a tab, and its text", path, number)
            continue
        yield number, cells[0], cells[1]
