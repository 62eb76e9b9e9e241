from __future__ import annotations

import pjsua2 as pj

from ivr.sip import frames


def test_the_quick_copy_is_used_and_right() -> None:
    assert frames.copier() is frames.copy_vector
    for content in (b"\x00", bytes(range(256)), b"\xff" * 320, b"x" * 4096):
        assert frames.copy_vector(pj.ByteVector(content)) == content
    assert frames.copy_vector(pj.ByteVector()) == b""
