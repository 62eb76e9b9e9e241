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
        ("要重办身份证", "yao4 chong2 ban4 shen1 fen4 zheng4"),
        ("有重名", "you3 chong2 ming2"),
        ("一担水", "yi2 dan4 shui3"),
        ("他行卡", "ta1 hang2 ka3"),
        ("种养大户", "zhong4 yang3 da4 hu4"),
        ("山东单县", "shan1 dong1 shan4 xian4"),
    ],
)
def test_readings(written: str, reading: str) -> None:
    assert pinyin(LEXICON.respelled(written, "zh")) == reading.split()


READ_RIGHT = """
    重新输入 重要 银行 进行 村长 长期 还没有 归还 会计 处理 种地 结扎
    其他行政机关 其他行为 其他行动 其他行人 利他行为 跨行政区域 跨行政 开支行为 开支行政费
    担任县长 担任县 现任县委书记 历任县长 任县人大代表 第一担保人 唯一担保 一担当 一担心 统一担任
    尊重名誉 注重名声 看重名利 严重名不副实 慎重办理 从重办理 严重办 慎重盖章 着重核查 慎重核实 严重核污染 按比重算
    清单县级 名单县级 公布名单县人民政府 简单县情 疏浚县域河道 娱乐陵园
    各种粮食 这种粮食 两种粮食 多种粮食 各种养殖 多种养老保险 品种养护 一种牙膏 各种牙科
    家乡长期居住 城乡长效机制 返乡长住 下乡长达三年 城乡长远
    拆还是不拆 还款项目 还草拟了 协调档案 空调档位 上调档次 下载明细 团结扎实 生活圈养老 经幢
    主任先生 现任女士 想了解先生 调查女士
"""


@pytest.mark.parametrize("text", READ_RIGHT.split())
def test_what_voices_read_right_is_left_alone(text: str) -> None:
    assert LEXICON.respelled(text, "zh-CN") == text


def test_what_is_respelled_keeps_its_length_and_stays() -> None:
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
