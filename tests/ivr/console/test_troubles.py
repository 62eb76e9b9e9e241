"""Warnings in plain words: each rule speaks of what the program really says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ivr.commands.console_health import _errors
from ivr.console.troubles import RULES, Rule, troubles
from ivr.logs import LogLine
from tests.ivr.console.support import START, TestConsole

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def program() -> str:
    """All that our programs can say, as it stands in their source."""
    folders = ("ivr", "speech", "backend_client")
    own = ROOT / "ivr" / "console" / "troubles.py"
    return "\n".join(file.read_text("utf-8") for name in folders for file in (ROOT / name).rglob("*.py") if file != own)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meaning[1])
def test_every_rule_is_about_something_that_is_said(rule: Rule, program: str) -> None:
    for words in rule.told:
        assert words in program
    assert all(rule.meaning) and all(rule.remedy)


def said(message: str, minutes: int = 0, process: str = "line-1") -> LogLine:
    return LogLine(START + timedelta(minutes=minutes), "ERROR", process, message)


def test_what_many_lines_say_is_said_once_and_the_latest_first() -> None:
    found = troubles(
        [
            said("line-1 hangs: no sign of life for 31.0 s; it is replaced"),
            said("a thing that nobody foresaw", 1),
            said("line-2 hangs: no sign of life for 30.5 s; it is replaced", 2),
            said("another thing", 3),
        ]
    )
    assert [(trouble.meaning[1], trouble.times) for trouble in found] == [
        ("The program reports a problem", 1),
        ("A process hung and is replaced", 2),
        ("The program reports a problem", 1),
    ]
    assert found[1].line.startswith("line-2") and found[1].at == START + timedelta(minutes=2)
    assert len(troubles([said(f"thing {number}") for number in range(40)], most=5)) == 5


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-20 17:30:00,250 ERROR ivr.storage.shipper: the call log cannot be written, trying again: refused",
        "2026-11-20 17:30:01,000 INFO ivr.processes.child: ship: "
        "2026-11-20 17:30:00,250 ERROR ivr.storage.shipper: the call log cannot be written, trying again: refused",
        '{"at": "2026-11-20T09:30:00.250+00:00", "level": "ERROR", "logger": "x", "process": "ship", '
        '"message": "the call log cannot be written, trying again: refused"}',
    ],
    ids=["lines", "of a child", "json"],
)
def test_the_log_is_read_in_either_format(tmp_path: Path, line: str) -> None:
    log = tmp_path / "gateway.log"
    log.write_text(
        f"2026-11-20 17:29:00,000 INFO x: all is well\n{line}\nTraceback (most recent call last):\n", "utf-8"
    )
    (found,) = troubles(_errors(log))
    assert found.meaning[1].startswith("The database cannot be reached")
    assert found.line == "the call log cannot be written, trying again: refused"


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_the_page_says_it_with_what_to_do(console: TestConsole) -> None:
    page = console.browser("administrator").get("/health").text
    assert page.count("来电人听到了应急声音") == 1 and "共 2 次" in page
    assert "ivr prompts render" in page and "程序的原话" in page and "slow &lt;b&gt;" in page
