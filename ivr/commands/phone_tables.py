"""How `ivr phone` shows a call in a terminal: what is known of it, and its time-line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ivr.sip.phone_report import PhoneReport

_REASONS: Mapping[str, str] = {
    "finished": "做完听完 all done and heard",
    "hangup": "按剧本挂断 as the script says",
    "no_sound": "等不到声音 waited for a prompt in vain",
    "timeout": "超时 timeout",
    "interrupted": "被打断 interrupted",
    "remote": "对方挂断 the other side hung up",
    "refused": "对方拒绝 refused",
    "no_answer": "无人接听 no answer",
}


def print_report(report: PhoneReport) -> None:
    """The call on standard output."""
    console = Console()
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for ms, label, text in sorted(_happenings(report), key=lambda happening: happening[0]):
        table.add_row(f"{ms / 1000:.2f} s", label, Text(text))
    console.print(table)
    for label, text in _facts(report):
        console.print(Text.assemble((f"{label}  ", "dim"), text), highlight=False, soft_wrap=True)


def failure(report: PhoneReport) -> str:
    """One line for a call that was not answered."""
    why = _REASONS.get(report.end_reason, report.end_reason)
    code = f": SIP {report.sip_code} {report.sip_reason}" if report.sip_code else ""
    return f"没有接通 / not answered ({why}){code}"


def _happenings(report: PhoneReport) -> Iterator[tuple[int, str, str]]:
    if report.answered_ms is not None:
        yield 0, "接通 answered", f"{report.answered_ms} ms 后 after INVITE"
    for prompt in report.prompts:
        length = f"{(prompt.end_ms - prompt.start_ms) / 1000:.1f} s"
        yield prompt.start_ms, "听到 heard", f"{length}  {prompt.text or ''}".rstrip()
    for keys in report.keys:
        latency = "没有回应 no answer" if keys.latency_ms is None else f"{keys.latency_ms} ms 后回应 to the next prompt"
        yield keys.sent_at_ms, "按键 keys", f"{keys.keys}  {latency}"
    for speech in report.spoken:
        latency = (
            "没有回应 no answer" if speech.latency_ms is None else f"{speech.latency_ms} ms 后回应 to the next prompt"
        )
        yield speech.started_at_ms, "说话 spoke", f"{speech.sound}  {latency}"
    if report.ended_by:
        why = _REASONS.get(report.end_reason, report.end_reason)
        by = "本机挂断 the phone hung up: " if report.ended_by == "phone" else ""
        yield report.ended_ms, "结束 ended", f"{by}{why}  SIP {report.sip_code} {report.sip_reason}"


def _facts(report: PhoneReport) -> Iterator[tuple[str, str]]:
    if report.unsent:
        yield "没按成 not sent", " ".join(report.unsent)
    quality = report.quality
    if quality.codec:
        yield (
            "线路 line",
            f"{quality.codec}  收到 received {quality.received}  丢包 loss {quality.loss:.1%}  "
            f"抖动 jitter {quality.jitter_ms:.1f} ms",
        )
    if report.recording:
        yield "录音 recording", f"{report.recording}（左：听到 left: heard；右：发出 right: sent）"
