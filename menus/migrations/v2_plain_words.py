"""Version 2: two keys that only telephone engineers understood have plain names.

`bargeable: false` is `interruptible: false`; `flush: true` is `forget_early_keys: true`.
"""

from __future__ import annotations

from menus.migrations.block import Block

RENAMED = {"bargeable": "interruptible", "flush": "forget_early_keys"}


def migrate(tree: Block) -> None:
    for nodes in tree.blocks("nodes"):
        for node in nodes.inner():
            for old, new in RENAMED.items():
                node.rename(old, new)
