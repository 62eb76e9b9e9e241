"""One request and its answer, whole and limited in size, or an `AnswerError`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from OpenSSL.SSL import Error as SSLError
from service_identity import VerificationError
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import (
    ConnectError,
    ConnectingCancelledError,
    ConnectionClosed,
    DNSLookupError,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import RequestNotSent
from twisted.web.client import RequestTransmissionFailed, ResponseDone, ResponseFailed
from twisted.web.http import PotentialDataLoss, _DataLoss
from twisted.web.http_headers import Headers

from backend_client.errors import AnswerError

#: Header in which `UncompressedAgent` hands on the encoding of an answer that was asked for packed.
PACKED_AS = "x-xiangyin-packed-as"
#: All that connecting, sending and receiving can fail with. Anything else is a mistake of ours, and is left alone.
_BELOW_HTTP = (
    ConnectError,
    ConnectingCancelledError,
    ConnectionClosed,
    DNSLookupError,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseFailed,
    SSLError,
    VerificationError,
)
#: No connection, or one that ended before the answer did.
_NO_LINK = (ConnectError, ConnectionClosed, DNSLookupError, RequestNotSent, _DataLoss)


@dataclass(frozen=True)
class Reply:
    """An HTTP answer.

    Attributes:
        content_type: media type in lower case without parameters, empty if there is no sensible one.
        retry_after: seconds, 0 if the header is absent or a date.
    """

    status: int
    content_type: str
    body: bytes
    retry_after: int = 0


async def exchange(
    http: HTTPClient, method: str, url: str, *, headers: Headers, body: bytes | None, size_limit: int
) -> Reply:
    """Send a request and read the whole answer. An answer that is gzipped is unpacked up to the same limit.

    Args:
        url: percent-encoded, with its query.
        body: None sends none.

    Raises:
        AnswerError: `unreachable` when there is no connection or it broke; `too_large`; `bad_answer` when what came
            was not HTTP.
        CancelledError: it was cancelled. The connection is closed then.
    """
    try:
        response = await http.request(
            # As bytes the address is sent as it is; text would be taken apart and put together again.
            method,
            url.encode("ascii"),
            headers=headers,
            data=body,
            allow_redirects=False,
            unbuffered=True,
        )
        receiver = _Body(size_limit, response.length)
        response.deliverBody(receiver)
        whole = _unpacked(await receiver.whole, response.headers, size_limit)
        return Reply(response.code, _content_type(response.headers), whole, _retry_after(response.headers))
    except _BELOW_HTTP as error:
        raise _translated(error) from error


class _Body(Protocol):
    """Collects an answer up to a limit.

    Attributes:
        whole: fires with all bytes; cancelling it closes the connection.
    """

    transport: Any

    def __init__(self, limit: int, announced: object) -> None:
        self.whole: Deferred[bytes] = Deferred(self._give_up)
        self._limit = limit
        self._announced = announced if isinstance(announced, int) else 0
        self._chunks: list[bytes] = []
        self._size = 0

    def connectionMade(self) -> None:  # noqa: N802
        self._refuse_above_limit(self._announced)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._size += len(data)
        self._chunks.append(data)
        self._refuse_above_limit(self._size)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        if self.whole.called:
            return
        # Without a length the end of the connection is the end of the answer; the JSON shows whether it is whole.
        if reason.check(ResponseDone, PotentialDataLoss):
            self.whole.callback(b"".join(self._chunks))
        else:
            self.whole.errback(reason)

    def _give_up(self, whole: Deferred[bytes]) -> None:
        whole.errback(CancelledError())
        self.transport.loseConnection()

    def _refuse_above_limit(self, size: int) -> None:
        if size <= self._limit:
            return
        self._chunks.clear()
        if not self.whole.called:
            self.whole.errback(AnswerError("too_large", f"more than {self._limit} bytes"))
            self.transport.loseConnection()


def _unpacked(body: bytes, headers: Headers, size_limit: int) -> bytes:
    """Return the body as it was before it was gzipped, if that was announced."""
    if headers.getRawHeaders(PACKED_AS, [""])[-1].strip().lower() != "gzip":
        return body
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        whole = unpacker.decompress(body, size_limit + 1)
    except zlib.error as error:
        raise AnswerError("bad_answer", "not gzip") from error
    if len(whole) > size_limit:
        raise AnswerError("too_large", f"more than {size_limit} bytes unpacked")
    if not unpacker.eof:
        raise AnswerError("bad_answer", "half of a gzip")
    return whole


def _translated(error: BaseException) -> BaseException:
    """Return the exception to raise for what happened below HTTP."""
    causes = list(_causes(error))
    names = ", ".join(sorted({type(cause).__name__ for cause in causes}))
    if any(isinstance(cause, (CancelledError, ConnectingCancelledError)) for cause in causes):
        return CancelledError()
    if any(isinstance(cause, (SSLError, VerificationError)) for cause in causes):
        return AnswerError("unreachable", f"TLS: {names}")
    if all(isinstance(cause, _NO_LINK) for cause in causes):
        return AnswerError("unreachable", names, may_retry=True)
    return AnswerError("bad_answer", f"not HTTP: {names}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what is wrapped inside Twisted's exceptions, or the exception itself."""
    if isinstance(error, (ResponseFailed, RequestTransmissionFailed)):
        for reason in error.reasons:
            yield from _causes(reason.value)
    else:
        yield error


def _content_type(headers: Headers) -> str:
    media_type = headers.getRawHeaders("content-type", [""])[-1].partition(";")[0].strip().lower()
    return media_type if re.fullmatch(r"[a-z0-9.+-]{1,50}/[a-z0-9.+-]{1,50}", media_type) else ""


def _retry_after(headers: Headers) -> int:
    written = headers.getRawHeaders("retry-after", [""])[-1].strip()
    return int(written) if written.isdigit() and len(written) < 6 else 0
