"""A console on which two authors work on small menus."""

from __future__ import annotations

import json
from typing import Any

from tests.ivr.console.support import HASH, Browser, Reply, TestConsole

VILLAGE = """\
# 村里的热线
ivr: 2
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
      - {keys: "1", label: 听停电通知, phrases: {zh: [停电通知]}, next: power}   # 停电
      - {keys: "0", label: 找人工, phrases: {zh: [人工]}, next: person}
  power: {kind: say, text: 这几天没有停电通知。, next: ask}
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
  bye: {kind: hangup, text: 谢谢来电，再见。}
"""
CASES = """\
rehearsals: 1
tree: village

cases:
  - name: 听通知
    steps:
      - press: "1"
      - hear: 没有停电通知
"""
EDIT = "/authoring/trees/village/edit"
#: What an author changes.
BETTER = VILLAGE.replace("这几天没有停电通知。", "这几天不停电，没有停电通知。")


def village(console: TestConsole) -> None:
    """Let the folder of the console hold one small tree, and let there be a second author, `li`."""
    console.files = {"village.yaml": VILLAGE, "village.cases.yaml": CASES}
    console.office.prepare()
    console.office.accounts.add("li", "李秀英", "author", HASH)


class Author:
    """Somebody who edits.

    Attributes:
        version: of the draft that the page shows.
    """

    def __init__(self, console: TestConsole, name: str = "author") -> None:
        self.browser: Browser = console.browser()
        assert self.browser.sign_in(name).status == 303
        self.key = self.browser.form_key(EDIT)
        self.version = 0

    def post(self, path: str, **fields: str) -> Reply:
        """Send what a script of the page sends."""
        body = json.dumps({"form_key": self.key, **fields}, ensure_ascii=False).encode()
        return self.browser.ask("POST", path, {"Content-Type": "application/json"}, body)

    def type(self, text: str, file: str = "village.yaml") -> dict[str, Any]:
        """Type a text into the editor; what the page is told."""
        reply = self.save(text, file)
        assert reply.status == 200, reply.text
        told: dict[str, Any] = json.loads(reply.text)
        self.version = told["version"]
        return told

    def save(self, text: str, file: str = "village.yaml", tree: str = "village") -> Reply:
        fields = {"file": file, "text": text, "version": str(self.version), "as": "json"}
        return self.post(f"/authoring/trees/{tree}/save", **fields)

    def publish(self, why: str = "说法更顺", base: str = "") -> Reply:
        form = {"why": why, "base": base, "chosen": "1", "draft.village": "1"}
        return self.browser.post("/authoring/publish", {"form_key": self.key, **form})
