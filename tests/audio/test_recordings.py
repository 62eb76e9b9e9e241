from __future__ import annotations

from pathlib import Path

import pytest

from audio import wav
from audio.pcm import Pcm
from audio.recordings import Recordings, normalise

WELCOME = "您好，这里是政务服务热线。"


class Studio:
    """Makes recordings under a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "zh"
        self.folder.mkdir()

    def index(self, *rows: str) -> None:
        (self.folder / "index.tsv").write_text("\n".join(("file\ttext", *rows)), encoding="utf-8")

    def record(self, name: str) -> Path:
        wav.write(self.folder / name, Pcm.silence(100, 8000))
        return self.folder / name


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
def recordings(studio: Studio) -> Recordings:
    return Recordings(studio.root)


def test_a_recording_is_found_by_its_text(studio: Studio, recordings: Recordings) -> None:
    studio.index(f"welcome.wav\t{WELCOME}")
    path = studio.record("welcome.wav")
    assert recordings.find(WELCOME, "zh") == path
    assert recordings.find(" 您好,这里是政务服务热线.\n", "zh") == path
    assert recordings.find("您好，这里是服务热线。", "zh") is None
    assert recordings.find(WELCOME, "en") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("请按 1，或者直接说“查进度”。", '请按1,或者直接说"查进度".'),
        ("Press １, please", "Press  1,please"),
        ("停电公告、办事指南", "停电公告，办事指南"),
        ("您是说……吗？", "您是说......吗?"),
    ],
)
def test_differences_nobody_hears_are_none(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("Press 12", "Press 1 2"), ("请按1", "请按2"), ("对。", "对？")])
def test_differences_that_are_heard_remain(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_a_changed_index_is_read_again(studio: Studio, recordings: Recordings) -> None:
    path = studio.record("welcome.wav")
    assert recordings.find(WELCOME, "zh") is None
    studio.index(f"welcome.wav\t{WELCOME}")
    assert recordings.find(WELCOME, "zh") == path
    studio.index("welcome.wav\t再见。")
    assert recordings.find(WELCOME, "zh") is None
    assert recordings.find("再见。", "zh") == path


@pytest.mark.parametrize("content", [None, b"not sound"])
def test_a_missing_or_broken_file_is_warned_about_once(
    studio: Studio, recordings: Recordings, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    studio.index(f"welcome.wav\t{WELCOME}")
    if content is not None:
        (studio.folder / "welcome.wav").write_bytes(content)
    assert recordings.find(WELCOME, "zh") is None
    assert recordings.find(WELCOME, "zh") is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "welcome.wav" in caplog.text


def test_a_mended_file_is_used(studio: Studio, recordings: Recordings) -> None:
    studio.index(f"welcome.wav\t{WELCOME}")
    assert recordings.find(WELCOME, "zh") is None
    path = studio.record("welcome.wav")
    assert recordings.find(WELCOME, "zh") == path


@pytest.mark.parametrize("row", ["welcome.wav", "welcome.wav\t", f"../welcome.wav\t{WELCOME}", f"a.wav\t{WELCOME}\tx"])
def test_a_row_that_makes_no_sense_is_named_and_the_others_serve(
    studio: Studio, recordings: Recordings, caplog: pytest.LogCaptureFixture, row: str
) -> None:
    studio.index(row, "bye.wav\t再见。")
    path = studio.record("bye.wav")
    assert recordings.find("再见。", "zh") == path
    assert recordings.find(WELCOME, "zh") is None
    assert "index.tsv:2" in caplog.text


def test_of_two_recordings_of_one_text_the_first_is_heard(
    studio: Studio, recordings: Recordings, caplog: pytest.LogCaptureFixture
) -> None:
    studio.index("a.wav\t再见。", "b.wav\t再见.")
    first, _ = studio.record("a.wav"), studio.record("b.wav")
    assert recordings.find("再见。", "zh") == first
    assert "index.tsv:3" in caplog.text


def test_an_index_from_a_spreadsheet_is_read(studio: Studio, recordings: Recordings) -> None:
    (studio.folder / "index.tsv").write_bytes(f"\ufefffile\ttext\r\nwelcome.wav\t{WELCOME}\r\n".encode())
    path = studio.record("welcome.wav")
    assert recordings.find(WELCOME, "zh") == path


def test_an_index_in_another_encoding_is_warned_about_once(
    studio: Studio, recordings: Recordings, caplog: pytest.LogCaptureFixture
) -> None:
    (studio.folder / "index.tsv").write_bytes(f"welcome.wav\t{WELCOME}".encode("gb18030"))
    assert recordings.find(WELCOME, "zh") is None
    assert recordings.find(WELCOME, "zh") is None
    assert len(caplog.records) == 1
    assert "index.tsv" in caplog.text
