"""Masks, keyed hashes and sealed numbers."""

from __future__ import annotations

import base64
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.privacy import (
    CallerKey,
    KeyFileError,
    UnsealError,
    derived_key,
    mask_identity,
    mask_number,
    plain_number,
)
from ivr.privacy.keyfile import Key, read, rotate
from ivr.privacy.seals import CIPHERS


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "caller.key"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13912345678", "139****5678"),
        ("+8613912345678", "+86139****5678"),
        ("057112345678", "057*****5678"),
        ("62345678", "62****78"),
        ("12345", "1***5"),
        ("1001", "1**1"),
        ("110", "***"),
        ("", ""),
    ],
)
def test_mask_number(number: str, masked: str) -> None:
    assert mask_number(number) == masked


@settings(deadline=None)
@given(st.text(alphabet="0123456789+", min_size=4, max_size=20))
def test_a_mask_hides_at_least_two_and_keeps_the_length(number: str) -> None:
    masked = mask_number(number)
    assert len(masked) == len(number)
    assert masked.count("*") >= 2


@pytest.mark.parametrize(
    ("card", "masked"),
    [("33010219900307123X", "330***********123X"), ("330102900307123", "330********7123"), ("3301", "****"), ("", "")],
)
def test_mask_identity_hides_county_and_birthday(card: str, masked: str) -> None:
    assert mask_identity(card) == masked


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        ("13912345678", "13912345678"),
        ("+86 139-1234-5678", "13912345678"),
        ("008613912345678", "13912345678"),
        ("013912345678", "13912345678"),
        ("+8657112345678", "057112345678"),
        ("0571 1234 5678", "057112345678"),
        ("+44 (20) 7946 0000", "00442079460000"),
        ("12345", "12345"),
    ],
)
def test_one_telephone_has_one_spelling(number: str, plain: str) -> None:
    assert plain_number(number) == plain


def test_the_hash_is_the_same_for_the_same_caller_and_key_only(key_file: Path, tmp_path: Path) -> None:
    key = CallerKey(key_file)
    assert key.hash("13912345678") == CallerKey(key_file).hash("+8613912345678")
    assert key.hash("13912345678") != key.hash("13912345679")
    assert key.hash("13912345678") != CallerKey(tmp_path / "other.key").hash("13912345678")
    assert len(key.hash("13912345678")) == 16
    assert int(key.hash("13912345678"), 16) >= 0


def test_withheld_numbers_are_not_one_caller(key_file: Path) -> None:
    key = CallerKey(key_file)
    assert key.hash("") == key.seal("") == key.unseal("") == ""


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_seal_and_unseal(tmp_path_factory: pytest.TempPathFactory, number: str) -> None:
    key = CallerKey(tmp_path_factory.getbasetemp() / "seal.key")
    assert key.unseal(key.seal(number)) == number


def test_numbers_that_are_not_text_are_sealed_all_the_same(key_file: Path) -> None:
    key = CallerKey(key_file)
    assert key.unseal(key.seal("139\udcff")) == "139?"
    assert key.hash("139\udcff")


def test_sealing_twice_gives_different_text(key_file: Path) -> None:
    key = CallerKey(key_file)
    assert key.seal("13912345678") != key.seal("13912345678")
    assert "13912345678" not in key.seal("13912345678")


def test_every_changed_character_is_noticed(key_file: Path) -> None:
    key = CallerKey(key_file)
    sealed = key.seal("13912345678")
    for place in range(len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        changed = sealed[:place] + other + sealed[place + 1 :]
        with pytest.raises(UnsealError):
            key.unseal(changed)


def test_another_key_does_not_open(key_file: Path, tmp_path: Path) -> None:
    sealed = CallerKey(key_file).seal("13912345678")
    with pytest.raises(UnsealError):
        CallerKey(tmp_path / "other.key").unseal(sealed)


@pytest.mark.parametrize(
    "sealed", ["v1.", "v1.AAAA", "v2.AAAA", "乱码", "v1.====", "v1." + "A" * 200, "v2.0." + "A" * 64]
)
def test_garbage_does_not_open(key_file: Path, sealed: str) -> None:
    with pytest.raises(UnsealError):
        CallerKey(key_file).unseal(sealed)


def test_the_key_file_is_for_the_owner_only(key_file: Path) -> None:
    CallerKey(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == ["caller.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_file_that_others_may_use_is_refused(key_file: Path, mode: int) -> None:
    CallerKey(key_file)
    key_file.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        CallerKey(key_file)


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 64, b"00" * 31, b"00" * 33])
def test_a_file_without_a_key_is_refused_and_kept(key_file: Path, content: bytes) -> None:
    key_file.parent.mkdir()
    key_file.write_bytes(content)
    key_file.chmod(0o600)
    with pytest.raises(KeyFileError, match="backup"):
        CallerKey(key_file)
    assert key_file.read_bytes() == content


def test_processes_that_start_at_once_share_one_key(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4)
    link = os.link

    def link_together(source: Path, target: Path) -> None:
        together.wait(timeout=10)
        link(source, target)

    monkeypatch.setattr(os, "link", link_together)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(CallerKey(key_file).hash("1"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@pytest.mark.parametrize("cipher", sorted(CIPHERS))
def test_after_a_rotation_old_seals_open_and_callers_are_still_known(key_file: Path, cipher: str) -> None:
    before = CallerKey(key_file)
    sealed, known, purpose = before.seal("13912345678"), before.hash("13912345678"), derived_key(key_file, "audit")
    new = rotate(key_file, cipher)
    after = CallerKey(key_file)
    assert after.unseal(sealed) == "13912345678"
    assert after.hash("13912345678") == known and derived_key(key_file, "audit") == purpose
    assert after.seal("1").startswith(f"v2.{new.name}."), "the new key seals"
    assert after.unseal(after.seal("乡音")) == "乡音"
    assert before.unseal(after.seal("1")) == "1", "a process that started before finds the key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == ["caller.key"]


def test_what_was_sealed_before_keys_had_names_opens(key_file: Path) -> None:
    key_file.parent.mkdir()
    key_file.write_text("00" * 32 + "\n")
    key_file.chmod(0o600)
    rotate(key_file)
    sealed = (
        "v1."
        + base64.urlsafe_b64encode(
            Key("aes-256-gcm", bytes(32)).seal(b"xiangyin caller seal").close(b"13912345678")
        ).decode()
    )
    assert CallerKey(key_file).unseal(sealed) == "13912345678"


def test_a_key_is_never_shown(key_file: Path) -> None:
    CallerKey(key_file)
    (key,) = read(key_file)
    assert key.master.hex() not in repr(key) and key.name not in key.master.hex()


def test_one_wrong_line_refuses_the_whole_file(key_file: Path) -> None:
    rotate(key_file)
    with key_file.open("a") as file:
        file.write("rot13 " + "00" * 32)
    with pytest.raises(KeyFileError):
        CallerKey(key_file)
