"""A registrar that asks for a digest (RFC 3261 section 22, RFC 2617 without qop) and checks it."""

from __future__ import annotations

import hashlib
import re
import socket
import threading

from tests.system.wire import Message


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Registrar:
    """Serves on a free port of 127.0.0.1 until closed.

    Attributes:
        port: where it listens.
        contacts: Contact of each REGISTER that was accepted.
    """

    def __init__(self, user: str, password: str, realm: str = "trunk.example") -> None:
        self._user, self._password, self._realm = user, password, realm
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.contacts: list[str] = []
        self._registered = threading.Condition()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def wait_for_registration(self, count: int = 1) -> str:
        """The Contact of the `count`th accepted REGISTER."""
        with self._registered:
            assert self._registered.wait_for(lambda: len(self.contacts) >= count, 10.0), "nobody registered"
            return self.contacts[count - 1]

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stopper:
            stopper.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(65536)
            if not data:
                return
            if data.startswith(b"REGISTER"):
                self._socket.sendto(self._answer(Message.parse(data)).encode(), sender)

    def _answer(self, request: Message) -> str:
        kept = "".join(
            f"{name}: {value}\r\n"
            for name, value in request.headers
            if name in ("via", "from", "to", "call-id", "cseq", "contact", "expires")
        )
        given = dict(re.findall(r'(\w+)="([^"]*)"', request.get("authorization")))
        if given.get("response") == self._response(given) and given.get("nonce") == "n0nce":
            with self._registered:
                self.contacts.append(request.get("contact"))
                self._registered.notify_all()
            return f"SIP/2.0 200 OK\r\n{kept}Content-Length: 0\r\n\r\n"
        status = "403 Forbidden" if given else "401 Unauthorized"
        challenge = f'WWW-Authenticate: Digest realm="{self._realm}", nonce="n0nce", algorithm=MD5\r\n'
        return f"SIP/2.0 {status}\r\n{kept}{challenge}Content-Length: 0\r\n\r\n"

    def _response(self, given: dict[str, str]) -> str:
        secret = _md5(f"{self._user}:{self._realm}:{self._password}")
        return _md5(f"{secret}:{given.get('nonce')}:{_md5('REGISTER:' + given.get('uri', ''))}")
