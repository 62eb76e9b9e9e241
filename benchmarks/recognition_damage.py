"""What a telephone line, a room and a dialect do to speech. Everything is repeatable: seeds come from the text."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

import jieba  # type: ignore[import-untyped]
import numpy as np
from pypinyin import Style, pinyin

from audio import g711
from audio.pcm import Floats, Pcm

RATE = 8000
_PACKET = 160
#: Mean number of packets that are lost together.
_BURST = 1.5
#: A lost packet is the one before it, this much softer, as gateways conceal it.
_CONCEALED = 0.5
_MERGERS = (
    (r"^n(?!g)", "l"),
    (r"^zh", "z"),
    (r"^ch", "c"),
    (r"^sh", "s"),
    (r"^hu(?=[a-z])", "f"),
    (r"^r", "l"),
    (r"ng(?=\d)", "n"),
)


def telephone(pcm: Pcm) -> Pcm:
    """Through G.711 A-law."""
    return Pcm(g711.decode_alaw(g711.encode_alaw(pcm.samples)), pcm.rate)


def with_babble(pcm: Pcm, babble: Pcm, snr_db: float, seed: int) -> Pcm:
    """Speech with other people talking behind it, `snr_db` softer than the speech's loud parts."""
    source = np.random.default_rng(seed)
    start = int(source.integers(0, max(1, len(babble.samples) - len(pcm.samples))))
    noise = np.resize(babble.to_floats()[start:], len(pcm.samples))
    speech = pcm.to_floats()
    gain = _active_level(speech) / max(1e-9, float(np.sqrt(np.mean(noise**2)))) * 10 ** (-snr_db / 20)
    return Pcm.from_floats(speech + gain * noise, pcm.rate)


def with_loss(pcm: Pcm, share: float, seed: int) -> Pcm:
    """With a share of the 20 ms packets lost, in bursts."""
    source = np.random.default_rng(seed)
    samples = pcm.samples.copy()
    lost, last = False, np.zeros(_PACKET)
    leave, enter = 1 / _BURST, share / (1 - share) / _BURST
    for start in range(0, len(samples) - _PACKET + 1, _PACKET):
        lost = source.random() >= leave if lost else source.random() < enter
        if lost:
            last = last * _CONCEALED
            samples[start : start + _PACKET] = last.astype(np.int16)
        else:
            last = samples[start : start + _PACKET].astype(np.float64)
    return Pcm(samples, pcm.rate)


def babble_of(speakers: list[Pcm], seconds: float) -> Pcm:
    """Several people talking at once, for ever."""
    total = np.zeros(round(seconds * RATE))
    for number, pcm in enumerate(speakers):
        speech = pcm.to_floats()
        total += np.resize(np.roll(speech, number * 4321) / max(1e-9, _active_level(speech)), len(total))
    return Pcm.from_floats(total / (4 * np.abs(total).max()), RATE)


def with_accent(text: str) -> str:
    """The text in other characters, read as an accent says it: n as l, zh as z, -ng as -n, hu- as f-, r as l."""
    characters = _character_by_sound()
    said = []
    for char, (sound,) in zip(text, pinyin(text, style=Style.TONE3, neutral_tone_with_five=True), strict=True):
        other = sound
        for pattern, merger in _MERGERS:
            other = re.sub(pattern, merger, other)
        said.append(characters.get(other, char) if other != sound else char)
    return "".join(said)


def _active_level(speech: Floats) -> float:
    """Root mean square of the louder half of the 20 ms pieces."""
    pieces = speech[: len(speech) // _PACKET * _PACKET].reshape(-1, _PACKET)
    powers = np.sort(np.mean(pieces**2, axis=1))
    return float(np.sqrt(np.mean(powers[len(powers) // 2 :]))) if len(powers) else 0.0


@lru_cache(maxsize=1)
def _character_by_sound() -> dict[str, str]:
    """Syllable with tone -> the most frequent character that has this one reading."""
    jieba.initialize()
    frequent: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for word, count in jieba.dt.FREQ.items():
        if len(word) == 1 and "一" <= word <= "鿿" and count > 20:
            (readings,) = pinyin(word, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)
            if len(readings) == 1:
                frequent[readings[0]].append((count, word))
    return {sound: max(found)[1] for sound, found in frequent.items()}
