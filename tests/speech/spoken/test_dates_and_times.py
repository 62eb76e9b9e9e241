from __future__ import annotations

import datetime
import re

import pytest

from speech.spoken import Speaker
from tests.speech.spoken import inverse

SPEAKER = Speaker()


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("2026-12-05", "二零二六年十二月五日"),
        ("2026-12-05T14:30:00+08:00", "二零二六年十二月五日下午两点半"),
        ("2026-12-05 08:05", "二零二六年十二月五日上午八点零五分"),
        ("20261205", "二零二六年十二月五日"),
        (20261205, "二零二六年十二月五日"),
        ("2026/2/2", "二零二六年二月二日"),
        ("2026年2月2日", "二零二六年二月二日"),
        ("2026-12", "二零二六年十二月"),
        ("2026", "二零二六年"),
        ("12-05", "十二月五日"),
        ("1205", "十二月五日"),
        ("2000-02-29", "二零零零年二月二十九日"),
        ("02-29", "二月二十九日"),
    ],
)
def test_dates(value: object, spoken: str) -> None:
    assert SPEAKER.say(value, "date") == spoken


@pytest.mark.parametrize(
    "absurd", ["2026-02-30", "2026-13-01", "0000-00-00", "20261399", "2026-12-05T25:00", "soon", "明天", -1]
)
def test_absurd_dates_are_said_as_they_stand(absurd: object) -> None:
    spoken = SPEAKER.say(absurd, "date")
    assert spoken
    assert not re.search(r"\d|年|月", spoken)


NOW = "2026-11-22T09:20:00+08:00"


@pytest.mark.parametrize(
    ("value", "mandarin", "english"),
    [
        ("2026-11-22T09:00:00+08:00", "今天上午九点", "today at nine a.m."),
        ("2026-11-22T08:59:59+08:00", "今天早上八点五十九分", "today at eight fifty-nine a.m."),
        ("2026-11-22T06:00:00+08:00", "今天早上六点", "today at six a.m."),
        ("2026-11-22T05:30:00+08:00", "今天凌晨五点半", "today at five thirty a.m."),
        ("2026-11-22T00:00:00+08:00", "今天凌晨零点", "today at midnight"),
        ("2026-11-21T23:59:00+08:00", "昨天晚上十一点五十九分", "yesterday at eleven fifty-nine p.m."),
        ("2026-11-21T18:00:00+08:00", "昨天晚上六点", "yesterday at six p.m."),
        ("2026-11-21T17:30:00+08:00", "昨天下午五点半", "yesterday at five thirty p.m."),
        ("2026-11-21T15:00:00+08:00", "昨天下午三点", "yesterday at three p.m."),
        ("2026-11-21T12:30:00+08:00", "昨天中午十二点半", "yesterday at twelve thirty p.m."),
        ("2026-11-20T14:05:30+08:00", "前天下午两点零五分", "the day before yesterday at two oh five p.m."),
        ("2026-11-18T15:00:00+08:00", "十一月十八号下午三点", "on November eighteenth, at three p.m."),
        (
            "2025-11-22T15:00:00+08:00",
            "二零二五年十一月二十二号下午三点",
            "on November twenty-second, twenty twenty-five, at three p.m.",
        ),
        ("2026-11-23T08:00:00+08:00", "明天早上八点", "tomorrow at eight a.m."),
        ("2026-11-21T16:30:00Z", "今天凌晨零点半", "today at twelve thirty a.m."),
        ("2026-11-21", "昨天", "yesterday"),
        ("2026-11-18", "十一月十八号", "on November eighteenth"),
    ],
)
def test_moments_are_told_from_the_day_of_the_call(value: str, mandarin: str, english: str) -> None:
    assert SPEAKER.say(value, "moment", now=NOW) == mandarin
    assert SPEAKER.say(value, "moment", "en", now=NOW) == english


def test_around_midnight_a_minute_makes_yesterday() -> None:
    at = "2026-11-21T23:59:00+08:00"
    assert SPEAKER.say(at, "moment", now="2026-11-21T23:59:59+08:00") == "今天晚上十一点五十九分"
    assert SPEAKER.say(at, "moment", now="2026-11-22T00:00:00+08:00") == "昨天晚上十一点五十九分"
    assert SPEAKER.say(at, "moment", now="2026-11-23T00:00:00+08:00") == "前天晚上十一点五十九分"
    assert SPEAKER.say(at, "moment", now="2026-11-24T00:00:00+08:00") == "十一月二十一号晚上十一点五十九分"
    assert SPEAKER.say("2026-12-31T20:00:00+08:00", "moment", now="2027-01-01T08:00:00+08:00") == "昨天晚上八点"


@pytest.mark.parametrize("value", ["2026-11-21T15:00:00+08:00", "2026-12", "soon", "2026-02-30", 7])
@pytest.mark.parametrize("now", ["", "whenever"])
def test_a_moment_is_a_date_where_nobody_knows_what_day_it_is(value: object, now: str) -> None:
    assert SPEAKER.say(value, "moment", now=now) == SPEAKER.say(value, "date")


def test_every_date_of_a_century() -> None:
    day = datetime.date(1976, 1, 1)
    while day < datetime.date(2076, 1, 1):
        match = re.fullmatch("(.{4})年(.{1,2})月(.{1,3})日", SPEAKER.say(day.isoformat(), "date"))
        assert match is not None
        read = datetime.date(inverse.year(match[1]), inverse.cardinal(match[2]), inverse.cardinal(match[3]))
        assert read == day
        day += datetime.timedelta(days=1)


