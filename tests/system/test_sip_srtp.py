"""Encrypted media, with a client that is not PJSIP, and with one that does not encrypt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio import wav
from tests.system.baresip import baresip
from tests.system.gatewayprocess import gateway_process, sine, write_wav
from tests.system.rawphone import RawPhone

pytestmark = pytest.mark.system


@pytest.mark.parametrize("srtp", ["optional", "required"])
def test_who_offers_srtp_hears_us_and_is_heard(srtp: str, tmp_path: Path) -> None:
    behaviour = {"greeting": [write_wav(tmp_path / "greeting.wav", sine(440, 2.0))]}
    with (
        gateway_process(tmp_path, srtp=srtp, behaviour=behaviour) as gateway,
        baresip(tmp_path / "baresip", "srtp-mand") as phone,
    ):
        phone.dial(f"sip:1001@127.0.0.1:{gateway.port}")
        phone.press("7")
        assert gateway.wait_for("digit")["digit"] == "7"
        gateway.wait_for("finished")
        phone.command("hangup")
        quality = gateway.wait_for("ended")["quality"]
        assert quality["received"] > 0
    assert "SRTP is Enabled" in (phone.folder / "log").read_text()
    heard = wav.read(phone.heard())
    assert np.abs(heard.samples).max() > 1000


def test_who_demands_srtp_is_refused_where_it_is_off(tmp_path: Path) -> None:
    with gateway_process(tmp_path) as gateway, baresip(tmp_path / "baresip", "srtp-mand") as phone:
        phone.command("dial", f"sip:1001@127.0.0.1:{gateway.port}")
        assert "488" in phone.wait_for_the_end(10.0)


def test_who_does_not_encrypt_is_taken_or_refused(tmp_path: Path) -> None:
    with gateway_process(tmp_path, srtp="optional") as gateway, RawPhone() as phone:
        phone.dial("127.0.0.1", gateway.port, "1001")
        phone.hang_up()
        gateway.is_free_again()
    with (
        gateway_process(tmp_path, srtp="required") as gateway,
        RawPhone() as phone,
        pytest.raises(AssertionError, match="488"),
    ):
        phone.dial("127.0.0.1", gateway.port, "1001")
