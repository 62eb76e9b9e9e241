"""A virtual call in lines that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ivr.rehearsal.timeline import Moment


def clock(ms: int) -> str:
    """A moment of a call: minutes, seconds, tenths."""
    minutes, rest = divmod(ms // 100, 600)
    return f"{minutes}:{rest // 10:02d}.{rest % 10}"


def line_of(moment: Moment) -> str:
    """One moment in words; empty for what people need not see."""
    tell = _TOLD.get(moment.what)
    return tell(moment.facts) if tell else ""


def transcript(moments: Iterable[Moment]) -> list[str]:
    """What was heard and done, with the time of each, one line for each."""
    told = ((moment, line_of(moment)) for moment in moments)
    return [f"{clock(moment.ms):>7}  {line}" for moment, line in told if line]


def _arguments(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in facts["arguments"].items())


_TOLD: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "entered": lambda facts: f"· {facts['tree']}.{facts['node']} ({facts['kind']})",
    "heard": lambda facts: f"  “{facts['text']}”",
    "cut": lambda facts: "  …… 打断 cut" if facts["by"] in ("key", "replaced") else "  …… 挂断 cut by hang-up",
    "pressed": lambda facts: f"> 按 press {facts['keys']}",
    "said": lambda facts: f"> 说 say “{facts['text']}”",
    "fired": lambda facts: f"  ({facts['name']} {facts['after_ms'] / 1000:g} s)",
    "asked": lambda facts: f"  ? 后台 backend {facts['operation']}({_arguments(facts)})",
    "answered": lambda facts: f"  ! 后台 backend {facts['operation']}: {facts['status']}, {facts['ms']} ms",
    "called": lambda facts: f"  ☎ 转接 transfer → {facts['target']}",
    "talked": lambda facts: f"  ☎ {facts['target']}: {facts['outcome']}, {facts['ms'] / 1000:g} s",
    "left_behind": lambda facts: f"  ✉ 留下 left: {facts['kind']} {facts['data']}: {facts['outcome']}",
    "sent": lambda facts: f"  ✉ 短信 message → {facts['to']}: “{facts['text']}”: {facts['outcome']}",
    "remembered": lambda facts: f"  记住 remembered: {facts['values']}",
    "forgotten": lambda facts: "  忘掉 forgotten",
    "parked": lambda facts: f"  ⏸ 留着 kept: {facts['tree']}.{facts['node']}, {facts['keep_ms'] / 60_000:g} min",
    "redialled": lambda facts: f"> 再打来 calls again, {facts['after_ms'] / 1000:g} s",
    "ended": lambda facts: f"■ 结束 ended: {facts['by']} ({facts['reason']})",
}