def test_weekday_on_request() -> None:
    speaker = Speaker(weekday=True)
    assert speaker.say("2026-12-05", "date") == "二零二六年十二月五日，星期六"
    assert speaker.say("2026-12-05T09:00", "date") == "二零二六年十二月五日，星期六，上午九点整"
    assert speaker.say("2026-12", "date") == "二零二六年十二月"
    assert speaker.say("2026-12-05", "date", "en") == "Saturday, December fifth, twenty twenty-six"


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("08:05", "上午八点零五分"),
        ("8:05", "上午八点零五分"),
        ("0805", "上午八点零五分"),
        ("02:02", "凌晨两点零二分"),
        ("14:00", "下午两点整"),
        ("14:30", "下午两点半"),
        ("12:00", "中午十二点整"),
        ("18:12", "晚上六点十二分"),
        ("00:00", "凌晨零点整"),
        ("24:00", "晚上十二点整"),
        ("08:05:30", "上午八点零五分三十秒"),
        ("08:00:02", "上午八点零分零二秒"),
        ("2026-12-05T08:05:00Z", "上午八点零五分"),
        ("2026-12-05 08:05:00+00:00", "上午八点零五分"),
        ("2026-12-05T08:30-12:00", "上午八点半"),
        ("2026-12-05T08:05:00.5-0500", "上午八点零五分"),
    ],
)
def test_times(value: str, spoken: str) -> None:
    assert SPEAKER.say(value, "time") == spoken


@pytest.mark.parametrize("say_as", ["time", "date", "text"])
@pytest.mark.parametrize("span", ["8:30-12:00", "8:30 - 12:00", "08:30—12:00", "8:30至12:00"])
def test_a_span_keeps_its_end(span: str, say_as: str) -> None:
    assert SPEAKER.say(span, say_as) == "上午八点半到中午十二点"


def test_a_span_on_a_day_keeps_its_end() -> None:
    assert SPEAKER.say("2026-12-05 8:30-12:00", "date") == "二零二六年十二月五日上午八点半到中午十二点"
    assert SPEAKER.say("8:30-12:00", "time", "en") == SPEAKER.say("8:30-12:00", "text", "en")


@pytest.mark.parametrize("absurd", ["25:00", "24:01", "12:60", "noon", None, 5.5])
def test_absurd_times_do_not_raise(absurd: object) -> None:
    assert "点整" not in SPEAKER.say(absurd, "time")


PARTS = {"凌晨": 0, "上午": 0, "中午": 0, "下午": 12, "晚上": 12}


def read_time(spoken: str) -> tuple[int, int]:
    match = re.fullmatch("(凌晨|上午|中午|下午|晚上)(.{1,2})点(?:(整)|(半)|(.{1,3})分)", spoken)
    assert match is not None, spoken
    part, hour, sharp, half, minute = match.groups()
    if minute:
        assert not minute.startswith("两")
        assert minute not in "一二三四五六七八九", "one digit needs its 零"
    return inverse.counted(hour) + PARTS[part], 0 if sharp else 30 if half else inverse.cardinal(
        minute.removeprefix("零")
    )


def test_every_minute_of_a_day() -> None:
    for minutes in range(24 * 60):
        hour, minute = divmod(minutes, 60)
        assert read_time(SPEAKER.say(f"{hour:02}:{minute:02}", "time")) == (hour, minute)


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [
        (0, "零秒"),
        (2, "两秒"),
        (30, "三十秒"),
        (60, "一分钟"),
        (90, "一分钟三十秒"),
        ("120", "两分钟"),
        (3600, "一小时"),
        (3605, "一小时零五秒"),
        (3660, "一小时一分钟"),
        (7200, "两小时"),
        (2 * 86400 + 300, "两天零五分钟"),
        (1.5, "一点五秒"),
        (-5, "负五"),
    ],
)
def test_durations(seconds: object, spoken: str) -> None:
    assert SPEAKER.say(seconds, "duration") == spoken


def test_every_duration_of_two_days_reads_back() -> None:
    units = {"天": 86400, "小时": 3600, "分钟": 60, "秒": 1}
    for seconds in range(1, 2 * 86400, 7):
        spoken = SPEAKER.say(seconds, "duration")
        amounts = re.findall("零?(.+?)(天|小时|分钟|秒)", spoken)
        assert sum(inverse.counted(amount) * units[unit] for amount, unit in amounts) == seconds


@pytest.mark.parametrize(
    ("value", "say_as", "spoken"),
    [
        ("2026-12-05", "date", "December fifth, twenty twenty-six"),
        ("2005-01-21", "date", "January twenty-first, two thousand and five"),
        ("1905-03", "date", "March, nineteen oh five"),
        ("2026-12-05T14:30", "date", "December fifth, twenty twenty-six, at two thirty p.m."),
        ("08:05", "time", "eight oh five a.m."),
        ("12:00", "time", "noon"),
        ("00:30", "time", "twelve thirty a.m."),
        ("21:00", "time", "nine p.m."),
        (3725, "duration", "one hour, two minutes and five seconds"),
        (60, "duration", "one minute"),
        (0, "duration", "zero seconds"),
    ],
)
def test_english(value: object, say_as: str, spoken: str) -> None:
    assert SPEAKER.say(value, say_as, "en") == spoken
