"""What each kind of node does, in the two languages of its authors."""

from __future__ import annotations

from menus.model import NODE_KINDS
from menus.problems import Bilingual

_CHINESE = {
    "say": "说一段话，然后往下走",
    "menu": "念选项，来电人按一个键（或者直接说）",
    "collect": "请来电人输入一串数字，存起来",
    "ask": "问一个开放的问题，来电人直接说",
    "query": "问后台，例如查办件",
    "branch": "看条件决定往哪里走",
    "set": "给变量赋值",
    "record": "请来电人留言",
    "rate": "请来电人打分，一到五",
    "send": "发短信，例如把地址发给来电人",
    "transfer": "转给人工",
    "callback": "登记回电：请人给来电人打回去",
    "remember": "问来电人：要不要记住，下次用",
    "call": "去另一棵菜单树，走完再回来",
    "language": "换一种语言",
    "hangup": "说再见，挂断；子树里也可以回到上一棵树",
}


def kind_words(kind: str) -> Bilingual:
    """Return what a kind of node does; in English also where the Chinese is not written yet."""
    meaning = " ".join((NODE_KINDS[kind].__doc__ or "").split("\n\n")[0].split())
    return Bilingual(_CHINESE.get(kind, ""), meaning)
