"""The words of a Vosk model, read from files that are made here as OpenFst and Kaldi write them."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from speech.models.catalogue import VOSK_SMALL_KO
from speech.models.store import MANIFEST, digest
from speech.recognisers.base import RecogniserError
from speech.recognisers.choice import installed_dictionaries
from speech.recognisers.dictionary import Dictionary

WORDS = ["<eps>", "[unk]", "办", "办件", "查", "进度", "社保", "卡"]


def text(written: str) -> bytes:
    encoded = written.encode()
    return struct.pack("<i", len(encoded)) + encoded


def transducer(words: Sequence[str], flags: int = 3) -> bytes:
    """The beginning of `Gr.fst`, with some of what follows."""
    head = (
        struct.pack("<i", 2125659606) + text("ngram") + text("standard") + struct.pack("<iiQqqq", 4, flags, 0, 1, 9, 0)
    )
    table = struct.pack("<i", 2125658996) + text("words.txt") + struct.pack("<qq", len(words), len(words))
    symbols = b"".join(text(word) + struct.pack("<q", number) for number, word in enumerate(words))
    return head + table + symbols + b"\xff" * 64


def put_dictionary(models: Path, words: Sequence[str]) -> None:
    """The dictionary of an installed Korean model, without the model."""
    folder = models / VOSK_SMALL_KO.name
    (folder / "graph").mkdir(parents=True)
    graph = folder / "graph" / "Gr.fst"
    graph.write_bytes(transducer(words))
    files = {"graph/Gr.fst": {"size": graph.stat().st_size, "sha256": digest(graph)}}
    (folder / MANIFEST).write_text(json.dumps({"files": files}), encoding="utf-8")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "graph").mkdir()
    return tmp_path


@pytest.fixture(params=["words.txt", "Gr.fst"])
def chinese(request: pytest.FixtureRequest, model: Path) -> Dictionary:
    if request.param == "words.txt":
        lines = [f"{word} {number}\n" for number, word in enumerate(WORDS)]
        (model / "graph" / "words.txt").write_text("".join(lines), "utf-8")
    else:
        (model / "graph" / "Gr.fst").write_bytes(transducer(WORDS))
    return Dictionary(model, "zh")


def test_the_words_are_those_of_the_model(chinese: Dictionary) -> None:
    assert chinese.words == frozenset(WORDS)


@pytest.mark.parametrize(
    ("phrase", "unknown"),
    [
        ("查办件进度", ()),
        ("查社保卡", ()),
        ("查奰屃", ("奰", "屃")),
        ("(查|办)[奰]社保", ("奰",)),
        ("查，办件！", ()),
        ("(查", ()),
        ("", ()),
    ],
)
def test_what_is_never_heard_is_told(chinese: Dictionary, phrase: str, unknown: tuple[str, ...]) -> None:
    assert chinese.unknown(phrase) == unknown


def test_other_languages_have_blanks_between_words(tmp_path: Path) -> None:
    put_dictionary(tmp_path, ["연금", "보험"])
    assert installed_dictionaries(tmp_path)["ko"].unknown("연금 보험 돌아가기") == ("돌아가기",)


def test_what_is_not_installed_has_no_dictionary(tmp_path: Path) -> None:
    assert installed_dictionaries(tmp_path) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no transducer at all, only text",
        transducer(WORDS, flags=0),
        transducer(WORDS)[:80],
        transducer(WORDS)[: -64 - 12],
        transducer(["x"]).replace(b"\x01\x00\x00\x00x", b"\xff\xff\xff\x7fx"),
        transducer(["x"]).replace(b"\x01\x00\x00\x00x", b"\x01\x00\x00\x00\xff"),
    ],
    ids=range(7),
)
def test_a_broken_file_is_told(model: Path, content: bytes) -> None:
    (model / "graph" / "Gr.fst").write_bytes(content)
    with pytest.raises(RecogniserError, match=str(model)):
        Dictionary(model, "zh").unknown("查")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecogniserError):
        Dictionary(tmp_path, "zh").unknown("查")
