"""The words of the work queues, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

QUEUES: Mapping[str, tuple[str, str]] = {
    "appeal": ("诉求", "appeal"),
    "callback": ("回电", "callback"),
    "review": ("复核", "review"),
}
ABOUT: Mapping[str, tuple[str, str]] = {
    "complaint": ("反映问题", "complaint"),
    "question": ("咨询", "question"),
    "suggestion": ("建议", "suggestion"),
    "help": ("求助", "call for help"),
    "message": ("留言", "message"),
    "recording": ("留言", "message"),
    "appeal": ("诉求", "appeal"),
    "not_kept": ("没留成", "could not be kept"),
    "worker_lost": ("系统中断", "cut off by us"),
    "not_understood": ("多次没听懂", "not understood"),
    "bad_rating": ("评价差", "bad rating"),
    "asked": ("有人请求", "asked for"),
}
CATEGORIES: Mapping[str, tuple[str, str]] = {
    "road": ("道路交通", "roads"),
    "water": ("供水", "water"),
    "power": ("供电", "power"),
    "medical": ("医保看病", "medical care"),
    "pension": ("养老社保", "pensions"),
    "civil": ("民政救助", "civil affairs"),
    "land": ("土地房屋", "land and housing"),
    "police": ("治安户籍", "police"),
    "education": ("教育", "education"),
    "farming": ("农业补贴", "farming"),
    "environment": ("环境", "environment"),
    "market": ("市场监管", "markets"),
    "other": ("其他", "other"),
}
RESULTS: Mapping[str, tuple[str, str]] = {
    "answered": ("已答复", "answered"),
    "passed_on": ("转有关部门", "passed on"),
    "unreachable": ("联系不上", "cannot be reached"),
    "withdrawn": ("来电人撤回", "withdrawn"),
    "nothing_to_do": ("不用办", "nothing to do"),
}
STATES: Mapping[str, tuple[str, str]] = {"open": ("待办", "open"), "closed": ("已办结", "closed")}
DEEDS: Mapping[str, tuple[str, str]] = {
    "note": ("记事", "noted"),
    "taken": ("接手", "took it"),
    "contacted": ("已联系", "spoke with the caller"),
    "category": ("定类别", "categorised"),
    "transcript": ("记下原话", "wrote down what was said"),
    "handed_over": ("转交", "handed over"),
    "put_back": ("放回", "put back"),
    "closed": ("办结", "closed"),
    "reopened": ("重新办理", "reopened"),
}
ENDS: Mapping[str, tuple[str, str]] = {"contact": ("联系来电人", "speak with the caller"), "answer": ("答复", "answer")}
WANTED: Mapping[str, tuple[str, str]] = {
    "morning": ("上午", "morning"),
    "afternoon": ("下午", "afternoon"),
    "any": ("都可以", "any time"),
}
LEFT: Mapping[str, tuple[str, str]] = {
    "appeal": ("诉求", "appeal"),
    "recording": ("留言", "recording"),
    "message": ("留言", "message"),
    "callback": ("请求回电", "wish to be called back"),
    "rating": ("评价", "rating"),
    "reminder": ("催办", "reminder"),
}
KEPT: Mapping[str, tuple[str, str]] = {
    "kept": ("已留下", "kept"),
    "leaving": ("没有下文", "outcome unknown"),
    "disk": ("没能存盘", "disk failed"),
    "timeout": ("存盘超时", "disk too slow"),
    "refused": ("不能受理", "refused"),
    "no_outbox": ("没有发件箱", "no outbox"),
    "internal": ("内部错误", "internal error"),
}

WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "queue": QUEUES,
    "about": ABOUT,
    "category": CATEGORIES,
    "result": RESULTS,
    "work_state": STATES,
    "deed": DEEDS,
    "wanted": WANTED,
    "end": ENDS,
    "left": LEFT,
    "kept": KEPT,
}
