"""The ring in which PJSIP keeps what a tap hears, with PJSIP in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import ctypes, json, time
import numpy as np
import pjsua2 as pj
from ivr.sip.library import _configuration
from ivr.sip.native import Native
from ivr.sip.ring import FRAME_BYTES, Ring, _Frame
from ivr.sip.settings import SipSettings

native = Native()
native.be_quiet()
endpoint = pj.Endpoint()
endpoint.libCreate()
endpoint.libInit(_configuration(SipSettings()))
endpoint.libStart()
endpoint.audDevManager().setNullDev()
tone = pj.ToneGenerator()
tone.createToneGenerator(8000, 1)
once = pj.ToneDesc()
once.freq1, once.on_msec, once.off_msec = 500, 1000, 0
tones = pj.ToneDescVector()
tones.append(once)
tone.play(tones, True)
rings = [Ring(native), Ring(native)]
silence = endpoint.audDevManager().getCaptureDevMedia().getPortId()

def collected(frames):
    parts = [b"", b""]
    while min(map(len, parts)) < frames * FRAME_BYTES:
        time.sleep(0.04)
        parts = [part + ring.take() for part, ring in zip(parts, rings)]
    return parts

for ring in rings:
    ring.skip()
    ring.connect(silence)
rings[0].connect(tone.getPortId())
loud, quiet = collected(20)
alone = Ring(native)  # hears nothing of the mixer

def put(ring, first, last):
    for number in range(first, last):
        samples = np.full(160, number, np.int16).tobytes()
        frame = _Frame(1, ctypes.cast(ctypes.c_char_p(samples), ctypes.c_void_p), len(samples), 0, 0)
        assert ring._functions["pjmedia_port_put_frame"](ring._port, ctypes.byref(frame)) == 0

def numbers(data):
    return np.frombuffer(data, np.int16)[::160].tolist()

alone.skip()
put(alone, 0, 150)
early = numbers(alone.take())
put(alone, 150, 250)  # beyond the end of the buffer
around = numbers(alone.take())
put(alone, 250, 500)  # more than it holds
late = numbers(alone.take())
heard = np.frombuffer(loud, np.int16)[-1600:].astype(float)
spectrum = np.abs(np.fft.rfft(heard))
print(json.dumps({
    "whole": [len(part) % FRAME_BYTES for part in (loud, quiet)],
    "together": abs(len(loud) - len(quiet)) <= FRAME_BYTES,
    "hertz": float(spectrum.argmax() * 8000 / 1600),
    "silent": not any(quiet),
    "early": early == list(range(150)),
    "around": around == list(range(150, 250)),
    "late": late == list(range(301, 500)),
    "rests": alone.take() == b"",
}), flush=True)
import os
os._exit(0)
"""


def test_what_is_heard_is_kept_frame_by_frame_and_a_late_reader_gets_the_last_four_seconds() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {
        "whole": [0, 0],
        "together": True,
        "hertz": 500.0,
        "silent": True,
        "early": True,
        "around": True,
        "late": True,
        "rests": True,
    }
