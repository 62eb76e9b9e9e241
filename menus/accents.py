"""Mandarin as it sounds to ears and from mouths all over the country: sounds that many accents do not tell apart.

Merged are n/l and r/l, f/h (also 灰 and 飞, hu before a vowel and f), zh/z, ch/c, sh/s, and -n/-ng after a, e and i.
Tones are left out: the telephone and haste take them.
"""

from __future__ import annotations

import re
from functools import lru_cache

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_INITIAL = re.compile(r"zh|ch|sh|[bpmfdtnlgkhjqxrzcs]")
_MERGED_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "f": "h"}
_FINAL_NASAL = re.compile(r"([aei])ng$")
#: Finals behind h whose u many say as f: huang and fang, hui and fei, hun and fen.
_AFTER_H = {"ua": "a", "uang": "ang", "uan": "an", "uai": "ai", "ui": "ei", "un": "en", "uo": "o"}


@lru_cache(maxsize=8192)
def merged_sound(text: str) -> str:
    """Return the Chinese in a text as merged pinyin, such as `lan hai`; texts that sound alike give the same.

    Other letters and signs are left out; the answer is empty for a text without Chinese.
    """
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a moment to load, and loading menus must not wait

    syllables = (
        syllable for run in _HAN.findall(text) for syllable in lazy_pinyin(run, style=Style.NORMAL, v_to_u=True)
    )
    return " ".join(_merged(syllable) for syllable in syllables)


def _merged(syllable: str) -> str:
    match = _INITIAL.match(syllable)
    initial = match[0] if match else ""
    final = syllable[len(initial) :]
    initial = _MERGED_INITIALS.get(initial, initial)
    if initial == "h":
        final = _AFTER_H.get(final, final)
    return initial + _FINAL_NASAL.sub(r"\1n", final)
