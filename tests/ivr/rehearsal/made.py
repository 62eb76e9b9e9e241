"""Small menus and rehearsals for tests of the rehearsal room."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from ivr.rehearsal.report import Report, rehearse
from menus.loader import load_menus

TREE = """
ivr: 1
id: village
title: 村里的热线
languages: [zh]
start: ask
way_out: person
nodes:
  ask:
    kind: menu
    prompt: 您好，请问您要办什么事？
    options:
      - {keys: "1", label: 查办件, next: number}
      - {keys: "0", label: 找人工, next: person}
  number: {kind: collect, prompt: 请输入号码。, save_as: case_number, least: 4, most: 4, next: look_up}
  look_up:
    kind: query
    operation: get_case
    arguments: {number: case_number}
    save_as: case
    next: found
    not_found: missing
    failed: down
  found: {kind: hangup, text: "您的事，{case.status_text}。大概{case.expected_on:date}办好。再见。"}
  missing: {kind: say, text: 没有这个号码。, next: ask}
  down: {kind: say, text: 现在查不了。, next: ask}
  person: {kind: transfer, target: operator, next: bye, busy: ask, no_answer: ask, failed: ask}
  bye: {kind: hangup, text: 谢谢来电。}
"""

HEAD = """
rehearsals: 1
tree: village
samples:
  good: {status_text: 正在审核, expected_on: "2026-12-05"}
backend: {get_case: good}
cases:
"""


def write(folder: Path, cases: str, tree: str = TREE) -> Path:
    """A folder with the village's tree and rehearsals; the path of the rehearsals."""
    (folder / "village.yaml").write_text(tree.lstrip(), "utf-8")
    file = folder / "village.cases.yaml"
    file.write_text(HEAD.lstrip() + dedent(cases), "utf-8")
    return file


def run(folder: Path, cases: str) -> Report:
    """Rehearse the village with these cases."""
    write(folder, cases)
    return rehearse(load_menus(folder), [folder])


def failure(folder: Path, steps: str, more: str = "") -> str:
    """Why a case with these steps, a YAML flow sequence, fails; empty if it passes."""
    report = run(folder, f"- {{name: x, steps: {steps}{', ' if more else ''}{more}}}\n")
    assert not [problem.text for file in report.files for problem in file.problems]
    (outcome,) = report.outcomes
    return str(outcome.failure) if outcome.failure else ""
