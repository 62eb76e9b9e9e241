"""`ivr keys`: the keys that seal what is kept of callers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from backend_client.outbox.writer import recordings_folder
from ivr.commands.options import data_option, misconfigured
from ivr.config import DataFolder
from ivr.privacy import KeyFileError, SealedFiles, UnsealError
from ivr.privacy.keyfile import Key, read, rotate
from ivr.privacy.sealed_files import is_sealed
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


@command.command("seal", help="封存以前明文保存的录音 / seals recordings that were kept plain before")
@data_option
def seal_recordings(data: Path) -> None:
    folder = DataFolder(data)
    try:
        files = SealedFiles(folder.caller_key)
        plain = [
            file
            for place in (folder.recordings, recordings_folder(folder.outbox))
            for file in place.rglob("*.wav")
            if not is_sealed(file)
        ]
        for file in plain:
            times = file.stat()
            files.seal(file, file)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # retention counts from when it was recorded
    except (KeyFileError, OSError) as error:
        misconfigured(str(error))
    print(f"已封存 / sealed: {len(plain)}")


@command.command("open", help="解开一段录音，写成普通 WAV / writes a sealed recording as a plain WAV file")
@data_option
@click.argument("sealed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("plain", type=click.Path(path_type=Path))
def open_recording(data: Path, sealed: Path, plain: Path) -> None:
    try:
        content = SealedFiles(DataFolder(data).caller_key).read(sealed)
        descriptor = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
    except (KeyFileError, UnsealError, OSError) as error:
        raise click.ClickException(str(error)) from error
    print(f"{plain}: 明文，用完请删 / not sealed: delete it when you are done")


def _described(key: Key, index: int, count: int) -> dict[str, str]:
    uses: list[str] = []
    if index == 0:
        uses.append("封存 seals")
    if index == count - 1:
        uses.append("认来电人 recognises callers")
    return {"name": key.name, "cipher": key.cipher, "uses": "，".join(uses) or "只读旧的 opens old ones"}
