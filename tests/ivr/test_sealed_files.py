"""Sealed files: what comes out is what went in, from any place, or an error."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.privacy import SealedFiles, UnsealError
from ivr.privacy.keyfile import rotate
from ivr.privacy.sealed_files import CHUNK, MAGIC
from ivr.privacy.seals import CIPHERS

HEADER, TAG = 28, 16
#: Around the borders of chunks.
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7)


def content_of(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(range(size % 251))


@pytest.fixture
def files(tmp_path: Path) -> SealedFiles:
    return SealedFiles(tmp_path / "keys" / "caller.key")


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_is_read_again(files: SealedFiles, tmp_path: Path, size: int) -> None:
    content, place = content_of(size), tmp_path / "a.wav"
    files.keep(content, place)
    assert files.read(place) == content
    assert place.read_bytes().startswith(MAGIC)
    assert len(place.read_bytes()) == HEADER + size + TAG * max(1, -(-size // CHUNK))
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "keys"], "no draft stays"


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_player_may_begin_anywhere(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    files, place = SealedFiles(folder / "seek.key"), folder / "seek.wav"
    content = content_of(2 * CHUNK + 100)
    if not place.exists():
        files.keep(content, place)
    with files.open(place) as opened:
        for _ in range(3):
            first = data.draw(st.integers(0, len(content) + 10))
            length = data.draw(st.integers(0, CHUNK + 10))
            opened.seek(first)
            assert opened.read(length) == content[first : first + length]
        assert opened.seek(0, os.SEEK_END) == len(content)


@pytest.mark.parametrize("size", [100, 2 * CHUNK, 2 * CHUNK + 5])
def test_no_change_goes_unnoticed(files: SealedFiles, tmp_path: Path, size: int) -> None:
    place = tmp_path / "a.wav"
    files.keep(content_of(size), place)
    sealed = place.read_bytes()
    for at in {len(MAGIC), 12, HEADER - 1, HEADER, len(sealed) // 2, len(sealed) - 1}:
        place.write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(UnsealError):
            files.read(place)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_is_cut_off_is_never_taken_for_whole(files: SealedFiles, tmp_path: Path, size: int) -> None:
    place = tmp_path / "a.wav"
    files.keep(content_of(size), place)
    sealed = place.read_bytes()
    chunk = CHUNK + TAG
    ends = {len(MAGIC), HEADER - 1, HEADER, HEADER + TAG - 1, HEADER + chunk, HEADER + chunk + TAG, len(sealed) - 1}
    for end in sorted(end for end in ends if end < len(sealed)):
        place.write_bytes(sealed[:end])
        with pytest.raises(UnsealError):
            files.read(place)


def test_chunks_cannot_change_places(files: SealedFiles, tmp_path: Path) -> None:
    place, chunk = tmp_path / "a.wav", CHUNK + TAG
    files.keep(content_of(3 * CHUNK), place)
    sealed = place.read_bytes()
    first, second = sealed[HEADER : HEADER + chunk], sealed[HEADER + chunk : HEADER + 2 * chunk]
    place.write_bytes(sealed[:HEADER] + second + first + sealed[HEADER + 2 * chunk :])
    with pytest.raises(UnsealError):
        files.read(place)


def test_the_same_content_never_looks_the_same(files: SealedFiles, tmp_path: Path) -> None:
    for name in "ab":
        files.keep(b"RIFF" * 100, tmp_path / name)
    assert (tmp_path / "a").read_bytes()[HEADER:] != (tmp_path / "b").read_bytes()[HEADER:]
    assert b"RIFF" not in (tmp_path / "a").read_bytes()


@pytest.mark.parametrize("cipher", sorted(CIPHERS))
def test_keys_may_change_while_processes_run(tmp_path: Path, cipher: str) -> None:
    key_file = tmp_path / "caller.key"
    console = SealedFiles(key_file)
    console.keep(b"old", tmp_path / "old.wav")
    new = rotate(key_file, cipher)
    SealedFiles(key_file).keep(b"new", tmp_path / "new.wav")
    assert bytes.fromhex(new.name) in (tmp_path / "new.wav").read_bytes()[:HEADER]
    assert console.read(tmp_path / "new.wav") == b"new", "a process that started before finds the key"
    assert SealedFiles(key_file).read(tmp_path / "old.wav") == b"old"


def test_another_key_file_opens_nothing(files: SealedFiles, tmp_path: Path) -> None:
    files.keep(b"RIFF", tmp_path / "a.wav")
    with pytest.raises(UnsealError):
        SealedFiles(tmp_path / "other.key").open(tmp_path / "a.wav")


def test_plain_files_of_old_are_read_and_can_be_sealed_in_their_place(files: SealedFiles, tmp_path: Path) -> None:
    place = tmp_path / "a.wav"
    place.write_bytes(b"RIFF plain")
    assert files.read(place) == b"RIFF plain"
    files.seal(place, place)
    sealed = place.read_bytes()
    assert b"plain" not in sealed and files.read(place) == b"RIFF plain"
    files.seal(place, place)
    assert place.read_bytes() == sealed, "nothing is sealed twice"


def test_what_cannot_be_written_leaves_what_was_there(files: SealedFiles, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("")
    with pytest.raises(OSError):
        files.keep(b"RIFF", tmp_path / "folder" / "a.wav")
    assert (tmp_path / "folder").read_text() == ""
