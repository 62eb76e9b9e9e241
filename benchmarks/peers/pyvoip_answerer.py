"""Answers every call with pyVoIP and plays a file again and again, as pyVoIP's own examples do it.

`python pyvoip_answerer.py SERVER_PORT SIP_PORT RTP_FIRST RTP_LAST FILE` runs in a virtual environment that has pyVoIP
and nothing of ours. FILE has samples of 8 bits, 8 kHz. pyVoIP sends everything to its SIP server, which is the port of
our callers here; they are no registrar, so it does not register.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Any


def main(server_port: int, sip_port: int, rtp_first: int, rtp_last: int, file: Path) -> None:
    voip: Any = importlib.import_module("pyVoIP.VoIP")
    sound = file.read_bytes()

    def answer(call: Any) -> None:
        call.answer()
        while call.state == voip.CallState.ANSWERED:
            call.write_audio(sound)
            until = time.time() + len(sound) / 8000
            while time.time() < until and call.state == voip.CallState.ANSWERED:
                time.sleep(0.1)

    phone = voip.VoIPPhone(
        "127.0.0.1",
        server_port,
        "12345",
        "",
        myIP="127.0.0.1",
        callCallback=answer,
        sipPort=sip_port,
        rtpPortLow=rtp_first,
        rtpPortHigh=rtp_last,
    )
    phone.sip.register = phone.sip.deregister = lambda: True
    phone.start()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    server, sip, first, last = map(int, sys.argv[1:5])
    main(server, sip, first, last, Path(sys.argv[5]))
