from __future__ import annotations

import pytest
from pypinyin import Style, lazy_pinyin

from speech.spoken import Speaker
from speech.spoken.lexicon import parse_lexicon, shipped_lexicon

SPEAKER = Speaker()


def pinyin(text: str) -> list[str]:
    return [syllable for word in text.split() for syllable in lazy_pinyin(word, style=Style.TONE3)]


@pytest.mark.parametrize(
    ("written", "reading"),
    [
        ("还款", "huan2 kuan3"),
        ("退耕还林", "tui4 geng1 huan2 lin2"),
        ("种粮补贴", "zhong4 liang2 bu3 tie1"),
        ("特困供养", "te4 kun4 gong1 yang3"),
        ("跨行转账", "kua4 hang2 zhuan3 zhang4"),
        ("乡长", "xiang1 zhang3"),
        ("通话时间比较长", "tong1 hua4 shi2 jian1 bi3 jiao4 chang2"),
        ("发卡", "fa1 ka3"),
        ("什邡", "shi2 fang1"),
        ("单先生", "shan4 xian1 sheng1"),
    ],
)
def test_readings(written: str, reading: str) -> None:
    assert pinyin(SPEAKER.say(written)) == reading.split()


@pytest.mark.parametrize(
    "text", ["重新输入", "重要", "银行", "进行", "村长", "长期", "还没有", "归还", "会计", "处理", "种地"]
)
def test_what_voices_read_right_is_left_alone(text: str) -> None:
    assert SPEAKER.say(text) == text


def test_every_shipped_entry_changes_the_reading() -> None:
    lexicon = shipped_lexicon("zh")
    assert len(lexicon) > 50
    for written, said in lexicon.items():
        assert len(written) == len(said.replace(" ", "")), written
        # A respelling of a respelling would never end well.
        assert SPEAKER.say(SPEAKER.say(written)) == SPEAKER.say(written)


def test_a_language_without_lexicon() -> None:
    assert shipped_lexicon("ko") == {}


def test_bad_lines_are_named() -> None:
    assert parse_lexicon("# remark\n\n六安\t陆安\n") == {"六安": "陆安"}
    with pytest.raises(ValueError, match="line 2"):
        parse_lexicon("# remark\n六安 陆安\n")
