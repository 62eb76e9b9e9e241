"""The inverse normaliser of the WeNet project turns our words back into writing: it was made without knowing them.

It writes large numbers half in hanzi (`6338万3683`), drops single digits and some times of day, so it judges the rest.
"""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.spoken import Speaker

wetext = pytest.importorskip("wetext", reason="the inverse normaliser comes with requirements/development.txt")

SPEAKER = Speaker()
WRITER = wetext.Normalizer(lang="zh", operator="itn", enable_0_to_9=True)


@given(st.integers(10, 99_999))
def test_numbers(whole: int) -> None:
    assert WRITER.normalize(SPEAKER.say(whole, "number")) == str(whole)


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)))
def test_dates(day: datetime.date) -> None:
    assert WRITER.normalize(SPEAKER.say(day.isoformat(), "date")) == f"{day:%Y/%m/%d}"


@given(st.decimals(10, 9999, places=2))
def test_shares(share: object) -> None:
    written = WRITER.normalize(SPEAKER.say(f"{share}%", "number"))
    assert float(written.removesuffix("%")) == float(str(share))


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True, alphabet="0123456789"))
def test_mobiles(number: str) -> None:
    assert WRITER.normalize(SPEAKER.say(number, "phone").replace("，", "")) == number
