"""Files of a department on an SFTP server: a real server on this machine, asked over the wire."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock

import backend_client.connectors
from backend_client.connectors.department import DepartmentSystem
from backend_client.connectors.mapping import Mapping, MappingError, SftpSource, load_mapping
from backend_client.connectors.sftp import SftpFolder
from backend_client.errors import AnswerError

EXAMPLE = Path(backend_client.connectors.__file__).parent / "examples" / "telephone_sftp.yaml"
PASSWORD = "drei-Eimer"
SAYS = "号码,户名,余额,备注,日期\n13800138001,李大爷,{},套餐月底到期,2026-11-22\n"
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")


class Server(asyncssh.SSHServer):
    """Lets `hotline` in, by password."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("hotline", PASSWORD)


class Company:
    """A telephone company.

    Attributes:
        folder: what its server shows in `/out`.
        reads: names of the files that were opened.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "out"
        self.folder.mkdir()
        self.reads: list[str] = []
        self.port = 0

    def put(self, name: str, text: str, mtime: int) -> None:
        file = self.folder / name
        file.write_text(text, "utf-8")
        os.utime(file, (mtime, mtime))

    def source(self, **changes: Any) -> SftpSource:
        told: dict[str, Any] = {
            **load_mapping(EXAMPLE).source.model_dump(),
            "host": "127.0.0.1",
            "port": self.port,
            "host_keys": [HOST_KEY.export_public_key().decode().strip()],
            "look_every_s": 0,
            **changes,
        }
        return SftpSource.model_validate(told)

    def remote(self, **changes: Any) -> SftpFolder:
        return SftpFolder(self.source(**changes), "县电信营业厅", {"TELEPHONE_SFTP_PASSWORD": PASSWORD}, patience_s=20)

    async def look(self, remote: SftpFolder) -> bytes:
        content: bytes = await remote.newest().asFuture(asyncio.get_running_loop())
        return content


def with_company(folder: Path, work: Callable[[Company], Awaitable[None]], **options: Any) -> None:
    """Do the work while the company's server runs."""
    company = Company(folder)

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=os.fsencode(company.root))

        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            company.reads.append(path.decode().rpartition("/")[2])
            return super().open(path, pflags, attrs)

    async def run() -> None:
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Server, server_host_keys=[HOST_KEY], sftp_factory=Files, **options
        )
        company.port = server.get_port()
        async with server:
            await work(company)

    asyncio.run(run())


def test_the_newest_file_is_fetched_and_only_when_it_has_changed(tmp_path: Path) -> None:
    async def work(company: Company) -> None:
        company.put("huafei-2.csv", "old", 1000)
        company.put("huafei-1.csv", "new", 2000)
        company.put("other.csv", "x", 3000)
        remote = company.remote()
        assert await company.look(remote) == b"new"
        assert await company.look(remote) == b"new"
        assert company.reads == ["huafei-1.csv"]
        company.put("huafei-1.csv", "newer", 4000)
        assert await company.look(remote) == b"newer"
        company.put("huafei-1.csv", "newest", 5000)
        patient = company.remote(look_every_s=3600)
        both = list(await asyncio.gather(company.look(patient), company.look(patient)))
        assert both == [b"newest", b"newest"]
        company.put("huafei-1.csv", "unseen", 6000)
        assert await company.look(patient) == b"newest"
        assert company.reads == ["huafei-1.csv"] * 3

    with_company(tmp_path, work)


def test_a_key_opens_the_door_as_well(tmp_path: Path) -> None:
    ours = asyncssh.generate_private_key("ssh-ed25519")
    ours.write_private_key(tmp_path / "key")
    (tmp_path / "known").write_text(ours.export_public_key().decode())

    async def work(company: Company) -> None:
        company.put("huafei-1.csv", "text", 1000)
        assert await company.look(company.remote(password_variable="", key_file=tmp_path / "key")) == b"text"

    with_company(tmp_path, work, authorized_client_keys=str(tmp_path / "known"))


def test_what_is_wrong_is_told_to_who_can_mend_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("zwei-Eimer\n")
    theirs = HOST_KEY.get_fingerprint()
    troubles: list[tuple[dict[str, Any], str, str]] = [
        ({"host_keys": [OTHER_KEY.export_public_key().decode().strip()]}, "unreachable", theirs),
        ({"password_variable": "", "password_file": tmp_path / "password"}, "unreachable", "user hotline is refused"),
        ({"user": "nobody"}, "unreachable", "user nobody is refused"),
        ({"folder": "/away"}, "unreachable", "there is no folder /away"),
        ({"pattern": "*.txt"}, "unreachable", "no file *.txt in /out"),
        ({"size_limit": 1000}, "too_large", "huafei-1.csv has more than size_limit (1000 bytes)"),
        ({"port": 1}, "unreachable", "no connection: "),
    ]

    async def work(company: Company) -> None:
        company.put("huafei-1.csv", "x" * 1001, 1000)
        for changes, reason, told in troubles:
            with pytest.raises(AnswerError) as caught:
                await company.look(company.remote(**changes))
            assert caught.value.reason == reason, changes
            assert told in caught.value.detail
            assert PASSWORD not in str(caught.value)

    with_company(tmp_path, work)


