"""How `ivr calls` shows calls in a terminal: a table of them, and the time-line of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ivr.storage.entries import CallEntry, StepEntry
from ivr.storage.timeline import Happening, timeline

_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "running": ("进行中 running", "cyan"),
    "rejected": ("未接 rejected", "yellow"),
    "cancelled": ("未接通先挂断 cancelled", "yellow"),
    "lost": ("中断 lost", "red"),
    "limit": ("超限 limit", "red"),
    "operator": ("值班员挂断 operator", "yellow"),
    "transferred": ("已转人工 transferred", "green"),
    "served": ("已答复 served", "green"),
    "unserved": ("未答复 unserved", "yellow"),
    "abandoned": ("中途挂断 abandoned", "yellow"),
}
_CUT = {"key": "被按键打断 cut by a key", "speech": "被说话打断 cut by speech", "hangup": "挂断 cut by hang-up"}
_ENDED_BY: Mapping[str, str] = {
    "caller": "来电人挂断 caller",
    "menu": "菜单结束 menu",
    "operator": "值班员 operator",
    "line": "线路中断 line",
    "limit": "超过上限 limit",
    "gateway": "网关 gateway",
    "": "",
}
#: Heading, and the width below which a column is not squeezed in a narrow terminal.
_COLUMNS = (
    ("编号 id", 22),
    ("开始 start", 8),
    ("来电 caller", 11),
    ("拨打 dialled", 5),
    ("时长 length", 5),
    ("结果 outcome", 6),
    ("结束 ended", 6),
    ("最后 last", 5),
)


def print_calls(calls: Sequence[CallEntry]) -> None:
    """The calls as a table, latest first."""
    console = Console()
    if not calls:
        console.print("还没有通话 / no calls")
        return
    table = Table(box=None, pad_edge=False)
    for heading, least in _COLUMNS:
        table.add_column(heading, overflow="fold", min_width=least)
    for call in calls:
        label, colour = _OUTCOMES.get(call.outcome, (call.outcome, ""))
        table.add_row(
            _safe(call.id),
            f"{call.started_at.astimezone():%m-%d %H:%M:%S}",
            _safe(call.caller_masked or "—"),
            _safe(call.dialled),
            "" if call.duration_ms is None else _clock(call.duration_ms),
            Text(label, style=colour),
            _safe(_joined(call.ended_by, call.end_reason)),
            _safe(call.last_node),
        )
    console.print(table)


def print_call(call: CallEntry, steps: Sequence[StepEntry]) -> None:
    """One call: what is known of it, and its time-line."""
    console = Console()
    print_head(call)
    console.print()
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for happening in timeline(call, steps):
        label, text, details = shown(call, happening)
        line = _safe(text)
        if details:
            line.append(f"  {printable(details)}", style="dim")
        table.add_row(_clock(happening.ms, tenths=True), label, line)
    console.print(table)


def print_head(call: CallEntry) -> None:
    """What is known of a call."""
    Console().print(_head(call))


def shown(call: CallEntry, happening: Happening) -> tuple[str, str, str]:
    """A happening in words: what it is, what of it, and details."""
    return _SHOWN[happening.what](call, happening)


def _head(call: CallEntry) -> Table:
    label, colour = _OUTCOMES.get(call.outcome, (call.outcome, ""))
    quality = ""
    if call.rtp_loss is not None:
        quality = f"{call.codec}  丢包 loss {call.rtp_loss:.1%}  抖动 jitter {call.jitter_ms or 0:.0f} ms"
    asked = ""
    if call.backend_queries:
        asked = f"{call.backend_queries}  失败 failed {call.backend_failures}  共 in all {call.backend_ms} ms"
    rows = (
        ("通话 call", call.id),
        ("开始 start", f"{call.started_at.astimezone():%Y-%m-%d %H:%M:%S %z}"),
        ("来电 caller", _joined(call.caller_masked or "—", call.caller_hash, "  ")),
        ("拨打 dialled", call.dialled),
        ("结果 outcome", label),
        ("时长 length", "" if call.duration_ms is None else _clock(call.duration_ms, tenths=True)),
        ("菜单 menu", _joined(call.tree, call.menu_revision, "  ")),
        ("语言 language", call.language),
        ("按键 keys", f"{call.keys} {call.key_source}" if call.keys else ""),
        ("线路 line", quality),
        ("后台 backend", asked),
        ("进程 worker", call.worker),
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            table.add_row(name, Text(printable(value), style=colour if value == label else ""))
    return table


def _offered(call: CallEntry, _: Happening) -> tuple[str, str, str]:
    return "来电 offered", f"{call.caller_masked or '—'} → {call.dialled}", call.user_agent


def _answered(_call: CallEntry, _: Happening) -> tuple[str, str, str]:
    return "接通 answered", "", ""


def _entered(_: CallEntry, entered: Happening) -> tuple[str, str, str]:
    facts = entered.facts
    return "步骤 step", f"{entered.step}. {facts['tree']}/{facts['node']}", f"{facts['kind']} {facts['language']}"


def _said(_: CallEntry, said: Happening) -> tuple[str, str, str]:
    facts = said.facts
    details = [f"{facts['played_ms'] / 1000:.1f} s"]
    if facts["total_ms"] is not None and facts["ended"] != "finished":
        details[0] = f"{facts['played_ms'] / 1000:.1f}/{facts['total_ms'] / 1000:.1f} s"
    if facts["ended"] in _CUT:
        details.append(_CUT[facts["ended"]])
    if facts["first_audio_ms"] is not None:
        details.append(f"首音 first sound {facts['first_audio_ms']} ms")
    if facts["late_clauses"]:
        details.append(f"迟到 late {facts['late_clauses']}")
    if facts["purpose"] not in ("", "prompt"):
        details.append(facts["purpose"])
    return "播放 said", facts["text"], ", ".join(details)


def _input(_: CallEntry, given: Happening) -> tuple[str, str, str]:
    facts = given.facts
    if facts["outcome"] == "no_input":
        return "无输入 silence", "—", f"第 {facts['attempt']} 次 attempt {facts['attempt']}"
    if facts["key_source"] == "speech":
        return _spoken(facts)
    details = [facts["outcome"], facts["key_source"], f"第 {facts['attempt']} 次 attempt {facts['attempt']}"]
    return "按键 input", _joined(facts["input"], facts["option"], " → "), ", ".join(filter(None, details))


def _spoken(facts: Mapping[str, Any]) -> tuple[str, str, str]:
    details = [facts["outcome"], facts.get("band", "")]
    likely = (f"{one['phrase'] or one['id']} {one['confidence'] or 0:.2f}" for one in facts.get("candidates", ()))
    details.append(" | ".join(likely))
    if facts.get("decision_ms") is not None:
        details.append(f"判断 decided in {facts['decision_ms']} ms")
    details.append(f"第 {facts['attempt']} 次 attempt {facts['attempt']}")
    return "说话 speech", _joined(facts["input"], facts["option"], " → "), ", ".join(filter(None, details))


def _hearing(_: CallEntry, failed: Happening) -> tuple[str, str, str]:
    return "听不了 hearing", f"改用按键 keys instead: {failed.facts['failed']}", failed.facts["detail"]


def _bad_line(_: CallEntry, bad: Happening) -> tuple[str, str, str]:
    return "线路差 bad line", "改用按键、短句、慢速 keys, short and slow prompts", bad.facts["reason"]


def _backend(_: CallEntry, asked: Happening) -> tuple[str, str, str]:
    return "后台 backend", asked.facts["operation"], f"{asked.facts['status']}, {asked.facts['took_ms']} ms"


def _transfer(_: CallEntry, made: Happening) -> tuple[str, str, str]:
    return "转接 transfer", made.facts["target"], f"{made.facts['outcome']}, {made.facts['took_ms']} ms"


def _left(_: CallEntry, made: Happening) -> tuple[str, str, str]:
    ticket, status = made.facts["ticket"], made.facts["status"]
    return "留下 left", made.facts["kind"], ticket if status == "kept" else status


def _ended(call: CallEntry, _: Happening) -> tuple[str, str, str]:
    by = _ENDED_BY.get(call.ended_by, call.ended_by)
    return "结束 ended", _joined(by, call.end_reason, ": "), f"SIP {call.sip_code}" if call.sip_code else ""


_SHOWN: Mapping[str, Callable[[CallEntry, Happening], tuple[str, str, str]]] = {
    "offered": _offered,
    "answered": _answered,
    "entered": _entered,
    "said": _said,
    "input": _input,
    "hearing": _hearing,
    "bad_line": _bad_line,
    "backend": _backend,
    "transfer": _transfer,
    "left": _left,
    "ended": _ended,
}


def _clock(ms: int, *, tenths: bool = False) -> str:
    """`1:02:03`, `2:03`, with tenths of a second `2:03.4`."""
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"{text}.{rest // 100}" if tenths else text


def _joined(first: str, second: str, between: str = "/") -> str:
    return between.join(filter(None, (first, second)))


def _safe(text: str) -> Text:
    return Text(printable(text))


def printable(text: str) -> str:
    """Without control characters: a caller's user agent must not steer the operator's terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
