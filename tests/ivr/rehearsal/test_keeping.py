"""Virtual callers leave recordings, marks and wishes, get messages, and are remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.rehearsal.report import Report, rehearse
from menus.loader import load_menus

TREE = """\
ivr: 1
id: desk
title: 留言
languages: [zh]
start: what
way_out: bye
nodes:
  what:
    kind: menu
    prompt: 请选一样。
    options:
      - {keys: "1", label: 留言, next: talk}
      - {keys: "2", label: 评分, next: rate}
      - {keys: "3", label: 短信, next: note}
      - {keys: "4", label: 记住, next: keep}
  talk: {kind: record, prompt: 请在嘀声后留言。, save_as: receipt, next: kept, failed: lost}
  rate: {kind: rate, prompt: 请您打分。, next: kept}
  note: {kind: send, message: 您好，这是短信。, next: kept, queued: kept, failed: lost}
  keep: {kind: remember, values: {language: "'zh'"}, next: kept}
  kept: {kind: hangup, text: 都办好了。}
  lost: {kind: say, text: 没有办成。, next: bye}
  bye: {kind: hangup, text: 再见。}
"""


def rehearsed(folder: Path, case: str) -> Report:
    (folder / "desk.yaml").write_text(TREE, "utf-8")
    (folder / "desk.cases.yaml").write_text(f"rehearsals: 1\ntree: desk\ncases:\n  - {case}\n", "utf-8")
    return rehearse(load_menus(folder), [folder])


@pytest.mark.parametrize(
    "case",
    [
        "{name: x, steps: [{press: '1'}, {say: 我家门口的路坏了。}, {press: '1'}, {leaves: {recording: {how: kept}}},"
        " {hear: 都办好了}]}",
        "{name: x, outbox: disk, steps: [{press: '1'}, {say: 路坏了。}, {press: '1'}, {hear: 没有办成}]}",
        "{name: x, steps: [{press: '1'}, {say: 我要说的话很长很长。}, {press: '2'}, {press: '1'}, {hear: 都办好了}]}",
        "{name: x, steps: [{press: '1'}, {say: 一}, hang_up]}",
        "{name: x, steps: [{press: '2 5'}, {leaves: {rating: {mark: 5}}}]}",
        "{name: x, steps: [{press: '3'}, {sends: 这是短信}, {hear: 都办好了}]}",
        "{name: x, messages: failed, steps: [{press: '3'}, {hear: 没有办成}]}",
        "{name: x, steps: [{press: '4 1'}, {remembers: {language: zh}}]}",
    ],
)
def test_goes_as_it_must(tmp_path: Path, case: str) -> None:
    report = rehearsed(tmp_path, case)
    assert [problem.text for problem in report.problems] == []


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("{name: x, steps: [{press: '2 5'}, {leaves: {rating: {mark: 4}}}]}", "应当留下 rating"),
        ("{name: x, steps: [{press: '3'}, {sends: 别的话}]}", "应当发出"),
        ("{name: x, steps: [{press: '4 1'}, {remembers: {language: en}}]}", "应当记住"),
        ("{name: x, steps: [{press: '1'}, {hear: 都办好了}]}", "应当听到"),
    ],
)
def test_says_what_was_not_so(tmp_path: Path, case: str, why: str) -> None:
    (problem,) = rehearsed(tmp_path, case).problems
    assert why in problem.text


def test_exits_of_these_nodes_are_covered(tmp_path: Path) -> None:
    done = rehearsed(
        tmp_path, "{name: x, outbox: disk, steps: [{press: '1'}, {say: 路坏了。}, {press: '1'}, {hear: 没有办成}]}"
    )
    seen = {str(item) for item in done.coverage.seen}
    assert "desk.talk [failed]" in seen and "desk.talk [next]" not in seen
