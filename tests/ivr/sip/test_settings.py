from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from ivr.sip import settings as module
from ivr.sip.settings import SipSettings, TrunkSettings, is_answered

REGISTRAR = "sip:provider.example"


def test_numbers_and_patterns() -> None:
    settings = SipSettings(numbers=("12345", "9600?", "0571*"))
    assert all(is_answered(number, settings.numbers) for number in ("12345", "96001", "0571", "057187654321"))
    assert not any(is_answered(number, settings.numbers) for number in ("1234", "123456", "9600", "96", ""))
    assert is_answered("anything", SipSettings().numbers)


def test_the_password_from_each_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("from a file\n")
    monkeypatch.setenv("TRUNK", "from the environment")
    given: list[tuple[dict[str, object], str]] = [
        ({"password": "itself"}, "itself"),
        ({"password_file": file}, "from a file"),
        ({"password_environment": "TRUNK"}, "from the environment"),
    ]
    for source, secret in given:
        assert TrunkSettings.model_validate({"registrar": REGISTRAR, "user": "1", **source}).secret() == secret


def test_a_password_is_not_shown() -> None:
    trunk = TrunkSettings.model_validate({"registrar": REGISTRAR, "user": "1", "password": "hidden"})
    assert "hidden" not in repr(SipSettings(trunk=trunk))


@pytest.mark.parametrize("source", [{}, {"password": "a", "password_environment": "B"}])
def test_exactly_one_password(source: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        TrunkSettings.model_validate({"registrar": REGISTRAR, "user": "1", **source})


@pytest.mark.parametrize(
    "wrong", [{"port": 0}, {"transports": []}, {"transports": ["tls"]}, {"session_expires_s": 60}, {"prot": 5060}]
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SipSettings.model_validate(wrong)


def test_name_servers_of_the_system(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# nothing\nsearch example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver 192.0.2.2\n")
    assert module.system_nameservers(file) == ("192.0.2.1", "192.0.2.2")
    assert module.system_nameservers(tmp_path / "missing") == ()
    assert SipSettings(nameservers=()).nameservers_in_use() == ()
    assert SipSettings(nameservers=("192.0.2.9",)).nameservers_in_use() == ("192.0.2.9",)