def test_a_server_that_says_nothing_costs_no_more_than_patience() -> None:
    async def run() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        told = {**load_mapping(EXAMPLE).source.model_dump(), "host": "127.0.0.1"}
        told["port"] = server.sockets[0].getsockname()[1]
        source = SftpSource.model_validate(told)
        remote = SftpFolder(source, "县电信营业厅", {"TELEPHONE_SFTP_PASSWORD": PASSWORD}, patience_s=0.1)
        with pytest.raises(AnswerError) as caught:
            await remote.newest().asFuture(asyncio.get_running_loop())
        assert caught.value.reason == "timeout"
        server.close()
        await server.wait_closed()

    asyncio.run(run())


def mapping_of(company: Company) -> Mapping:
    return load_mapping(EXAMPLE).model_copy(update={"source": company.source()})


def test_a_caller_who_waits_no_longer_leaves_the_file_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEPHONE_SFTP_PASSWORD", PASSWORD)

    async def work(company: Company) -> None:
        company.put("huafei-1.csv", SAYS.format("32.50"), 1000)
        system = DepartmentSystem(mapping_of(company), Clock())
        account = {"phone": "13800138001"}
        told: Any = {"language": "zh", "budget_ms": 5000, "call_id": "c"}
        first = system.ask("look_up_phone_balance", account, **told)
        second = system.ask("look_up_phone_balance", account, **told)
        gone = first.addErrback(lambda failure: failure.trap(CancelledError))
        first.cancel()
        answer: Any = await second.asFuture(asyncio.get_running_loop())
        assert answer["amount_cents"] == 3250
        assert company.reads == ["huafei-1.csv"]
        assert gone.result is CancelledError
        system.close()

    with_company(tmp_path, work)


def test_one_question_from_the_command_line(tmp_path: Path) -> None:
    async def work(company: Company) -> None:
        company.put("huafei-1.csv", SAYS.format("-3"), 1000)
        file = tmp_path / "telephone.yaml"
        text = EXAMPLE.read_text("utf-8")
        written = load_mapping(EXAMPLE).source.model_dump()["host_keys"][0]
        text = text.replace(written, HOST_KEY.export_public_key().decode().strip())
        text = text.replace("sftp.telephone.example\n", f"127.0.0.1\n  port: {company.port}\n", 1)
        file.write_text(text, "utf-8")
        for password, status in ((PASSWORD, 0), ("wrong", 1)):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ivr.cli", "backend", "try", str(file), "look_up_phone_balance"),
                *("--argument", "phone=13800138001"),
                env={**os.environ, "TELEPHONE_SFTP_PASSWORD": password},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await process.communicate()
            assert process.returncode == status, err
            if status:
                assert "user hotline is refused" in err.decode()
            else:
                assert json.loads(out)["amount_cents"] == -300

    with_company(tmp_path, work)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"password_variable": ""}, "one of key_file, password_file and password_variable"),
        ({"key_file": "key"}, "one of key_file, password_file and password_variable"),
        ({"host_keys": []}, "host_keys"),
        ({"host_keys": ["any"]}, "host_keys"),
    ],
)
def test_a_source_that_is_not_whole_says_so(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    from ruamel.yaml import YAML

    data = YAML(typ="safe").load(EXAMPLE.read_text("utf-8"))
    data["source"].update(change)
    file = tmp_path / "telephone.yaml"
    YAML().dump(data, file)
    with pytest.raises(MappingError, match=told):
        load_mapping(file)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "TELEPHONE_SFTP_PASSWORD: not in the environment"),
        ({"password_variable": "", "password_file": Path("absent")}, "password_file: absent: cannot be read"),
        ({"password_variable": "", "key_file": Path("absent")}, "key_file: absent"),
        ({"host_keys": ["ssh-ed25519 AAAA"]}, "host_keys: "),
    ],
)
def test_a_secret_that_is_not_there_is_named(change: dict[str, Any], told: str) -> None:
    source = SftpSource.model_validate({**load_mapping(EXAMPLE).source.model_dump(), **change})
    with pytest.raises(ValueError, match=told):
        SftpFolder(source, "县电信营业厅", {})
