"""Reading journals back: whole, torn, spoiled and foreign lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.call.journal_lines import (
    BadLineError,
    decode_line,
    encode_lines,
    journal_files,
    journal_path,
    read_journal,
)
from ivr.call.ports import Record
from tests.ivr.call.test_journal import START


def line_bytes(number: int = 1, text: str = "x") -> bytes:
    return encode_lines("c1", [Record("fact", "f", {"text": text})], number, START)


class TestReading:
    def test_in_parts(self, tmp_path: Path) -> None:
        path = tmp_path / "j"
        path.write_bytes(b"".join(line_bytes(number) for number in range(1, 101)))
        seqs: list[int] = []
        offset = 0
        while True:
            part = read_journal(path, offset, most_bytes=300)
            if part.offset == offset:
                break
            seqs += [line.seq for line in part.lines]
            offset = part.offset
        assert seqs == list(range(1, 101))
        assert offset == path.stat().st_size

    def test_a_line_longer_than_a_part_is_read_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "j"
        path.write_bytes(line_bytes(1, "长" * 5000) + line_bytes(2))
        part = read_journal(path, most_bytes=64)
        assert part.lines[0].data == {"text": "长" * 5000}
        assert read_journal(path, part.offset, most_bytes=64, ended=True).lines[0].seq == 2

    @pytest.mark.parametrize("ended", [False, True])
    def test_every_torn_end_is_left_alone_or_counted(self, tmp_path: Path, ended: bool) -> None:
        path = tmp_path / "j"
        whole, second = line_bytes(1), line_bytes(2)
        for cut in range(1, len(second)):
            path.write_bytes(whole + second[:cut])
            part = read_journal(path, ended=ended)
            complete_but_newline = cut == len(second) - 1
            if not ended:
                assert ([line.seq for line in part.lines], part.garbage, part.offset) == ([1], (), len(whole))
            elif complete_but_newline:
                assert [line.seq for line in part.lines] == [1, 2]
            else:
                assert ([line.seq for line in part.lines], part.garbage) == ([1], (len(whole),))
                assert part.offset == len(whole) + cut

    @pytest.mark.parametrize(
        "garbage",
        [
            b"",
            b"\x00\x00\x00",
            b"{",
            b"null",
            b"[]",
            b'"text"',
            b"{}",
            b"\xff\xfe",
            b"[" * 100_000,
            b"1" * 10_000,
            line_bytes().replace(b'"v":1', b'"v":2').strip(),
            line_bytes().replace(b'"seq":1', b'"seq":true').strip(),
            line_bytes().replace(b'"seq":1', b'"seq":"1"').strip(),
            line_bytes().replace(b'"fact"', b'"fiction"').strip(),
            line_bytes().replace(b'"call":"c1"', b'"call":""').strip(),
            line_bytes().replace(b'"call":"c1"', b'"call":"a b"').strip(),
            line_bytes().replace(b"2026-11", b"2026-13").strip(),
            line_bytes().replace(b"2026-11-22T02:00:00.123456+00:00", b"0001-01-01T00:00:00+14:00").strip(),
            line_bytes().replace(b'"data":{"text":"x"}', b'"data":[]').strip(),
        ],
    )
    def test_garbage_is_stepped_over_and_reported(self, tmp_path: Path, garbage: bytes) -> None:
        path = tmp_path / "j"
        path.write_bytes(line_bytes(1) + garbage + b"\n" + line_bytes(2))
        part = read_journal(path)
        assert [line.seq for line in part.lines] == [1, 2]
        assert part.garbage == (len(line_bytes(1)),)
        with pytest.raises(BadLineError):
            decode_line(garbage)

    @settings(deadline=None)
    @given(st.binary(max_size=300), st.booleans(), st.integers(1, 400))
    def test_any_bytes_are_read_to_their_end(
        self, tmp_path_factory: pytest.TempPathFactory, content: bytes, ended: bool, most_bytes: int
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "any"
        path.write_bytes(content)
        offset, garbage = 0, 0
        while True:
            part = read_journal(path, offset, most_bytes=most_bytes, ended=ended)
            if part.offset == offset:
                break
            offset, garbage = part.offset, garbage + len(part.garbage)
        unfinished = len(content) - content.rfind(b"\n") - 1
        assert offset == len(content) - (0 if ended else unfinished)
        assert garbage == content.count(b"\n") + (1 if ended and unfinished else 0)

    def test_other_files_in_the_folder_are_no_journals(self, tmp_path: Path) -> None:
        for name in ("ship.lock", "notes.txt", "line1.jsonl", "a b.20261122T020000123456Z.1.0001.jsonl"):
            (tmp_path / name).write_text("")
        assert journal_files(tmp_path) == []
        assert journal_files(tmp_path / "missing") == []

    def test_journals_are_ordered_by_run_and_number(self, tmp_path: Path) -> None:
        run = "line1.20261122T020000123456Z.7"
        for number in (10, 9, 10_000, 1):
            journal_path(tmp_path, run, number).write_text("")
        assert [file.number for file in journal_files(tmp_path)] == [1, 9, 10, 10_000]
