from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.heard import confusions, contains_phrase, errors_of, phrase_error, pinyin_error, word_error
from speech.spoken import Speaker

SPEAKER = Speaker()


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("您好，欢迎致电政务服务热线。", "您好 欢迎制电 证务服务热线"),
        ("查询办件进度，请按一。", "查詢半件進度,請按一"),
        ("编号，二零二六，零零零幺", "编号 2026-0001"),
        ("编号，二零二六，零零零幺", "編號20260001"),
        ("编号，二零二六，零零零幺", "编号 2026 000要"),
        ("二零二六年十二月五日", "2026年12月5日"),
        ("总共一万零五百元", "總共10500元"),
        ("总共一万零五百元", "总共 10,500元"),
        ("上午八点零五分", "上午8点05分"),
        ("下午两点半", "下午2點半"),
        ("上午七点四十三分", "上午7.43分"),
        ("十二元五角", "12.5元"),
        ("十二元五角", "12元5角"),
        ("幺二三叉", "123X"),
        ("幺二三叉", "1 2 3 差"),
        ("A四纸", "A4紙"),
        ("百分之二十", "20%"),
        ("请拨打，幺二三四五，热线", "请拨打12345热线"),
        ("您还想听什么", "你還想聽什麼"),
        ("请按一", "請按yi"),
        ("第二，户口簿两份", "第2,戶口布2份"),
    ],
)
def test_what_sounds_the_same_is_no_error(said: str, heard: str) -> None:
    assert pinyin_error(said, heard) == 0


@pytest.mark.parametrize(
    ("said", "heard", "error"),
    [
        ("请按一", "请按七", 1 / 3),
        ("请按一", "请按ye", 1 / 3),
        ("请按一", "", 1),
        ("请按一", "请按一请按一", 1),
        ("上午八点", "下午八点", 1 / 4),
        ("二零二六零零零幺", "20260002", 1 / 8),
        ("三天", "散天", 0),
        ("三天", "伤天", 1 / 2),
    ],
)
def test_what_sounds_different_is(said: str, heard: str, error: float) -> None:
    assert pinyin_error(said, heard) == pytest.approx(error)


@given(st.integers(0, 10**10), st.sampled_from(["number", "digits", "money", "duration"]))
def test_words_and_digits_of_one_value_agree(value: int, say_as: str) -> None:
    spoken = SPEAKER.say(value, say_as)
    assert pinyin_error(spoken, spoken) == 0
    if say_as in ("number", "digits"):
        assert pinyin_error(spoken, str(value)) == 0


def test_a_phrase_is_found_inside_what_was_heard() -> None:
    heard = "您的半件变号 2026-0001 已經受理 预计12月5日办结 谢谢"
    assert phrase_error(heard, "办件编号二零二六零零零一") == 0
    assert contains_phrase(heard, "已经受理")
    assert contains_phrase(heard, "十二月五日")
    assert not contains_phrase(heard, "十一月九日", tolerance=0.2)
    assert phrase_error(heard, "已经办结") == pytest.approx(0.5)
    assert not contains_phrase("", "再见")


@pytest.mark.parametrize(
    ("said", "heard", "pairs"),
    [
        ("二零二六，零零零幺", "您输入的是20260001。", []),
        ("二零二六，零零零幺", "您输入的是20260007。", [("yao/yi", "qi")]),
        ("十四元", "请记好四四元", [("shi", "si")]),
        ("二十四元", "二四元", [("shi", "")]),
        ("还要三天", "还要三十天了", [("", "shi")]),
    ],
)
def test_what_was_taken_for_what(said: str, heard: str, pairs: list[tuple[str, str]]) -> None:
    assert confusions(said, heard) == pairs


def test_errors_are_put_to_the_part_that_has_them() -> None:
    menu = ["您要听哪里的停电通知？", "清水镇，请按一。", "石桥镇，请按二。"]
    assert errors_of(menu, "你要听哪里的停电通知 清水镇请按1 石桥镇请按2", "zh") == [(0, 10), (0, 6), (0, 6)]
    assert errors_of(menu, "你要听哪里的停电通知 行水正请按1 石桥镇请按2啊", "zh") == [(0, 10), (2, 6), (1, 6)]
    assert errors_of(menu, "清水镇请按1 石桥镇请按2", "zh") == [(10, 10), (0, 6), (0, 6)]
    assert errors_of(menu, "", "zh") == [(10, 10), (6, 6), (6, 6)]
    assert errors_of(["Press one.", "Press two."], "press 1 press too", "en") == [(0, 2), (1, 2)]
    assert errors_of(["", "再见"], "再见", "zh") == [(0, 0), (0, 2)]
    assert errors_of([""], "再见", "zh") == [(2, 0)]


def test_english_words() -> None:
    assert word_error("Press one for case status.", "press 1 for case status") == 0
    assert word_error("Twenty-one people", "twenty one people") == 0
    assert word_error("I am sorry, I cannot look it up.", "I'm sorry, I can't look it up.") == 0
    assert word_error("All right. It is done.", "Alright, it’s done.") == 0
    assert word_error("press one", "press nine") == 0.5
    assert word_error("press one", "") == 1
