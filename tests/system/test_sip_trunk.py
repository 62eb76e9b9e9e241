"""Registration with a provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.gatewayprocess import gateway_process
from tests.system.rawphone import RawPhone
from tests.system.registrar import Registrar

pytestmark = pytest.mark.system


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    registrar = Registrar("1001", "a secret")
    yield registrar
    registrar.close()


def test_registers_with_a_digest_and_takes_calls(registrar: Registrar, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a secret\n")
    trunk = {
        "registrar": f"sip:127.0.0.1:{registrar.port}",
        "user": "1001",
        "password_file": str(tmp_path / "password"),
    }
    with gateway_process(tmp_path, trunk=trunk) as gateway:
        contact = registrar.wait_for_registration()
        assert f"1001@127.0.0.1:{gateway.port}" in contact
        while gateway.ask("status")["registration"] == "trying":
            pass
        assert gateway.ask("status")["registration"] == "registered"
        with RawPhone() as phone:
            phone.dial("127.0.0.1", gateway.port, "1001")
            phone.hang_up()
        gateway.is_free_again()


def test_a_wrong_password_is_said(registrar: Registrar, tmp_path: Path) -> None:
    trunk = {"registrar": f"sip:127.0.0.1:{registrar.port}", "user": "1001", "password": "a wrong one"}
    with gateway_process(tmp_path, trunk=trunk) as gateway:
        while gateway.ask("status")["registration"] == "trying":
            pass
        assert gateway.ask("status")["registration"] == "failed 403 Forbidden"
