"""What is fuzzed by coverage: each target takes any bytes, and lets nothing out but errors of its own code."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio.dtmf import DtmfDetector
from backend_client.connectors.answering import read_answer
from backend_client.connectors.mapping import CsvSource, Mapping, MappingError, SoapSource, load_mapping
from backend_client.errors import BackendError
from menus.loader import check_menus
from speech.wire import MOST_JSON, WireError, read_event
from tests.system.running import ROOT
from tests.system.wire import tone

_EXAMPLES = ROOT / "backend_client" / "connectors" / "examples"
_KEYS = "0123456789*#ABCD"
#: Bytes of a menu file; more of them only takes longer.
_LONGEST_MENU = 16_384


@dataclass(frozen=True)
class Target:
    """One thing that reads what strangers wrote.

    Attributes:
        instrumented: packages whose coverage guides the fuzzer.
        seeds: inputs to begin with, besides the corpus that is kept.
        take: reads any bytes; what it raises is a defect.
    """

    name: str
    instrumented: tuple[str, ...]
    seeds: Callable[[], Iterator[bytes]]
    take: Callable[[bytes], None]


def take_menus(data: bytes) -> None:
    """A menu file: every problem is told, none is raised."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tree.yaml"
        file.write_bytes(data[:_LONGEST_MENU])
        for problem in check_menus(file).problems:
            str(problem)


def take_connectors(data: bytes) -> None:
    """The first byte chooses: a mapping of an office, or what a department answers to a shipped mapping."""
    kinds = sorted(_EXAMPLES.glob("*.yaml"))
    kind, rest = data[:1], data[1:]
    which = kind[0] % (len(kinds) + 1) if kind else 0
    try:
        if which == len(kinds):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "mapping.yaml"
                file.write_bytes(rest)
                _answer(load_mapping(file), b"{}")
        else:
            _answer(_mapping(kinds[which]), rest)
    except (MappingError, BackendError):
        return


def take_wyoming(data: bytes) -> None:
    """A stream of events of a speech worker that is not ours."""

    async def read() -> None:
        reader = asyncio.StreamReader(limit=MOST_JSON)
        reader.feed_data(data)
        reader.feed_eof()
        while await read_event(reader) is not None:
            pass

    try:
        asyncio.run(read())
    except WireError:
        return


def take_dtmf(data: bytes) -> None:
    """Sound in pieces of any length: only keys come out, and the pieces do not matter."""
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
    piece = 1 + (data[0] if data else 0) * 4
    whole, pieces = DtmfDetector(), DtmfDetector()
    found = [key.digit for key in whole.feed(samples)]
    parts = [key.digit for at in range(0, len(samples), piece) for key in pieces.feed(samples[at : at + piece])]
    assert all(digit in _KEYS for digit in found), found
    assert found == parts, (found, parts)


def _answer(mapping: Mapping, body: bytes) -> None:
    arguments = {"number": "P2026001", "phone": "13912345678", "kind": "power_outage", "township": "qingshan"}
    for operation in mapping.operations:
        answer = read_answer(mapping, operation, body, arguments)
        json.dumps(answer, ensure_ascii=False)


_mappings: dict[Path, Mapping] = {}


def _mapping(file: Path) -> Mapping:
    if file not in _mappings:
        _mappings[file] = load_mapping(file)
    return _mappings[file]


def _menu_seeds() -> Iterator[bytes]:
    for folder in (ROOT / "tests" / "menus" / "bad", ROOT / "menus" / "trees"):
        for file in sorted(folder.glob("*.yaml")):
            yield file.read_bytes()[:_LONGEST_MENU]


def _connector_seeds() -> Iterator[bytes]:
    files = sorted(_EXAMPLES.glob("*.yaml"))
    for which, file in enumerate(files):
        yield bytes([len(files)]) + file.read_bytes()
        mapping = load_mapping(file)
        for operation in mapping.operations.values():
            for example in operation.examples:
                yield bytes([which]) + example.says.encode()
        if isinstance(mapping.source, CsvSource | SoapSource):
            yield bytes([which]) + b"\xef\xbb\xbfa,b\n1,2\n"


def _wyoming_seeds() -> Iterator[bytes]:
    yield b'{"type": "describe"}\n'
    yield b'{"type": "audio-chunk", "data_length": 30, "payload_length": 4}\n{"rate": 8000, "width": 2    }abcd'
    yield b'{"type": "transcript", "data": {"text": "\\u4f60\\u597d"}}\n' * 3


def _dtmf_seeds() -> Iterator[bytes]:
    silence = np.zeros(800, np.int16)
    for digit in "159D":
        yield np.concatenate([silence, tone(digit, 0.08), silence]).astype("<i2").tobytes()


TARGETS = {
    target.name: target
    for target in (
        Target("menus", ("menus",), _menu_seeds, take_menus),
        Target("connectors", ("backend_client.connectors",), _connector_seeds, take_connectors),
        Target("wyoming", ("speech.wire", "asyncio.streams"), _wyoming_seeds, take_wyoming),
        Target("dtmf", ("audio.dtmf",), _dtmf_seeds, take_dtmf),
    )
}
