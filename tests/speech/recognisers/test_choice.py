"""Which engine hears which language, by what is installed."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
import vosk  # type: ignore[import-untyped]

from speech.models.catalogue import VOSK_SMALL_KO, WHISPER_BASE
from speech.models.store import MANIFEST, digest
from speech.recognisers.choice import engine_by_language, installed_recognisers
from speech.wire import Address


def put_vosk(models: Path, *, broken: bool) -> None:
    """An installed Korean model whose files are not a model, as its manifest says; or not even that."""
    folder = models / VOSK_SMALL_KO.name
    folder.mkdir(parents=True)
    (folder / "final.mdl").write_bytes(b"x" * 100)
    files = {"final.mdl": {"size": 100, "sha256": digest(folder / "final.mdl")}}
    if broken:
        (folder / "final.mdl").write_bytes(b"y" * 100)
    (folder / MANIFEST).write_text(json.dumps({"files": files}), encoding="utf-8")


def messages(records: Sequence[logging.LogRecord]) -> str:
    return "\n".join(record.getMessage() for record in records)


def test_nothing_installed_means_keys_and_the_log_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert installed_recognisers(tmp_path, 1) == {}
    assert engine_by_language(tmp_path) == {}
    assert "recogniser for zh: none, callers use keys" in messages(caplog.records)


def test_vosk_comes_before_whisper(tmp_path: Path) -> None:
    put_vosk(tmp_path, broken=False)
    assert engine_by_language(tmp_path) == {"ko": "vosk"}


def test_a_model_that_is_damaged_inside_is_refused_with_its_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put_vosk(tmp_path, broken=True)
    assert "ko" not in installed_recognisers(tmp_path, 1)
    assert "final.mdl wrong content" in messages(caplog.records)
    assert f"ivr models install {VOSK_SMALL_KO.name}" in messages(caplog.records)


def test_a_model_that_arrived_by_half_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / WHISPER_BASE.name
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"x" * 1000)
    assert installed_recognisers(tmp_path, 1) == {}
    assert "model.bin wrong size" in messages(caplog.records)


def test_an_engine_that_cannot_load_its_model_leaves_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Vosk itself says it so. Its own C++ exception is not thrown here: beside other native libraries it may hang.
    def refuse(**_: object) -> None:
        raise Exception("Failed to create a model")

    monkeypatch.setattr(vosk, "Model", refuse)
    put_vosk(tmp_path, broken=False)
    assert installed_recognisers(tmp_path, 1) == {}
    assert f"the model {VOSK_SMALL_KO.name} cannot be used" in messages(caplog.records)


def test_a_foreign_server_takes_the_place_of_our_engines(tmp_path: Path) -> None:
    found = installed_recognisers(tmp_path, 1, {"yue": Address(host="10.0.0.5", port=10300)})
    assert {language: engine.name for language, engine in found.items()} == {"yue": "wyoming"}
