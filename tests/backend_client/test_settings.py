"""Settings say which of them is wrong; tokens come from a file or from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend_client.settings import TOKEN_VARIABLE, BackendSettings
from backend_client.transport import make_agent, make_pool


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8099", "https://zwfw.example/hotline/", "http://[::1]:80", "http://a"]
)
def test_addresses_that_can_be_used(base_url: str) -> None:
    assert BackendSettings(base_url).base_url == base_url


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "127.0.0.1:8099",
        "ftp://a",
        "http://",
        "http://user:secret@a",
        "http://a?x=1",
        "http://a#b",
        "http://a:99999",
        "http://a:0",
        "http://a/\n",
        "http://[::1",
        "http://后台.example",
    ],
)
def test_addresses_that_cannot(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"^base_url: "):
        BackendSettings(base_url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tries", 0),
        ("tries", 11),
        ("connect_timeout_ms", 0),
        ("size_limit", 10),
        ("connections", 0),
        ("first_pause_ms", -1),
        ("longest_pause_ms", 1.5),
        ("idle_s", None),
    ],
)
def test_numbers_have_limits(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        BackendSettings("http://a", **{name: value})


def test_a_ca_file_is_for_https() -> None:
    with pytest.raises(ValueError, match=r"^ca_file: "):
        BackendSettings("http://a", ca_file=Path("ca.pem"))


def test_token_comes_from_the_environment_unless_there_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    environment = {TOKEN_VARIABLE: "from-environment"}
    assert BackendSettings("http://a").read_token({}) is None
    assert BackendSettings("http://a").read_token(environment) == "from-environment"
    assert BackendSettings("http://a", token_file=file).read_token(environment) == "from-file"


@pytest.mark.parametrize("content", [b"", b"two words", b"a\nb", b"\xff", "令牌".encode()])
def test_a_file_without_a_token_is_an_error_that_does_not_show_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"^token_file: ") as caught:
        BackendSettings("http://a", token_file=file).read_token({})
    assert "two words" not in str(caught.value)


def test_a_missing_token_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^token_file: .*FileNotFoundError"):
        BackendSettings("http://a", token_file=tmp_path / "absent").read_token({})


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_ca_file_without_certificates_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    settings = BackendSettings("https://a", ca_file=file)
    with pytest.raises(ValueError, match=r"^ca_file: "):
        make_agent(settings, None, make_pool(settings, None))
