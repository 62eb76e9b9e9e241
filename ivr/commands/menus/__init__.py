"""`ivr menus`: everything that authors do with menus, one file for each command."""

from __future__ import annotations

import click

from ivr.commands.lazy import LazyGroup

#: Subcommand to the module of this package that has it as `command`, and one line of help.
COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("check", "检查菜单，一次说出所有问题 / say everything that is wrong with menus"),
    "try": ("try_", "不用电话试打 / call a menu by typing"),
    "new": ("new", "新建一棵能用的菜单树 / make a new tree that works"),
    "fmt": ("fmt", "统一排版，注释不变 / lay files out; comments stay"),
    "graph": ("graph", "把菜单画成图 / draw menus"),
    "listen": ("listen", "把一次通话听一遍 / hear a whole call as one WAV file"),
    "script": ("script", "播音员的录音稿 / the announcer's script"),
    "import": ("import_", "把别的系统的菜单带过来 / bring menus of other systems over"),
    "schema": ("schema", "给编辑器用的 JSON Schema / the JSON Schema for editors"),
    "test": ("test", "排练：把写好的通话走一遍 / run the rehearsals beside the menus"),
    "migrate": ("migrate", "改写成最新的版本 / rewrite menus in the newest version of the language"),
    "publish": ("publish", "发布：让来电人听到 / publish: let callers hear them"),
    "diff": ("diff", "两个版本有什么不同 / what differs between two revisions"),
    "log": ("log", "发布过什么 / what was published, by whom and why"),
    "rollback": ("rollback", "恢复以前的版本 / publish an old revision again"),
    "export": ("export", "取出发布过的菜单 / the files of a published revision"),
}


@click.group(name="menus", cls=LazyGroup, package="ivr.commands.menus", members=COMMANDS)
def command() -> None:
    """菜单 / menu trees."""
