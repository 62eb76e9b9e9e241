"""The words that a Vosk model has, read from its files: in a fraction of a second, without loading the model.

A model with one large graph has them as text in `graph/words.txt`, one word and its number a line. A small model has
them in the header of its grammar `graph/Gr.fst`, as OpenFst writes a symbol table into a transducer (`FstHeader::Read`
in `fst.cc` and `SymbolTableImpl::Read` in `symbol-table.cc` of OpenFst 1.8); all numbers are little-endian.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from speech.matching.templates import TemplateError, wordings
from speech.recognisers.base import RecogniserError

_FST_MAGIC, _SYMBOLS_MAGIC = 2125659606, 2125658996
#: Flag of the header: a table of input symbols follows; it is the same as the one of output symbols.
_HAS_SYMBOLS = 1


class Dictionary:
    """The words of an installed model.

    Args:
        folder: of the model.
        language: code of what it hears.
    """

    def __init__(self, folder: Path, language: str) -> None:
        self._folder = folder
        self._language = language

    @cached_property
    def words(self) -> frozenset[str]:
        """All of them. Raises RecogniserError when they cannot be read."""
        text, graph = self._folder / "graph" / "words.txt", self._folder / "graph" / "Gr.fst"
        try:
            if text.exists():
                return frozenset(line.partition(" ")[0] for line in text.read_text("utf-8").splitlines())
            return frozenset(_symbols(graph))
        except (OSError, ValueError, struct.error) as error:
            raise RecogniserError(f"{self._folder}: its words cannot be read: {error}") from error

    def unknown(self, phrase: str) -> tuple[str, ...]:
        """The words of a phrase that are never heard; none for a phrase that is no template (`wordings`).

        Raises:
            RecogniserError: see `words`.
        """
        try:
            meant = wordings(phrase)
        except TemplateError:
            return ()
        found = (word for wording in meant for word in words_of(wording, self._language, self.words.__contains__))
        return tuple(dict.fromkeys(word for word in found if word not in self.words))


def words_of(phrase: str, language: str, knows: Callable[[str], bool]) -> list[str]:
    """A phrase in words of a dictionary where that is possible; Chinese is written without blanks between them."""
    plain = "".join(char if char.isalnum() or char == "'" else " " for char in phrase.lower())
    if language != "zh":
        return plain.split()
    return [word for run in plain.split() for word in _cut(run, knows)]


def _cut(run: str, knows: Callable[[str], bool]) -> Iterator[str]:
    """Longest known words first, from the left; a character that no known word begins with stands alone."""
    place = 0
    while place < len(run):
        ends = range(len(run), place, -1)
        end = next((end for end in ends if knows(run[place:end])), place + 1)
        yield run[place:end]
        place = end


def _symbols(graph: Path) -> Iterator[str]:
    """The symbols in the header of a transducer."""
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        magic, place = _numbers("<i", data, 0)
        if magic[0] != _FST_MAGIC:
            raise ValueError("no transducer of OpenFst")
        _, place = _text(data, place)
        _, place = _text(data, place)
        (_, flags, *_), place = _numbers("<iiQqqq", data, place)
        magic, place = _numbers("<i", data, place)
        if not flags & _HAS_SYMBOLS or magic[0] != _SYMBOLS_MAGIC:
            raise ValueError("no symbols in it")
        _, place = _text(data, place)
        (_, count), place = _numbers("<qq", data, place)
        yield from _table(data[place:], count)


def _table(data: bytes, count: int) -> Iterator[str]:
    """The texts of a table: each has its length before it and its number (8 bytes) behind it."""
    length_at = struct.Struct("<I").unpack_from
    place = 0
    for _ in range(count):
        start = place + 4
        end = start + length_at(data, place)[0]
        yield data[start:end].decode("utf-8")
        place = end + 8


def _numbers(form: str, data: mmap.mmap, place: int) -> tuple[tuple[int, ...], int]:
    """Numbers, and the place behind them."""
    return struct.unpack_from(form, data, place), place + struct.calcsize(form)


def _text(data: mmap.mmap, place: int) -> tuple[bytes, int]:
    """A text with its length before it, and the place behind it."""
    (length,), start = _numbers("<I", data, place)
    return data[start : start + length], start + length
