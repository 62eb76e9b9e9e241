"""The smallest sound tree, and how the example of a rule becomes a whole tree."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

#: Examples replace its keys. Its id is the name of its file.
FRAME = """\
ivr: 2
id: example
title: 例子
languages: [zh]
start: ask
way_out: person
nodes:
  ask:
    kind: menu
    prompt: 请问您要办什么事？
    options:
      - {keys: "1", label: 听通知, next: bye}
      - {keys: "0", label: 找人工, next: person}
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
  bye: {kind: hangup, text: 再见。}
"""


def tree_of_example(example: str) -> str:
    """Return the YAML of the frame with the keys of an example in it."""
    tree: dict[str, Any] = yaml.safe_load(FRAME)
    keys: dict[str, Any] = yaml.safe_load(example)
    nodes = {**tree["nodes"], **keys.pop("nodes", {})}
    return str(yaml.safe_dump({**tree, **keys, "nodes": nodes}, allow_unicode=True, sort_keys=False, width=10_000))
