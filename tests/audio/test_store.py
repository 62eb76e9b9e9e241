from __future__ import annotations

import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audio import wav
from audio.pcm import Pcm
from audio.store import PromptStore, StoreSize, key_of

SOUND = Pcm.silence(100, 8000)
DECIDES = {"text": "您好", "language": "zh", "voice": "zf_xiaobei", "pace": 1.0}


@pytest.fixture
def store(tmp_path: Path) -> PromptStore:
    return PromptStore(tmp_path / "prompts")


def test_the_key_is_decided_by_content_not_by_order() -> None:
    assert key_of(DECIDES) == key_of(dict(reversed(DECIDES.items())))
    assert key_of(DECIDES) != key_of(DECIDES | {"pace": 0.9})
    assert len(key_of(DECIDES)) == 64


def test_the_key_of_a_given_prompt_never_changes() -> None:
    """Written out once: another way of writing the JSON would render every cache anew."""
    assert key_of({"b": "您好", "a": 1}) == "2efc75550c233ec0659220de61737489fcd8948705a00356f89a4266b8f3c5c9"


@pytest.mark.parametrize("value", [math.nan, object()])
def test_what_json_cannot_say_is_no_key(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        key_of({"pace": value})


def test_what_is_put_is_found(store: PromptStore) -> None:
    key = key_of(DECIDES)
    assert store.find(key) is None
    path = store.put(key, SOUND, DECIDES)
    assert store.find(key) == path == store.path_of(key)
    assert path.relative_to(store.root).parts == (key[:2], key[2:4], f"{key}.wav")
    assert wav.is_for_telephone(path)


def test_people_can_read_what_a_file_says(store: PromptStore) -> None:
    path = store.put(key_of(DECIDES), SOUND, DECIDES)
    text = path.with_suffix(".json").read_text(encoding="utf-8")
    assert "您好" in text
    assert json.loads(text) == DECIDES


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "AB" * 32, "ab" * 31])
def test_only_keys_are_looked_up(store: PromptStore, key: str) -> None:
    with pytest.raises(ValueError, match="not the key"):
        store.find(key)


def test_size_counts_prompts_and_bytes(store: PromptStore) -> None:
    assert store.size() == StoreSize(0, 0)
    paths = [store.put(key_of({"text": text}), SOUND, {"text": text}) for text in ("一", "二")]
    files = [file for path in paths for file in (path, path.with_suffix(".json"))]
    assert store.size() == StoreSize(2, sum(file.stat().st_size for file in files))


def test_unused_prompts_go_and_used_ones_and_foreign_files_stay(store: PromptStore) -> None:
    used, unused = (store.put(key_of({"text": text}), SOUND, {}) for text in ("一", "二"))
    foreign = unused.with_name("notes.txt")
    foreign.write_text("mine")
    assert store.remove_unused({used.stem}) == 1
    assert used.is_file()
    assert not unused.exists()
    assert not unused.with_suffix(".json").exists()
    assert foreign.exists()


def test_only_old_unfinished_files_are_cleared_away(store: PromptStore) -> None:
    folder = store.put(key_of(DECIDES), SOUND, DECIDES).parent
    abandoned, being_written = folder / ".a.wav.12.unfinished", folder / ".b.wav.34.unfinished"
    abandoned.touch()
    being_written.touch()
    os.utime(abandoned, (0, 0))
    store.remove_unused({key_of(DECIDES)})
    assert not abandoned.exists()
    assert being_written.exists()


def test_a_prompt_put_by_many_at_once_is_whole(store: PromptStore) -> None:
    key = key_of(DECIDES)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.put(key, SOUND, DECIDES), range(40)))
    found = store.find(key)
    assert found is not None
    assert wav.read(found).duration_ms == 100
    assert {file.suffix for file in found.parent.iterdir()} == {".wav", ".json"}


def test_a_failed_put_is_not_found(store: PromptStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audio.files.os.fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        store.put(key_of(DECIDES), SOUND, DECIDES)
    assert store.find(key_of(DECIDES)) is None
    assert store.size() == StoreSize(0, 0)
