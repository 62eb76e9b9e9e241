"""The command `ivr`: one subcommand for each file in `ivr.commands`, imported only when it is used."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from ivr.commands.lazy import LazyGroup

#: Subcommand to the module of `ivr.commands` that has it as `command`, and one line of help.
COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("serve", "运行整个网关 / run the whole gateway on this machine"),
    "workers": ("workers", "接线进程：查看、排空、换新 / line workers: list, drain, renew"),
    "edge": ("edge", "只运行入口，分给别的机器 / only an edge, in front of gateways on other machines"),
    "line": ("line", "接电话的进程 / one line worker: answers up to four calls"),
    "template": ("template", "接线进程的母本 / what line workers are forked from"),
    "speech": ("speech", "语音进程 / the speech worker"),
    "ship": ("ship", "把通话记录写进数据库 / ships journals into the call log"),
    "console": ("console", "值班台网页 / the web console"),
    "outbound": ("outbound", "热线打出去的电话 / calls that the gateway places"),
    "outbox": ("outbox", "来电人留下的东西 / what callers left, and its delivery"),
    "backend": ("backend", "部门接口 / connectors to department systems"),
    "sync": ("sync", "提前取回公开内容 / fetches public content ahead of calls"),
    "backend-demo": ("backend_demo", "演示用后台 / the demo backend"),
    "phone": ("phone", "测试电话 / a test phone that places a real call"),
    "calls": ("calls", "查看通话记录 / look at the call log"),
    "users": ("users", "值班台账号 / who may sign in to the console"),
    "retention": ("retention", "保存期限：过期删除、保全 / delete what is old, hold what is needed"),
    "tokens": ("tokens", "接口令牌 / tokens of programs for the console's API"),
    "audit": ("audit", "审计日志 / the audit log of the console"),
    "menus": ("menus", "菜单：检查、试打、排练、发布 / menus: check, try, rehearse, publish"),
    "prompts": ("prompts", "预先合成提示音 / render prompts ahead of calls"),
    "models": ("models", "语音模型 / install and verify speech models"),
    "capture": ("capture", "抓一个电话的包 / the packets of one call as a pcap file"),
    "backup": ("backup", "备份 / one archive of all that cannot be made again"),
    "restore": ("restore", "恢复备份 / puts a backup into an empty data folder"),
    "keys": ("keys", "密钥：查看、更换 / keys that seal what is kept of callers"),
    "doctor": ("doctor", "体检：缺什么、怎么补 / what is missing, and the command that mends it"),
}


@click.group(
    cls=LazyGroup,
    package="ivr.commands",
    members=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="xiangyin")
def main(**_: Any) -> None:
    """乡音 Xiangyin: a telephone gateway that brings public services to people without internet."""
    # An upgrade moves the link to the installation while we run; what is imported later must be of our version.
    sys.path[:] = [os.path.realpath(entry) if entry else entry for entry in sys.path]


if __name__ == "__main__":
    main()
