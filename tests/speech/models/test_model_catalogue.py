"""The catalogue is data; these hold it to what the installer expects of it."""

from __future__ import annotations

import re

import pytest

from speech.models.catalogue import CATALOGUE
from speech.models.model import Download, Joined, Model


@pytest.mark.parametrize("model", CATALOGUE.values(), ids=lambda model: model.name)
def test_an_entry_is_complete(model: Model) -> None:
    assert bool(model.files) != bool(model.archives)
    assert model.purpose.count(" / ") == 1
    for thing in (*model.files, *model.archives):
        assert re.fullmatch(r"[0-9a-f]{64}", thing.sha256)
        assert thing.size > 0
    for file in model.files:
        assert isinstance(file.sources[0], Download)
        assert isinstance(file.sources[-1], Joined)
        assert not file.path.startswith("/")
        assert ".." not in file.path


def test_no_registry_is_named() -> None:
    urls = [s.url for m in CATALOGUE.values() for f in m.files for s in f.sources if isinstance(s, Download)]
    urls += [a.source.url for m in CATALOGUE.values() for a in m.archives if isinstance(a.source, Download)]
    assert urls
    assert not [url for url in urls if re.search(r"pypi|pythonhosted|npmjs|registry", url)]


def test_something_is_installed_by_default() -> None:
    assert [model.name for model in CATALOGUE.values() if model.usual] == ["kokoro", "whisper-base"]
