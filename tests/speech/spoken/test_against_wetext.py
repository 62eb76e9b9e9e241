"""The inverse normaliser of the WeNet project turns our words back into writing: it was made without knowing them.

It writes large numbers half in hanzi (`6338万3683`), drops single digits and some times of day, so it judges the rest.

It has a process of its own: its OpenFST and that of Vosk, which other tests load, share the registers of their flags
(GNU unique symbols) though their versions differ, and that corrupts the heap of a process with both.
"""

from __future__ import annotations

import datetime
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.spoken import Speaker

if importlib.util.find_spec("wetext") is None:
    pytest.skip("the inverse normaliser comes with requirements/development.txt", allow_module_level=True)

SPEAKER = Speaker()
#: Writes each line of its standard input, in words, as it would be written.
WRITER = """
import sys, wetext
writer = wetext.Normalizer(lang="zh", operator="itn", enable_0_to_9=True)
for line in sys.stdin:
    print(writer.normalize(line.rstrip("\\n")), flush=True)
"""
Written = Callable[[str], str]


@pytest.fixture(scope="module")
def written() -> Iterator[Written]:
    """Words as they would be written."""
    with subprocess.Popen(
        [sys.executable, "-X", "utf8", "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        source, sink = process.stdout, process.stdin

        def ask(words: str) -> str:
            sink.write(f"{words}\n")
            sink.flush()
            return source.readline().rstrip("\n")

        ask("十")  # loaded; what follows takes no time
        yield ask
        sink.close()


@given(whole=st.integers(10, 99_999))
def test_numbers(written: Written, whole: int) -> None:
    assert written(SPEAKER.say(whole, "number")) == str(whole)


@given(day=st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)))
def test_dates(written: Written, day: datetime.date) -> None:
    assert written(SPEAKER.say(day.isoformat(), "date")) == f"{day:%Y/%m/%d}"


@given(share=st.decimals(10, 9999, places=2))
def test_shares(written: Written, share: object) -> None:
    said = written(SPEAKER.say(f"{share}%", "number"))
    assert float(said.removesuffix("%")) == float(str(share))


@given(number=st.from_regex(r"1[3-9]\d{9}", fullmatch=True, alphabet="0123456789"))
def test_mobiles(written: Written, number: str) -> None:
    assert written(SPEAKER.say(number, "phone").replace("，", "")) == number
