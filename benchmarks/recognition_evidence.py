"""Evidence of every utterance of the corpus, gathered once and kept beside it: recognising is what takes the time.

Each utterance is cut out of its silence by the same turn taking as in a call.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from audio.pcm import Samples
from benchmarks.recognition_corpus import Utterance
from speech.recognisers.base import RATE, Evidence, Expected, HeardText, Recogniser
from speech.turns.taker import Ended, Murmur, Patience, TurnTaker
from speech.turns.voice import VoiceDetector, VoiceModel

_BEFORE_MS, _BEHIND_MS = 700, 1200
#: Level of a quiet line, as an integer sample.
_LINE_NOISE = 6.0


@dataclass(frozen=True)
class Case:
    """An utterance and what was heard of it.

    Attributes:
        evidence: None if turn taking found no speech in it.
        seconds: length of what was cut out.
        cpu_s: processor time that recognising took.
    """

    utterance: Utterance
    evidence: Evidence | None
    seconds: float
    cpu_s: float


def cases(
    utterances: Sequence[Utterance], recogniser: Callable[[], Recogniser], kept: Path, told: Callable[[], None]
) -> list[Case]:
    """The evidence of every utterance.

    Args:
        recogniser: loads the engine, if it is needed.
        kept: file of what was gathered before; one JSON object a line.
        told: called after every utterance.
    """
    known = {entry["key"]: entry for entry in map(json.loads, _lines(kept))}
    model, engine = VoiceModel(), None
    found = []
    with kept.open("a", encoding="utf-8") as file:
        for utterance in utterances:
            phrases = tuple(phrase for wordings in utterance.options.values() for phrase in wordings)
            key = hashlib.sha256(utterance.sound.to_bytes() + "|".join(phrases).encode()).hexdigest()[:24]
            if key not in known:
                engine = engine or recogniser()
                known[key] = {"key": key, **_gathered(utterance, phrases, engine, model)}
                file.write(json.dumps(known[key], ensure_ascii=False) + "\n")
            found.append(_case(utterance, known[key]))
            told()
    return found


def _gathered(
    utterance: Utterance, phrases: tuple[str, ...], engine: Recogniser, model: VoiceModel
) -> dict[str, object]:
    cut = cut_out(utterance.sound.samples, model)
    if cut is None:
        return {"evidence": None, "seconds": 0.0, "cpu_s": 0.0}
    began = time.process_time()
    recognition = engine.start(Expected(utterance.language, "phrases", phrases))
    recognition.accept(cut)
    evidence = recognition.finish()
    return {"evidence": asdict(evidence), "seconds": len(cut) / RATE, "cpu_s": time.process_time() - began}


def cut_out(sound: Samples, model: VoiceModel) -> Samples | None:
    """The first utterance in a sound as a call has it; None if there is none."""
    source = np.random.default_rng(len(sound))
    whole = np.concatenate([np.zeros(_BEFORE_MS * 8), sound, np.zeros(_BEHIND_MS * 8)])
    noisy = (whole + source.normal(0, _LINE_NOISE, len(whole))).clip(-32768, 32767).astype(np.int16)
    for event in TurnTaker(VoiceDetector(model), Patience()).accept(noisy):
        if isinstance(event, (Ended, Murmur)):
            return event.utterance
    return None


def _lines(path: Path) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from file


def _case(utterance: Utterance, entry: dict[str, object]) -> Case:
    stored = entry["evidence"]
    evidence = None
    if isinstance(stored, dict):
        texts = tuple(HeardText(**text) for text in stored["texts"])
        hinted = HeardText(**stored["hinted"]) if stored["hinted"] else None
        evidence = Evidence(texts, stored["scores"], stored["speech"], hinted)
    return Case(utterance, evidence, float(str(entry["seconds"])), float(str(entry["cpu_s"])))
