"""`ivr keys`: the keys that seal what is kept of callers."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ivr.commands.options import data_option, misconfigured
from ivr.config import DataFolder
from ivr.privacy import KeyFileError
from ivr.privacy.keyfile import Key, read, rotate
from ivr.privacy.seals import CIPHERS, USUAL_CIPHER


@click.group(name="keys", help="密钥：查看、更换 / keys that seal what is kept of callers: list, rotate")
def command() -> None:
    pass


@command.command("list", help="密钥的名字，不含密钥 / names of the keys, never the keys")
@data_option
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
def list_keys(data: Path, as_json: bool) -> None:
    key_file = DataFolder(data).caller_key
    try:
        keys = read(key_file)
    except (KeyFileError, OSError) as error:
        misconfigured(str(error))
    described = [_described(key, index, len(keys)) for index, key in enumerate(keys)]
    if as_json:
        print(json.dumps(described, ensure_ascii=False, indent=2))
        return
    for key in described:
        print(f"{key['name']}  {key['cipher']:12}  {key['uses']}")


@command.command("rotate", help="换新密钥；旧的留着，能读以前的 / a new key; older ones stay to read what they sealed")
@data_option
@click.option(
    "--cipher",
    default=USUAL_CIPHER,
    show_default=True,
    type=click.Choice(sorted(CIPHERS)),
    help="算法，sm4-gcm 是国密 / cipher; sm4-gcm is the Chinese national one",
)
def rotate_keys(data: Path, cipher: str) -> None:
    try:
        new = rotate(DataFolder(data).caller_key, cipher)
    except (KeyFileError, OSError) as error:
        misconfigured(str(error))
    print(f"{new.name}  {new.cipher}")
    print("运行中的进程接着用旧密钥，请执行 / running processes go on with the old key, run: ivr workers renew")


def _described(key: Key, index: int, count: int) -> dict[str, str]:
    uses: list[str] = []
    if index == 0:
        uses.append("封存 seals")
    if index == count - 1:
        uses.append("认来电人 recognises callers")
    return {"name": key.name, "cipher": key.cipher, "uses": "，".join(uses) or "只读旧的 opens old ones"}
