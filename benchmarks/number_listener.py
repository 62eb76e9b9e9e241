"""A listener that knows that a number is said, as a caller does, but neither which nor of what kind nor how long.

Whisper may only write what numbers, days, times and sums are said with, and the counting is done by ear: of its best
readings the first one counts that has a syllable at least for every burst of sound, and no more than anybody could say
in the time. So it neither folds rows nor goes on with them for ever. A long row is heard in the stretches between its
own pauses, a few groups at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from audio import level
from audio.pcm import Pcm
from audio.resample import resample

#: What numbers are said with, as Whisper writes it: 要 is how it hears 幺.
CHARACTERS = "零〇一二三四五六七八九十百千万萬亿億幺要叉两兩半点點整年月日号號时時分秒元块塊角毛上下午凌晨早晚中"
#: Written between groups; no syllables.
MARKS = "，。、"
#: In the style in which values are written down; none of the benchmark's.
STYLE = "请记号码：三七幺五零二，四六八九，幺零零叉。一九八五年十月六日，下午四点二十九分。两万七千零三十元五角。"
_RATE = 16_000
_FEWEST_FRAMES, _STEP_FRAMES, _MOST_FRAMES = 600, 300, 3000
_EDGE_MS = 200.0
#: From this silence on it is a pause between groups; so long a stretch is heard at once.
_PAUSE_MS, _LONGEST_MS, _KEEP_MS = 200.0, 4500.0, 30.0
#: So many readings are looked at.
_READINGS = 8
#: Silence that parts two bursts of sound, and what is too short to be a syllable.
_BETWEEN_BURSTS_MS, _SHORTEST_BURST_MS = 20.0, 80.0
#: What is shorter is one syllable, and in what is longer nobody says more of them than one in so long a time.
_ONE_SYLLABLE_MS, _SHORTEST_SYLLABLE_MS = 420.0, 140.0
_MOST_TOKENS_OF_SYLLABLE = 1.5


class NumberListener:
    """Writes numbers in words. Loading takes a second and starts threads: do not fork after.

    It computes in 32-bit floats, as `speech.transcribe` does, so that it hears the same on every processor.

    Args:
        model: folder of an installed Whisper model.
        threads: processor threads for one stretch.
    """

    def __init__(self, model: Path, threads: int = 2) -> None:
        # Heavy: only who listens pays for it.
        from faster_whisper import WhisperModel  # type: ignore[import-untyped]

        self._whisper = WhisperModel(
            str(model), device="cpu", compute_type="float32", cpu_threads=threads, local_files_only=True
        )
        self._tokenizer = self._whisper.hf_tokenizer
        special = ("<|startofprev|>", "<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>")
        before, *start = (int(self._tokenizer.token_to_id(name)) for name in special)
        self._prompt = [before, *self._tokens_of(STYLE), *start]
        self._forbidden = self._all_tokens_but(CHARACTERS + MARKS)

    def hear(self, sound: Pcm) -> str:
        """What was said, in characters; empty for silence."""
        return "".join(self._written(stretch) for stretch in stretches(sound))

    def _tokens_of(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _all_tokens_but(self, characters: str) -> list[int]:
        """Every token but those that spell these, one or several at a time, and the end."""
        end = int(self._tokenizer.token_to_id("<|endoftext|>"))
        kept = {end, *(token for char in characters for token in self._tokens_of(char))}
        kept |= {token for token in range(end) if set(self._tokenizer.decode([token])) <= set(characters)}
        return [token for token in range(self._tokenizer.get_vocab_size()) if token not in kept]

    def _written(self, sound: Pcm) -> str:
        """The likeliest reading that has as many syllables as were heard; the likeliest of all if none has."""
        least, most = syllables_heard(sound)
        (result,) = self._whisper.model.generate(
            self._encoded(sound),
            [self._prompt],
            beam_size=_READINGS,
            num_hypotheses=_READINGS,
            max_length=len(self._prompt) + round(most * _MOST_TOKENS_OF_SYLLABLE),
            suppress_blank=False,
            suppress_tokens=self._forbidden,
        )
        readings: list[str] = [
            self._tokenizer.decode(tokens, skip_special_tokens=True).strip() for tokens in result.sequences_ids
        ]
        fitting = (text for text in readings if least <= syllables(text) <= most)
        return next(fitting, readings[0])

    def _encoded(self, sound: Pcm) -> Any:
        edge = Pcm.silence(_EDGE_MS, sound.rate)
        around = resample(Pcm.concat([edge, sound, edge]), _RATE)
        features = self._whisper.feature_extractor(around.to_floats().astype(np.float32), padding=0)
        used = min(features.shape[1], _MOST_FRAMES)
        frames = max(_FEWEST_FRAMES, -(-used // _STEP_FRAMES) * _STEP_FRAMES)
        padded = np.full((features.shape[0], frames), features.min(), dtype=np.float32)
        padded[:, :used] = features[:, :used]
        return self._whisper.encode(padded)


def stretches(sound: Pcm) -> list[Pcm]:
    """The sound cut at pauses, into pieces of about equal length that are short enough to be heard at once."""
    groups: list[list[float]] = []
    for start, end in level.sounds(sound):
        if groups and start - groups[-1][1] < _PAUSE_MS:
            groups[-1][1] = end
        else:
            groups.append([start, end])
    if not groups:
        return []
    pieces = max(1, -(-int(groups[-1][1] - groups[0][0]) // int(_LONGEST_MS)))
    each = -(-len(groups) // pieces)
    parts = [groups[place : place + each] for place in range(0, len(groups), each)]
    return [sound.cut(part[0][0] - _KEEP_MS, part[-1][1] + _KEEP_MS) for part in parts]


def syllables(text: str) -> int:
    """Syllables of a reading; -1 if there is anything in it that no number is said with, such as half a character."""
    return sum(char in CHARACTERS for char in text) if set(text) <= set(CHARACTERS + MARKS) else -1


def syllables_heard(sound: Pcm) -> tuple[int, int]:
    """How many syllables a sound has at least, one for each burst, and at most."""
    lengths = [
        end - start for start, end in level.sounds(sound, join_ms=_BETWEEN_BURSTS_MS, shortest_ms=_SHORTEST_BURST_MS)
    ]
    most = sum(1 if length < _ONE_SYLLABLE_MS else round(length / _SHORTEST_SYLLABLE_MS) for length in lengths)
    return len(lengths), max(1, most)
