"""Lists of calls as CSV and XLSX. Cells that a spreadsheet would take for a formula are written as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ivr.console.web import Visit
from ivr.console.words import WORDS
from ivr.storage.entries import CallEntry

if TYPE_CHECKING:
    import xlsxwriter

LONGEST_EXPORT = 50_000
#: What begins a formula in a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: Attribute of `CallEntry` to heading in Chinese and English.
_COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("通话编号", "id"),
    "started_at": ("来电时间", "started"),
    "duration_ms": ("时长（秒）", "seconds"),
    "caller_masked": ("来电号码", "caller"),
    "dialled": ("拨打号码", "dialled"),
    "township": ("乡镇", "township"),
    "tree": ("菜单", "menu"),
    "outcome": ("结果", "outcome"),
    "ended_by": ("谁挂断", "ended by"),
    "end_reason": ("原因", "reason"),
    "last_node": ("最后一步", "last step"),
    "steps": ("步数", "steps"),
    "not_understood": ("没听懂", "not understood"),
    "silences": ("没有输入", "silences"),
    "barge_ins": ("打断", "barge-ins"),
    "backend_queries": ("查询", "queries"),
    "backend_failures": ("查询失败", "failed queries"),
    "transfer_outcome": ("转接", "transfer"),
    "left_items": ("留下几件", "left"),
    "rating": ("评价", "rating"),
    "rtp_loss": ("丢包率", "packet loss"),
    "jitter_ms": ("抖动（毫秒）", "jitter ms"),
    "user_agent": ("对方设备", "user agent"),
}
_WORDED = {"outcome": "outcome", "ended_by": "ended_by", "end_reason": "reason", "transfer_outcome": "transfer"}


def csv_of(calls: Iterable[CallEntry], visit: Visit) -> bytes:
    """The calls as CSV (RFC 4180), UTF-8 with a byte order mark, without which Excel reads Chinese wrongly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([visit.say(*heading) for heading in _COLUMNS.values()])
    writer.writerows([harmless(value) for value in _row(call, visit)] for call in calls)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def xlsx_of(calls: Iterable[CallEntry], visit: Visit) -> bytes:
    """The calls as a workbook, texts as texts, times as times."""
    import xlsxwriter  # not loaded by a console that starts: it is seldom wanted

    memory = io.BytesIO()
    # Row by row: a sheet of the longest export would otherwise take 300 MB until it is closed.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(memory, {**options, "strings_to_numbers": False, "remove_timezone": True})
    with closing(workbook):  # also where the calls end with an error: rows wait in a file until then
        _fill(workbook, calls, visit)
    return memory.getvalue()


def _fill(workbook: xlsxwriter.Workbook, calls: Iterable[CallEntry], visit: Visit) -> None:
    sheet = workbook.add_worksheet(visit.say("通话", "calls"))
    bold = workbook.add_format({"bold": True})
    time = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for column, heading in enumerate(_COLUMNS.values()):
        sheet.write_string(0, column, visit.say(*heading), bold)
    line = 0
    for line, call in enumerate(calls, 1):
        for column, value in enumerate(_row(call, visit)):
            if isinstance(value, datetime):
                sheet.write_datetime(line, column, value, time)
            elif isinstance(value, (int, float)):
                sheet.write_number(line, column, value)
            else:
                sheet.write_string(line, column, str(value))
    sheet.set_column(0, 1, 22)
    sheet.set_column(2, len(_COLUMNS) - 1, 12)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, line), len(_COLUMNS) - 1)


def harmless(value: Any) -> Any:
    """The value so that no spreadsheet takes it for a formula: an apostrophe before what looks like one."""
    text = f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def _row(call: CallEntry, visit: Visit) -> list[Any]:
    return [_cell(name, getattr(call, name), visit) for name in _COLUMNS]


def _cell(name: str, value: Any, visit: Visit) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone().replace(tzinfo=None)
    if name == "duration_ms":
        return round(value / 1000, 1)
    if name in _WORDED:
        pair = WORDS[_WORDED[name]].get(value)
        return visit.say(*pair) if pair else value
    return value
