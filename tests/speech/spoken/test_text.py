"""Running text: what a general normaliser gets wrong in the sentences of public services is right here."""

from __future__ import annotations

import pytest

from speech.spoken import Speaker

SPEAKER = Speaker()


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        # telephone numbers and hotlines
        ("请拨打12345热线", "请拨打，幺二三四五，热线"),
        ("请拨12345。", "请拨，幺二三四五。"),
        ("电话0826-2345678", "电话，零八二六，二三四，五六七八，"),
        ("联系电话：13812345678", "联系电话，幺三八，幺二三四，五六七八，"),
        ("请拨打110", "请拨打，幺幺零，"),
        ("120急救", "幺二零急救"),
        ("12315", "幺二三幺五"),
        # dates, times
        ("2026年12月5日", "二零二六年十二月五日"),
        ("2026-12-05 09:30", "二零二六年十二月五日上午九点半"),
        ("收件2026-12-05T14:30:00+08:00。", "收件二零二六年十二月五日下午两点半。"),
        ("2月2日", "二月二日"),
        ("12月5号前", "十二月五号前"),
        ("1998年出生", "一九九八年出生"),
        ("2020-2025年", "二零二零到二零二五年"),
        ("2026-2027学年", "二零二六到二零二七学年"),
        ("2026-2027学年度第2学期", "二零二六到二零二七学年度第二学期"),
        ("2026/2027学年", "二零二六到二零二七学年"),
        ("2026学年", "二零二六学年"),
        ("2026-2027年度", "二零二六到二零二七年度"),
        ("1月1日-3月31日", "一月一日到三月三十一日"),
        ("上班时间9:00-17:00", "上班时间上午九点到下午五点"),
        ("上午9:00-12:00，下午14:00-17:30", "上午九点到十二点，下午两点到五点半"),
        ("晚上8:00-10:00", "晚上八点到十点"),
        ("周一-周五", "周一到周五"),
        ("周一至周五8:30-12:00", "周一至周五上午八点半到中午十二点"),
        ("2点30分", "两点三十分"),
        ("比例为1:10", "比例为一比十"),
        # two, amounts, ranges
        ("办理时限3-5个工作日", "办理时限三到五个工作日"),
        ("2~3天", "两到三天"),
        ("1寸照片2张", "一寸照片两张"),
        ("身份证复印件2份，机会2次，第2项，2楼2号窗口", "身份证复印件两份，机会两次，第二项，二楼二号窗口"),
        ("2代身份证", "二代身份证"),
        ("0-6岁儿童", "零到六岁儿童"),
        ("60周岁以上", "六十周岁以上"),
        ("共20000余户", "共两万余户"),
        ("1.5万元", "一点五万元"),
        ("￥1,234.50元", "一千二百三十四元五角"),
        ("费用为12.5元", "费用为十二元五角"),
        ("20元/本", "每本二十元"),
        ("0.5元/平方米", "每平方米五角"),
        ("50元/人·月", "每人每月五十元"),
        ("150-200元/亩", "每亩一百五十到二百元"),
        ("100至200元/月", "每月一百至二百元"),
        ("80-120元/人·月", "每人每月八十到一百二十元"),
        ("5-10元/次", "每次五到十元"),
        ("2~3元/次", "每次两到三元"),
        ("150元-200元/亩", "每亩一百五十元到二百元"),
        ("1,000-2,000元/亩", "每亩一千到两千元"),
        ("1-1.5万元/年", "每年一到一点五万元"),
        ("10,000-20,000元/年", "每年一万到两万元"),
        ("30000至50000元", "三万至五万元"),
        ("请拨12345、10人", "请拨，幺二三四五，十人"),
        ("6.5-7.2元/公斤", "每公斤六点五到七点二元"),
        ("0.5-1元/平方米", "每平方米零点五到一元"),
        ("$2，2美元，2欧元", "两美元，两美元，两欧元"),
        ("100%", "百分之一百"),
        ("10%-20%", "百分之十到百分之二十"),
        ("2/3以上", "三分之二以上"),
        ("25℃，最低-5℃", "二十五摄氏度，最低零下五摄氏度"),
        ("120㎡", "一百二十平方米"),
        ("110kV线路", "一百一十千伏线路"),
        # codes
        ("国办发〔2026〕5号", "国办发，二零二六，五号"),
        ("编号20260001", "编号，二零二六，零零零幺，"),
        ("您的办件编号为20260001，请记好", "您的办件编号，二零二六，零零零幺，请记好"),
        ("身份证号51012319900101123X", "身份证号，五幺零幺二三，幺九九零，零幺零幺，幺二三叉，"),
        ("138****5678", "幺三八，星号，五六七八"),
        ("A4纸", "A四纸"),
        ("G318国道", "G三幺八国道"),
        ("12号楼3单元502室", "十二号楼三单元五零二室"),
        # enumerations, markup, signs
        ("（一）身份证；（二）户口簿", "第一，身份证；第二，户口簿"),
        ("1.身份证；2.户口簿", "第一，身份证；第二，户口簿"),
        ("1、身份证\n2、户口簿", "第一，身份证；第二，户口簿"),
        ("材料：①身份证②照片2张", "材料；第一，身份证；第二，照片两张"),
        ("<p>材料：</p><ul><li>身份证&nbsp;1份</li><li>照片</li></ul>", "材料；身份证一份；照片"),
        ("<script>alert(1)</script>您好", "您好"),
        ("按*返回，按 # 号键结束", "按星号键返回，按井号键结束"),
        ("《娱乐经营许可证》", "娱乐经营许可证"),
        ("拖拉机/联合收割机驾驶证", "拖拉机、联合收割机驾驶证"),
        ("“一照一码”“两证整合”", "一照一码、两证整合"),
        ("张三（男）", "张三，男，"),
        ("网址http://www.gov.cn/abc?x=1。", "网址，三个W点gov点C N。"),
        ("邮箱ab@163.com", "邮箱，A B艾特幺六三点com，"),
        ("你好😀！！", "你好！"),
        ("ＡＢＣ１２", "ABC十二"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_mandarin(written: str, spoken: str) -> None:
    assert SPEAKER.say(written, "text") == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Open 9:00-17:00, Mon-Fri.", "Open nine a.m. to five p.m., Monday to Friday."),
        (
            "Call 12345 or 0826-2345678.",
            "Call one two three four five or, zero eight two six, two three four, five six seven eight.",
        ),
        ("Bring 2 photos & A4 paper", "Bring two photos and A four paper"),
        ("¥12.50 per copy, 5% off", "twelve point five yuan per copy, five percent off"),
        ("On 2026-12-05 at 2:30 p.m.", "On December fifth, twenty twenty-six at two thirty p.m."),
        ("due 2026-12-05T14:30:00Z", "due December fifth, twenty twenty-six, at two thirty p.m."),
        ("Press * to go back, # to end", "Press the star key to go back, the pound key to end"),
        ("1,234 people", "one thousand two hundred and thirty-four people"),
        ("<b>3rd</b> floor", "third floor"),
        ("see https://www.gov.cn/x?y", "see, W W W dot gov dot C N,"),
    ],
)
def test_english(written: str, spoken: str) -> None:
    assert SPEAKER.say(written, "text", "en") == spoken


def test_lists() -> None:
    assert SPEAKER.say(["身份证", "户口簿2份。"], "list") == "第一，身份证；第二，户口簿两份。"
    assert SPEAKER.say(["身份证"], "list") == "身份证"
    assert SPEAKER.say([], "list") == ""
    assert SPEAKER.say("身份证", "list") == "身份证"
    assert SPEAKER.say(["a form", "2 photos"], "list", "en") == "First, a form; Second, two photos."


def test_names_keep_their_characters() -> None:
    assert SPEAKER.say("阿依·古丽", "name") == "阿依古丽"
    assert SPEAKER.say("张三/李四", "name") == "张三、李四"
