"""`ivr capture`: the packets of one call in a file."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.sip.capture import CallFilter, capture


@click.command(name="capture")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--caller", metavar="NUMBER", help="这个主叫的下一个电话 / the next call of this caller, else of anybody")
@click.option("--sip-call-id", default="", help="正在进行的那个电话的 Call-ID / of a call in progress")
@click.option(
    "--seconds",
    default=300.0,
    show_default=True,
    type=click.FloatRange(1, 86400),
    help="最多多久 / for so long at most",
)
def command(file: Path, caller: str | None, sip_call_id: str, seconds: float) -> None:
    """抓一个电话的包（SIP、RTP），存成 pcap。电话打完就停。里面有通话的声音和按键，查完请删除。

    Writes the packets of one call, SIP and RTP, as a pcap file, until the call is over. It needs root or CAP_NET_RAW.
    The file holds voices and keys: delete it when the fault is found.
    """
    wanted = CallFilter(caller, sip_call_id)
    try:
        kept = capture(file, wanted, seconds, lambda: print("等电话 / waiting for the call", flush=True))
    except PermissionError as error:
        raise click.ClickException(f"抓包要 root 或 CAP_NET_RAW / needs root or CAP_NET_RAW: {error}") from error
    except FileExistsError as error:
        raise click.ClickException(f"{file} 已经存在 / exists already") from error
    except OSError as error:
        raise click.ClickException(f"{file}: {error}") from error
    print(f"{kept} packets, Call-ID {wanted.sip_call_id or '(没有电话 no call)'}: {file}")
