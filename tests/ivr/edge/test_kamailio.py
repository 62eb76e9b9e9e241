"""Kamailio's configuration: what is generated, and what is refused before it starts."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ivr.edge import kamailio
from ivr.edge.kamailio import EdgeError, EdgePlan
from ivr.edge.settings import EdgeSettings

needs_kamailio = pytest.mark.skipif(
    shutil.which("kamailio", path="/usr/sbin:/usr/bin") is None, reason="Kamailio is not installed"
)


def plan(folder: Path, **more: Any) -> EdgePlan:
    usual: dict[str, Any] = {
        "folder": folder / "edge",
        "bind_address": "127.0.0.1",
        "port": 5999,
        "transports": ("udp", "tcp"),
        "public_address": None,
        "workers": {"line-1": "127.0.0.1:15061", "line-2": "127.0.0.1:15062"},
        "lines": 8,
        "farewell_port": 15063,
        "targets": ("sip:8001@192.0.2.10", "sips:desk@pbx.example;transport=tls"),
    }
    return EdgePlan(**{**usual, **more})


def written(edge: EdgePlan) -> str:
    kamailio.write(edge)
    return edge.configuration.read_text("utf-8")


def test_workers_and_the_only_numbers_that_they_may_call_are_in_it(tmp_path: Path) -> None:
    edge = plan(tmp_path)
    text = written(edge)
    assert '$sht(workers=>line-2) = "sip:127.0.0.1:15062";' in text
    assert "$sht(targets=>8001@192.0.2.10) = 1;" in text and "$sht(targets=>desk@pbx.example) = 1;" in text
    assert (edge.folder / "destinations").read_text() == "1 sip:127.0.0.1:15061 4\n1 sip:127.0.0.1:15062 4\n"
    assert "WITH_TRUNKS" not in text
    assert edge.configuration.stat().st_mode & 0o077 == 0


def test_a_worker_gets_no_call_before_it_is_ready_and_another_machine_is_asked(tmp_path: Path) -> None:
    edge = plan(tmp_path)
    kamailio.write(edge, ready=["line-2"])
    assert (edge.folder / "destinations").read_text() == "1 sip:127.0.0.1:15061 4\n1 sip:127.0.0.1:15062 0\n"
    elsewhere = plan(tmp_path, settings=EdgeSettings(destinations=("192.0.2.1:5060",)))
    kamailio.write(elsewhere)
    assert (elsewhere.folder / "destinations").read_text() == "1 sip:192.0.2.1:5060 0\n"


def test_with_trunks_only_they_may_call(tmp_path: Path) -> None:
    edge = plan(tmp_path, settings=EdgeSettings(trunks=("192.0.2.0/24", "198.51.100.7")))
    assert "#!define WITH_TRUNKS" in written(edge)
    assert (edge.folder / "trunks").read_text() == "1 192.0.2.0 24\n1 198.51.100.7 32\n"


@pytest.mark.parametrize(
    ("bind_address", "public_address", "expected"),
    [
        ("127.0.0.1", None, ["listen=udp:127.0.0.1:5999", "listen=tcp:127.0.0.1:5999"]),
        ("0.0.0.0", None, ["port=5999"]),
        (
            "192.0.2.7",
            "203.0.113.9",
            [
                "listen=udp:192.0.2.7:5999 advertise 203.0.113.9:5999",
                "listen=tcp:192.0.2.7:5999 advertise 203.0.113.9:5999",
                "listen=udp:127.0.0.1:5999",
            ],
        ),
    ],
)
def test_where_it_listens(tmp_path: Path, bind_address: str, public_address: str | None, expected: list[str]) -> None:
    text = written(plan(tmp_path, bind_address=bind_address, public_address=public_address))
    assert [line for line in text.splitlines() if line.startswith(("listen=", "port="))] == expected


@needs_kamailio
@pytest.mark.parametrize("settings", [EdgeSettings(), EdgeSettings(trunks=("192.0.2.0/24",), strikes=3)])
@pytest.mark.parametrize("farewell_port", [15063, None])
def test_kamailio_accepts_it(tmp_path: Path, settings: EdgeSettings, farewell_port: int | None) -> None:
    edge = plan(tmp_path, settings=settings, farewell_port=farewell_port)
    kamailio.write(edge)
    kamailio.check(edge)


@pytest.mark.parametrize("bind_address", ["127.0.0.1", "0.0.0.0"])
def test_without_tcp_there_is_no_process_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bind_address: str
) -> None:
    """Kamailio 5.6: one that has nothing to wait for writes errors without end. TLS needs it."""
    assert "disable_tcp=yes" in written(plan(tmp_path, transports=("udp",), bind_address=bind_address))
    assert "disable_tcp" not in written(plan(tmp_path, bind_address=bind_address))
    key = tmp_path / "edge.key"
    key.touch(0o600)
    monkeypatch.setattr(kamailio, "_check_tls_module", lambda: None)
    with_tls = EdgeSettings(certificate=tmp_path / "edge.crt", key=key)
    text = written(plan(tmp_path, transports=("udp",), bind_address=bind_address, settings=with_tls))
    assert "disable_tcp" not in text and "enable_tls=yes" in text


@needs_kamailio
def test_what_kamailio_does_not_accept_is_said_in_its_words(tmp_path: Path) -> None:
    edge = plan(tmp_path, workers={"line-1": '127.0.0.1:15061"; nonsense('})
    kamailio.write(edge)
    with pytest.raises(EdgeError, match="syntax error"):
        kamailio.check(edge)


def test_kamailio_that_is_not_installed_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(EdgeError, match="apt-get install -y --no-install-recommends kamailio"):
        kamailio.find_kamailio()


def test_tls_without_its_module_is_refused_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "edge.key"
    key.touch(0o600)
    secured = plan(tmp_path, settings=EdgeSettings(certificate=tmp_path / "edge.crt", key=key))
    monkeypatch.setattr(kamailio, "_MODULES", (str(tmp_path),))
    with pytest.raises(EdgeError, match="kamailio-tls-modules"):
        kamailio.write(secured)
    (tmp_path / "tls.so").touch()
    kamailio.write(secured)
    assert "#!define WITH_TLS" in secured.configuration.read_text("utf-8")


def test_a_port_in_use_is_refused_with_its_number(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(EdgeError, match=f"127.0.0.1:{port}/udp"):
            kamailio.check_ports(plan(tmp_path, workers={"line-1": f"127.0.0.1:{port}"}))


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match=r"192\.0\.2\.77:5999"):
        kamailio.check_ports(plan(tmp_path, bind_address="192.0.2.77"))


def test_a_private_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "edge.key"
    key.write_text("secret")
    key.chmod(0o644)
    edge = plan(tmp_path, settings=EdgeSettings(certificate=tmp_path / "edge.pem", key=key))
    with pytest.raises(EdgeError, match=f"chmod 600 {key}"):
        kamailio.write(edge)


@pytest.mark.parametrize("wrong", [{"trunks": ["nowhere"]}, {"destinations": ["host"]}, {"certificate": "a.pem"}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EdgeSettings(**wrong)
