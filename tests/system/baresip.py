"""baresip as a caller: a SIP client that has nothing to do with PJSIP, steered over its ctrl_tcp module."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audio import wav
from audio.pcm import Pcm
from tests.system.running import free_port

#: How long baresip has something to send, in milliseconds.
LONGEST_CALL_MS = 180_000
#: An account may only name a media encryption that is there already.
MODULES = ("srtp", "account", "menu", "ctrl_tcp", "g711", "aufile", "alsa", "sndfile", "uuid")


class Baresip:
    """One baresip process.

    Attributes:
        folder: where it keeps its configuration and what it heard.
        events: everything it said so far.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self.folder = folder
        self.process = process
        self.events: list[dict[str, Any]] = []
        self._control = control
        self._unread = b""

    def command(self, name: str, parameters: str = "") -> None:
        """Give a command, as a person would type it."""
        body = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(f"{len(body)}:".encode() + body + b",")
        self.wait_for(lambda event: event.get("token") == name, 5.0)

    def dial(self, uri: str) -> None:
        """Call and wait until the other side has answered."""
        self.command("dial", uri)
        self.wait_for(lambda event: event.get("type") == "CALL_ESTABLISHED", 10.0)

    def press(self, keys: str) -> None:
        """Press keys (RFC 4733)."""
        for key in keys:
            self.command("sndcode", key)

    def wait_for_the_end(self, timeout: float) -> str:
        """Wait until the call is over; the reason that baresip gives."""
        return str(self.wait_for(lambda event: event.get("type") == "CALL_CLOSED", timeout).get("param", ""))

    def wait_for(self, wanted: Any, timeout: float) -> dict[str, Any]:
        """Wait for an event, also one that has come already and was not waited for yet."""
        self._control.settimeout(timeout)
        while True:
            for index, event in enumerate(self.events):
                if wanted(event):
                    del self.events[: index + 1]
                    return event
            self._read()

    def _read(self) -> None:
        data = self._control.recv(65536)
        assert data, "baresip has closed its control connection"
        self._unread += data
        while b":" in self._unread:
            length, _, rest = self._unread.partition(b":")
            size = int(length)
            if len(rest) <= size:
                return
            self.events.append(json.loads(rest[:size]))
            self._unread = rest[size + 1 :]

    def heard(self) -> Path:
        """The WAV file with everything that this side heard; complete after the end of the call."""
        (file,) = self.folder.glob("*-dec.wav")
        return file


@contextmanager
def baresip(folder: Path, encryption: str = "") -> Iterator[Baresip]:
    """A baresip that runs in a folder, ended at the end.

    Args:
        encryption: `srtp-mand` for encrypted media and nothing else (RFC 3711, keys as in RFC 4568).
    """
    folder.mkdir()
    control_port = free_port()
    silence = folder / "silence.wav"
    wav.write(silence, Pcm.silence(LONGEST_CALL_MS, 8000))
    config = [
        "module_path /usr/lib/baresip/modules",
        *(f"module {module}.so" for module in MODULES),
        "sip_listen 127.0.0.1:0",
        f"audio_source aufile,{silence}",
        # Only what is played passes through sndfile; the null device of ALSA needs no sound card.
        "audio_player alsa,null",
        f"ctrl_tcp_listen 127.0.0.1:{control_port}",
        f"snd_path {folder}",
    ]
    (folder / "config").write_text("\n".join(config) + "\n")
    media = f";mediaenc={encryption}" if encryption else ""
    (folder / "accounts").write_text(f"<sip:13912345678@127.0.0.1>;regint=0{media}\n")
    (folder / "contacts").write_text("")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["baresip", "-f", str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        with _connected(control_port, process) as control:
            yield Baresip(folder, process, control)
    finally:
        process.terminate()
        process.wait(10)


def _connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    """The control connection, as soon as baresip listens."""
    while process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5.0)
        except ConnectionRefusedError:
            continue
    raise AssertionError(f"baresip ended with {process.returncode}")
