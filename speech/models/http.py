"""Downloads that survive bad lines: they resume where they stopped, and a closed network costs seconds."""

from __future__ import annotations

import http.client
import os
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Name lookup, connection and answer together; a network that drops packets must not hold anybody up for minutes.
ANSWER_SECONDS = 8.0
#: A download that brings no byte for this long is given up; what it brought is kept.
STALL_SECONDS = 20.0
_HUGGING_FACE = "https://huggingface.co"


class SourceError(Exception):
    """A source did not give the file. The message says why."""


class Downloader:
    """Fetches files by HTTP. Remembers which hosts did not answer, so that each is waited for once only.

    Args:
        answer_seconds: how long a host may take until it answers.
    """

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self._silent: dict[str, str] = {}

    def fetch(self, url: str, target: Path, size: int, told: Callable[[int], None]) -> None:
        """Bring `url` to `target`; continues a `target` that is there already.

        Args:
            url: address. Hugging Face's is replaced by the environment's `HF_ENDPOINT`, as its own clients do.
            target: file to write. What arrived stays there after a failure, for the next try.
            size: bytes the file should have.
            told: hears how many bytes are there.

        Raises:
            SourceError: the host does not answer, has no such file, or the line broke.
            OSError: the target cannot be written.
        """
        url = _mirrored(url)
        host = urllib.parse.urlsplit(url).netloc
        if host in self._silent:
            raise SourceError(self._silent[host])
        there = target.stat().st_size if target.exists() else 0
        if there > size:
            target.unlink()
            there = 0
        headers = {"User-Agent": "xiangyin", **({"Range": f"bytes={there}-"} if there else {})}
        try:
            answer = self._open(urllib.request.Request(url, headers=headers))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416:
                target.unlink(missing_ok=True)
            raise SourceError(f"{host}: HTTP {error.code}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._silent[host] = f"{host}: {_reason(error)}"
            raise SourceError(self._silent[host]) from error
        with answer:
            resumed = answer.status == 206
            with target.open("ab" if resumed else "wb") as file:
                _copy(answer, file, there if resumed else 0, size, told, host)

    def _open(self, request: urllib.request.Request) -> Any:
        """The answer's stream. Asked in a thread of its own, because a name lookup cannot be given a limit."""
        answers: queue.Queue[Any] = queue.Queue()

        def ask() -> None:
            try:
                answers.put(urllib.request.urlopen(request, timeout=STALL_SECONDS))
            except (OSError, http.client.HTTPException, ValueError) as error:
                answers.put(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            answer = answers.get(timeout=self._answer_seconds)
        except queue.Empty:
            raise TimeoutError(f"no answer within {self._answer_seconds:g} s") from None
        if isinstance(answer, BaseException):
            raise answer
        return answer


def _copy(answer: Any, file: Any, there: int, size: int, told: Callable[[int], None], host: str) -> None:
    told(there)
    while True:
        try:
            block = answer.read(1 << 16)
        except (OSError, http.client.HTTPException) as error:
            raise SourceError(f"{host}: {_reason(error)} after {there} of {size} bytes") from error
        if not block:
            break
        file.write(block)
        there += len(block)
        told(there)
        if there > size:
            raise SourceError(f"{host}: sent more than the {size} bytes of this file")
    if there < size:
        raise SourceError(f"{host}: the line broke after {there} of {size} bytes")


def _mirrored(url: str) -> str:
    mirror = os.environ.get("HF_ENDPOINT", "").rstrip("/")
    return mirror + url.removeprefix(_HUGGING_FACE) if mirror and url.startswith(_HUGGING_FACE + "/") else url


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error) or type(error).__name__
