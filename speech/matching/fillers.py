"""Sounds that mean nothing: they never interrupt a prompt and never choose anything."""

from __future__ import annotations

import re

_FILLERS = {
    "zh": frozenset("嗯恩唔啊呀哎唉诶欸喂餵哦喔噢呃额哼咳嘿哈呵噗唷哟啦吧嘛那这個个我的"),
    "en": frozenset(("um", "uh", "er", "erm", "hm", "hmm", "mm", "mhm", "ah", "oh", "hey", "hello", "you", "ugh")),
    "ko": frozenset(("음", "어", "아", "저", "그", "네", "여보세요")),
}
_PUNCTUATION = re.compile(r"[\W_]+")
#: Longest text that can be nothing but fillers, in syllables or words.
_MOST = 12


def is_filler(text: str, language: str) -> bool:
    """Whether a text is made of fillers only. An empty text is not a filler."""
    code = language.partition("-")[0]
    words = _PUNCTUATION.sub(" ", text.lower()).split()
    parts = list("".join(words)) if code == "zh" else words
    return 0 < len(parts) <= _MOST and all(part in _FILLERS.get(code, frozenset()) for part in parts)
