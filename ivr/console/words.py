"""The words of the call log as people read them, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.console import work_words

Pair = tuple[str, str]

OUTCOMES: Mapping[str, Pair] = {
    "running": ("进行中", "in progress"),
    "served": ("已答复", "answered"),
    "transferred": ("已转人工", "passed to a person"),
    "abandoned": ("中途挂断", "abandoned"),
    "unserved": ("未答复", "not answered"),
    "lost": ("中断", "cut off"),
    "limit": ("超限", "limit reached"),
    "operator": ("值班员挂断", "ended by operator"),
    "rejected": ("未接", "refused"),
    "cancelled": ("未接通先挂断", "gave up ringing"),
}
#: How an outcome looks: well, so so, badly, or still open.
TONES: Mapping[str, str] = {
    "running": "open",
    "served": "good",
    "transferred": "good",
    "abandoned": "warn",
    "unserved": "warn",
    "lost": "bad",
    "limit": "bad",
    "operator": "warn",
    "rejected": "bad",
    "cancelled": "dim",
}
ENDED_BY: Mapping[str, Pair] = {
    "caller": ("来电人", "caller"),
    "menu": ("菜单", "menu"),
    "operator": ("值班员", "operator"),
    "line": ("线路", "line"),
    "limit": ("上限", "limit"),
    "gateway": ("网关", "gateway"),
}
REASONS: Mapping[str, Pair] = {
    "bye": ("挂机", "hung up"),
    "completed": ("办完", "completed"),
    "no_input": ("无人应答", "nobody there"),
    "media_timeout": ("线路无声", "line silent"),
    "max_duration": ("时间过长", "too long"),
    "worker_lost": ("进程中断", "worker lost"),
    "operator": ("值班员", "operator"),
}
STEP_KINDS: Mapping[str, Pair] = {
    "say": ("播报", "say"),
    "menu": ("菜单", "menu"),
    "collect": ("输号码", "collect"),
    "ask": ("提问", "ask"),
    "query": ("查询", "query"),
    "branch": ("判断", "branch"),
    "set": ("赋值", "set"),
    "record": ("录音", "record"),
    "rate": ("评分", "rate"),
    "send": ("发送", "send"),
    "transfer": ("转人工", "transfer"),
    "callback": ("回电", "callback"),
    "call": ("子菜单", "subtree"),
    "language": ("语言", "language"),
    "hangup": ("结束", "hang up"),
}
INPUTS: Mapping[str, Pair] = {
    "match": ("有效", "valid"),
    "invalid": ("没有这个选项", "no such choice"),
    "too_short": ("没输完", "too short"),
    "no_input": ("没有输入", "no input"),
    "unheard": ("没听懂", "not understood"),
    "doubtful": ("不确定，问一声", "not sure, asked"),
    "denied": ("不是这个意思", "not what was meant"),
}
PLAYED: Mapping[str, Pair] = {
    "finished": ("听完", "to the end"),
    "key": ("按键打断", "cut by a key"),
    "speech": ("说话打断", "cut by speech"),
    "hangup": ("挂断", "cut by the end of the call"),
    "replaced": ("改说别的", "replaced"),
}
BACKEND: Mapping[str, Pair] = {
    "ok": ("查到", "found"),
    "not_found": ("没有", "no such thing"),
    "timeout": ("超时", "too slow"),
    "unreachable": ("连不上", "unreachable"),
    "server_error": ("后台出错", "server error"),
    "bad_answer": ("答非所问", "malformed answer"),
    "refused": ("被拒绝", "refused"),
    "too_large": ("答案太大", "answer too large"),
    "locked": ("错太多次，暂停查询", "locked after wrong tries"),
    "not_verified": ("身份没对上", "not verified"),
    "taken": ("被别人约走了", "somebody else was quicker"),
    "internal": ("内部错误", "internal error"),
}
TRANSFERS: Mapping[str, Pair] = {
    "ended": ("通话结束", "talked"),
    "busy": ("占线", "busy"),
    "no_answer": ("没人接", "no answer"),
    "failed": ("接不通", "failed"),
}
KEY_SOURCES: Mapping[str, Pair] = {
    "rfc4733": ("按键事件", "RFC 4733"),
    "sip_info": ("SIP INFO", "SIP INFO"),
    "inband": ("按键音", "tones"),
    "speech": ("说话", "speech"),
}
LANGUAGES: Mapping[str, Pair] = {"zh": ("普通话", "Mandarin"), "en": ("英语", "English"), "ko": ("韩语", "Korean")}
#: Sounds that an accent does not tell apart.
MERGERS: Mapping[str, Pair] = {
    "none": ("标准读音", "none"),
    "n/l": ("n、l 不分", "n = l"),
    "r/l": ("r、l 不分", "r = l"),
    "f/h": ("f、h 不分", "f = h"),
    "zh/z": ("平翘舌不分", "zh = z"),
    "n/ng": ("前后鼻音不分", "n = ng"),
    "unknown": ("听不出来", "unknown"),
}
#: What came of a try by speech, from well to badly.
CAME_OF: Mapping[str, Pair] = {
    "accepted": ("一次听懂", "at once"),
    "confirmed": ("问一声，对", "asked back, yes"),
    "corrected": ("听错，退回", "wrong, went back"),
    "refused": ("问一声，不对", "asked back, no"),
    "unheard": ("没听懂", "not understood"),
}
ACTIONS: Mapping[str, Pair] = {
    "signed_in": ("登录", "signed in"),
    "sign_in_failed": ("登录失败", "failed to sign in"),
    "locked": ("账号锁定", "account locked"),
    "signed_out": ("退出", "signed out"),
    "revealed": ("查看原文", "revealed"),
    "listened": ("听录音", "listened"),
    "exported": ("导出", "exported"),
    "hung_up": ("强制挂断", "hung up a call"),
    "account_added": ("新建账号", "added an account"),
    "account_changed": ("修改账号", "changed an account"),
    "password_set": ("修改密码", "set a password"),
    "codes_on": ("启用口令", "one-time codes on"),
    "codes_off": ("停用口令", "one-time codes off"),
    "token_made": ("新建令牌", "made a token"),
    "token_revoked": ("撤销令牌", "revoked a token"),
    "deleted": ("删除", "deleted"),
    "held": ("保全", "put on hold"),
    "released": ("解除保全", "released"),
    **{f"work_{deed}": (f"待办：{zh}", f"work: {en}") for deed, (zh, en) in work_words.DEEDS.items()},
    "outbox_retried": ("重新送出", "sent again"),
    "published": ("发布", "published"),
    "synonym_added": ("加说法", "added a phrase to a draft"),
    "rolled_back": ("恢复旧版本", "rolled back"),
}

WORDS: Mapping[str, Mapping[str, Pair]] = {
    "outcome": OUTCOMES,
    "ended_by": ENDED_BY,
    "reason": REASONS,
    "kind": STEP_KINDS,
    "input": INPUTS,
    "played": PLAYED,
    "backend": BACKEND,
    "transfer": TRANSFERS,
    "key_source": KEY_SOURCES,
    "language": LANGUAGES,
    "merger": MERGERS,
    "action": ACTIONS,
    **work_words.WORDS,
}
