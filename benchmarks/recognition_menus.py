"""What is said in `benchmarks.recognition`: menus of eight options, and speech that belongs to none of them.

Calibration and evaluation share no menu, no sentence and no voice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Part = Literal["calibration", "evaluation"]


@dataclass(frozen=True)
class Menu:
    """A menu and what callers say to it.

    Attributes:
        options: id -> phrases.
        said: id -> sentences that mean it; some are phrases, some have words around one.
    """

    options: Mapping[str, tuple[str, ...]]
    said: Mapping[str, tuple[str, ...]]


def _menu(**options: str) -> Menu:
    """Each option as `phrases / sentences around them`."""
    phrases, said = {}, {}
    for name, text in options.items():
        inside, _, around = text.partition("/")
        phrases[name] = tuple(inside.split())
        said[name] = (*phrases[name][:2], *around.split())
    return Menu(phrases, said)


MENUS: Mapping[Part, Mapping[str, Menu]] = {
    "calibration": {
        "main": _menu(
            progress="查进度 办好了没有 查办件 / 我想查进度",
            guide="办事指南 带什么材料 怎么办 / 问一下带什么材料",
            policy="问政策 有什么补贴 补贴政策 / 我要问政策",
            power="停电通知 什么时候来电 停电 / 我们这里停电了",
            operator="转人工 接线员 人工服务 / 帮我转人工",
            complaint="我要投诉 提意见 投诉举报 / 我是要投诉",
            booking="预约办事 约个时间 我要预约 / 想预约办事",
            message="留言 录音留言 我要留言 / 我给你们留言",
        ),
        "towns": _menu(
            a="清水镇 / 我是清水镇的",
            b="石桥镇 / 石桥镇吧",
            c="柳林乡 / 我们柳林乡",
            d="青山镇 / 青山镇的",
            e="大湾乡 / 就是大湾乡",
            all="全县 全部 / 全县都要",
            again="再说一遍 没听清 / 请再说一遍",
            back="主菜单 返回 / 回到主菜单",
        ),
    },
    "evaluation": {
        "guide": _menu(
            identity="身份证 补办身份证 / 我想办身份证",
            pension="养老金 养老保险 / 我要查养老金",
            medical="医疗保险 看病报销 新农合 / 我问一下看病报销",
            elder="老年证 优待证 / 想办个老年证",
            allowance="低保 申请低保 最低生活保障 / 我要申请低保",
            farming="种粮补贴 种地补贴 粮食直补 / 今年的种粮补贴",
            house="危房改造 修房子 / 我家危房改造",
            household="户口 迁户口 上户口 / 我想迁户口",
        ),
        "other": _menu(
            marriage="结婚登记 领结婚证 / 我们要领结婚证",
            business="营业执照 开个店 / 我想办营业执照",
            water="交水费 水费多少 / 我要交水费",
            disabled="残疾证 残疾补贴 / 办残疾证怎么弄",
            land="宅基地 建房审批 / 问一下宅基地",
            bus="公交线路 坐什么车 / 我问公交线路",
            slower="慢一点 说慢一点 / 请你说慢一点",
            operator="找人工 人工座席 / 我要找人工",
        ),
    },
}


def _sentences(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Speech that belongs to no option of any menu of its part.
OUTSIDE: Mapping[Part, tuple[str, ...]] = {
    "calibration": _sentences(
        """
        今天天气怎么样 我想吃饭 你是谁呀 明天赶集吗 老头子快来接电话 把电视关小点 等一下我找支笔 我孙子考上大学了
        这个字怎么写 火车票多少钱 你们那里下雨没有 我的鸡昨天丢了 隔壁老王在家吗 水开了没有 快点吃饭要凉了 小狗别叫了
        我耳朵不太好使 这个电话是不是打错了 帮我看看几点了 昨天晚上睡得不好 药放在哪里了 他说他下午才回来 菜太咸了
        学校几点放学 路上慢点开 我先挂了啊 手机充电器呢 好久没见你了 苹果怎么卖 唱支歌给大家听 银行卡密码忘了
        腿疼得厉害 三月份就开花了 门口那个人是谁 我家的牛病了 不知道你在说什么
        """
    ),
    "evaluation": _sentences(
        """
        外面风好大 我想买火车票 喂你好能听见吗 哎呀我不知道按哪个 给我拿个碗来 孩子他妈去哪儿了 后天是不是中秋节
        这把锄头坏了 鱼多少钱一斤 楼下有人敲门 我明天要去镇上 电视怎么没声音了 你吃了没有 村口的桥修好了吗 早点回来啊
        他在广东打工 玉米该收了 帮我倒杯水 眼镜找不到了 我听不懂普通话 那边太吵了 昨天的会开得怎么样 头发太长要剪了
        猪肉又涨价了 自行车没气了 天气预报说有雨 姑娘今年多大了 稍等我去开门 这里信号不好 不要买那么多东西
        医生说要多休息 爷爷在院子里晒太阳 钥匙放在桌子上 飞机票太贵了 我的存折在哪里 昨天打了一天麻将
        """
    ),
}

VOICES: Mapping[Part, tuple[str, ...]] = {
    "calibration": ("zm_yunxi", "zf_xiaoyi"),
    "evaluation": ("zm_yunyang", "zf_xiaoni"),
}
SPEEDS = (0.85, 1.0, 1.15)
