"""Settings: defaults work, and what is wrong is said with the path of the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.config import DataFolder, SettingsError, load_settings


def load(folder: Path, text: str) -> str:
    """The error that this text gives, without the file's name."""
    file = folder / "gateway.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    return str(caught.value).replace(f"{file}: ", "")


def test_defaults_work_without_a_file() -> None:
    settings = load_settings(None)
    assert settings.menus.numbers["12345"] == "hotline"
    assert settings.menus.folder.is_dir()
    assert settings.sip.port == 5060


def test_a_file_names_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("sip: {port: 15060}\nbackend: {base_url: 'https://zwfw.example'}\n", "utf-8")
    settings = load_settings(file)
    assert (settings.sip.port, settings.backend.base_url) == (15060, "https://zwfw.example")


def test_a_section_may_name_one_key_only(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("backend: {tries: 2}\n", "utf-8")
    settings = load_settings(file)
    assert (settings.backend.tries, settings.backend.base_url) == (2, load_settings(None).backend.base_url)


def test_an_address_of_a_speech_worker_is_checked(tmp_path: Path) -> None:
    for section in ("voice", "hearing"):
        assert load(tmp_path, f"{section}: {{worker: 'http://speech'}}\n").startswith(f"{section}.worker: ")


@pytest.mark.parametrize("text", ["false\n", "0\n", "[]\n"])
def test_a_file_that_is_no_mapping_is_not_taken_for_an_empty_one(tmp_path: Path, text: str) -> None:
    assert "(top level)" in load(tmp_path, text)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("# nothing yet\n", "utf-8")
    assert load_settings(file) == load_settings(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sip: {prot: 5060}", "sip.prot: no such setting"),
        ("sip: {port: 70000}", "sip.port: Input should be less than or equal to 65535 (found 70000)"),
        ("sip: {transports: [sctp]}", "sip.transports.0: Input should be 'udp' or 'tcp' (found 'sctp')"),
        ("backend: {base_url: 'ftp://x'}", "backend: base_url: 'ftp://x' is not an address"),
        ("transfer: {targets: {operator: '110'}}", "transfer.targets.operator: String should match pattern"),
        ("log: {level: LOUD}", "log.level: Input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR' (found 'LOUD')"),
        ("menus: {numbers: {}}", "menus.numbers: Dictionary should have at least 1 item"),
        ("- a\n- b\n", "(top level): "),
        ("sip: [", "not YAML"),
    ],
)
def test_errors_name_the_key_and_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    assert said in load(tmp_path, text)


def test_every_wrong_key_is_told_at_once(tmp_path: Path) -> None:
    assert load(tmp_path, "sip: {port: 0}\nlog: {level: x}\n").count("\n") == 1


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"log: {level: \xff}")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "latin.yaml")


def test_data_has_one_root(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    paths = [value for value in vars(data).values() if isinstance(value, Path)]
    assert all(path.is_relative_to(tmp_path) for path in paths)
    assert data.database_url(load_settings(None)) == f"sqlite:///{tmp_path}/log/calls.sqlite"


def test_an_address_that_is_none_is_said_with_the_path_of_the_key(tmp_path: Path) -> None:
    said = load(tmp_path, "voice: {worker: 'tcp:host'}")
    assert said.startswith("voice.worker: ") and "tcp:HOST:PORT" in said


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    said = load(tmp_path, "sip: {trunk: {registrar: 'sip:a.example', user: b, password: 73915}}")
    assert said.startswith("sip.trunk.password: ") and "73915" not in said
