"""The newest file of a folder on an SFTP server, as departments put one there each night.

A server is known by its key, which stands in the connector: nobody is asked whether to trust it. A file that has not
changed since is not fetched again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping as ReadOnly
from fnmatch import fnmatchcase
from typing import Any

import asyncssh
from twisted.internet.defer import CancelledError, Deferred

from backend_client.connectors.mapping import SftpSource
from backend_client.errors import AnswerError, Reason

#: Longest time in seconds for one look at the server. It goes on when the caller for whom it began waits no longer: the
#: next one has the file.
PATIENCE_S = 60.0


class SftpFolder:
    """A folder on a server. Needs an asyncio loop that runs.

    Args:
        department: for messages.
        environment: where a password may stand.

    Raises:
        ValueError: a key or a password cannot be read.
    """

    def __init__(
        self,
        source: SftpSource,
        department: str,
        environment: ReadOnly[str, str],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._source = source
        self._department = department
        self._patience_s = patience_s
        self._options = _options(source, environment)
        self._looking: asyncio.Task[bytes] | None = None
        self._looked_at: float | None = None
        self._known: tuple[Any, ...] | None = None
        self._content = b""

    def newest(self) -> Deferred[bytes]:
        """Fire with what is in the newest file.

        Fails with `AnswerError`: `unreachable` where there is no way to a file, `timeout`, or `too_large`. Whoever asks
        meanwhile waits for the same look.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        waiting: Deferred[bytes] = Deferred()
        self._looking.add_done_callback(lambda done: _tell(waiting, done))
        return waiting

    def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> bytes:
        now = asyncio.get_running_loop().time()
        if self._looked_at is not None and now - self._looked_at < self._source.look_every_s:
            return self._content
        try:
            self._content = await asyncio.wait_for(self._fetch(), self._patience_s)
        except asyncio.TimeoutError:
            raise self._failed(f"nothing came within {self._patience_s:g} s", "timeout") from None
        self._looked_at = now
        return self._content

    async def _fetch(self) -> bytes:
        source, stranger = self._source, _Stranger()
        try:
            async with (
                asyncssh.connect(
                    source.host, source.port, client_factory=lambda: stranger, **self._options
                ) as connection,
                connection.start_sftp_client() as client,
            ):
                return await self._read_newest(client)
        except asyncssh.HostKeyNotVerifiable as error:
            found = f"the server has {stranger.key}" if stranger.key else str(error)
            raise self._failed(f"its host key is none of host_keys: {found}") from error
        except asyncssh.PermissionDenied as error:
            raise self._failed(f"user {source.user} is refused: {error.reason}") from error
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
            raise self._failed(f"there is no folder {source.folder}") from error
        except asyncssh.SFTPPermissionDenied as error:
            raise self._failed(f"user {source.user} may not read {source.folder}") from error
        except asyncssh.Error as error:
            raise self._failed(f"{type(error).__name__}: {error.reason}") from error
        except OSError as error:
            raise self._failed(f"no connection: {error.strerror or error}") from error

    async def _read_newest(self, client: asyncssh.SFTPClient) -> bytes:
        source = self._source
        entries = [
            (entry.attrs.mtime or 0, str(entry.filename), entry.attrs.size or 0)
            for entry in await client.readdir(source.folder)
            if fnmatchcase(str(entry.filename), source.pattern)
        ]
        if not entries:
            raise self._failed(f"no file {source.pattern} in {source.folder}")
        newest = max(entries)
        if newest == self._known:
            return self._content
        # What a server says of the size of a file is not believed: it is read to one byte more than is allowed.
        async with client.open(f"{source.folder.rstrip('/')}/{newest[1]}", "rb") as file:
            content: bytes = await file.read(source.size_limit + 1)
        if len(content) > source.size_limit:
            raise self._failed(f"{newest[1]} has more than size_limit ({source.size_limit} bytes)", "too_large")
        self._known = newest
        return content

    def _failed(self, what: str, reason: Reason = "unreachable") -> AnswerError:
        source = self._source
        return AnswerError(reason, f"{self._department}: sftp://{source.host}:{source.port}: {what}")


class _Stranger(asyncssh.SSHClient):
    """Refuses a host key that is not pinned, and remembers what it was, for who has to pin it.

    Attributes:
        key: kind and fingerprint; empty while none was refused.
    """

    def __init__(self) -> None:
        self.key = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.key = f"{key.get_algorithm()} {key.get_fingerprint()}"
        return False


def _options(source: SftpSource, environment: ReadOnly[str, str]) -> dict[str, Any]:
    """Return how to connect: nothing is taken from the account's own SSH settings and keys.

    Raises:
        ValueError: a key or a password cannot be read.
    """
    try:
        keys = [asyncssh.import_public_key(written) for written in source.host_keys]
    except asyncssh.KeyImportError as error:
        raise ValueError(f"host_keys: {error}") from error
    options: dict[str, Any] = {
        "username": source.user,
        "known_hosts": (keys, [], []),
        "config": [],
        "agent_path": None,
        "gss_host": None,
    }
    if source.key_file is not None:
        try:
            return {**options, "client_keys": [asyncssh.read_private_key(source.key_file)]}
        except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise ValueError(f"key_file: {source.key_file}: {error}") from error
    return {**options, "client_keys": None, "password": _password(source, environment)}


def _password(source: SftpSource, environment: ReadOnly[str, str]) -> str:
    """Raises:
    ValueError: there is none.
    """
    if source.password_file is None:
        password = environment.get(source.password_variable, "")
        where = f"password_variable: {source.password_variable}: not in the environment"
    else:
        where = f"password_file: {source.password_file}: empty"
        try:
            password = source.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"password_file: {source.password_file}: cannot be read: {error}") from error
    if not password:
        raise ValueError(where)
    return password


def _tell(waiting: Deferred[bytes], done: asyncio.Task[bytes]) -> None:
    error = CancelledError() if done.cancelled() else done.exception()
    if waiting.called:
        return
    if error is not None:
        waiting.errback(error)
    else:
        waiting.callback(done.result())
