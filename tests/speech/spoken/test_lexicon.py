from __future__ import annotations

import pytest
from pypinyin import Style, lazy_pinyin

from speech.spoken import Lexicon
from speech.spoken.lexicon import parse_readings, shipped_readings

LEXICON = Lexicon()


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
    assert pinyin(LEXICON.respelled(written, "zh")) == reading.split()


@pytest.mark.parametrize(
    "text", ["重新输入", "重要", "银行", "进行", "村长", "长期", "还没有", "归还", "会计", "处理", "种地"]
)
def test_what_voices_read_right_is_left_alone(text: str) -> None:
    assert LEXICON.respelled(text, "zh-CN") == text


def test_every_shipped_entry_changes_the_reading() -> None:
    readings = shipped_readings("zh")
    assert len(readings) > 50
    for written, said in readings.items():
        assert len(written) == len(said.replace(" ", "")), written
        # What is respelled already stays.
        assert LEXICON.respelled(said, "zh") == said


def test_an_author_has_the_last_word() -> None:
    lexicon = Lexicon(
        {"zh": {"六安": "陆安", "六安路": "陆安路", "还款": "还款"}, "en": {"Xi": "Shee"}, "yue": {"乜": "咩"}}
    )
    assert lexicon.respelled("六安市六安路还款", "zh") == "陆安市陆安路还款"
    assert lexicon.respelled("Xi Xian", "en") == "Shee Xian"
    assert lexicon.respelled("乜嘢", "yue") == "咩嘢"
    assert lexicon.respelled("还款", "ko") == "还款"


def test_the_digest_follows_the_readings() -> None:
    assert Lexicon().digest == LEXICON.digest
    assert Lexicon({"zh": {"六安": "陆安"}}).digest != LEXICON.digest


def test_bad_lines_are_named() -> None:
    assert parse_readings("# remark\n\n六安\t陆安\n") == {"六安": "陆安"}
    with pytest.raises(ValueError, match="line 2"):
        parse_readings("# remark\n六安 陆安\n")
