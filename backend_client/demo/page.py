"""The page at `/` for people who try the demo: which numbers there are, and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>乡音演示后台 / Xiangyin demo backend</title>
<style>
body {{ font: 18px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; max-width: 40rem; margin: 3rem auto;
        padding: 0 1rem; color: #222; background: #fbfaf6; }}
h1 {{ font-size: 1.5rem; border-bottom: 4px solid #b5402a; padding-bottom: .3rem; }}
td {{ padding: .2rem 1.5rem .2rem 0; vertical-align: top; }}
td.en {{ color: #666; }}
code {{ font-size: 1.1em; letter-spacing: .05em; }}
p.en {{ color: #666; margin-top: -.8rem; }}
</style>
</head>
<body>
<h1>乡音演示后台 <small>Xiangyin demo backend</small></h1>
<p>打热线，按 1 查办件，输入下面的号码，按井号。</p>
<p class="en">Call the hotline, press 1, then one of these numbers and the hash key.</p>
<table>
{rows}
</table>
{messages}
<p>数据是编的，日期从今天算起。接口说明：<code>backend_client/openapi.yaml</code></p>
<p class="en">The data is made up; its dates count from today.</p>
</body>
</html>
"""


_MESSAGES = """<h2>发出的短信 <small>Text messages that were sent</small></h2>
<table>
{rows}
</table>"""


def page(cases: Sequence[tuple[str, str, str]], messages: Sequence[tuple[str, str, str]] = ()) -> bytes:
    """Return the page.

    Args:
        cases: number, and what it shows in Chinese and in English.
        messages: when, to whom, and the text.
    """
    rows = "\n".join(
        f"<tr><td><code>{escape(number)}</code></td><td>{escape(chinese)}</td>"
        f'<td class="en">{escape(english)}</td></tr>'
        for number, chinese, english in cases
    )
    sent = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in message)}</tr>" for message in messages)
    return _PAGE.format(rows=rows, messages=_MESSAGES.format(rows=sent) if sent else "").encode()
