"""Words as the phonemes on which the Kokoro voice was trained: misaki's notation, tones as arrows.

Scripts may be mixed: hanzi inside English are said in Mandarin, Latin words inside Mandarin in English, and capitals
letter by letter, so that nothing that is written is passed over in silence.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jieba  # type: ignore[import-untyped]
from misaki.espeak import EspeakFallback  # type: ignore[import-untyped]
from misaki.zh import ZHG2P  # type: ignore[import-untyped]
from pypinyin import Style, lazy_pinyin

_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff〇]"
_LATIN = r"[A-Za-zÀ-ɏ]"
_RUN = re.compile(
    rf"(?P<han>{_HAN}+)|(?P<latin>{_LATIN}(?:[{_LATIN[1:-1]}'’ -]*{_LATIN})?)|(?P<digit>\d)|(?P<other>.)", re.DOTALL
)
_ENGLISH = re.compile(rf"(?P<han>{_HAN}+)|(?P<latin>[^{_HAN[1:-1]}]+)", re.DOTALL)
#: Capitals to be spelled: in Mandarin any short word of them, in English only those that stand apart.
_ACRONYM = re.compile(r"\b(?!OK\b)[A-Z]{1,6}\b")
_APART = re.compile(r"\b[A-Z](?: [A-Z])+\b|\b[B-HJ-Z]\b")
_MARKS = str.maketrans("，、。．！？；：“”（）", ',,..!?;:""()')
_DIGITS = "零一二三四五六七八九"
_DIGITS_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: Names of the letters A to Z.
_LETTER_NAMES = """
    ˈA bˈi sˈi dˈi ˈi ˈɛf ʤˈi ˈAʧ ˈI ʤˈA kˈA ˈɛl ˈɛm
    ˈɛn ˈO pˈi kjˈu ˈɑɹ ˈɛs tˈi jˈu vˈi dˈʌbᵊlju ˈɛks wˈI zˈi
"""
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _LETTER_NAMES.split(), strict=True))


class Phonemizer:
    """Turns words into phonemes. Loading takes about a second, for the dictionary of Chinese words.

    Args:
        cache: folder in which that dictionary is kept in a form that loads faster.
    """

    def __init__(self, cache: Path) -> None:
        jieba.setLogLevel(logging.WARNING)
        self._words = jieba.Tokenizer()
        # Its own choice is the folder for temporary files, where anybody could put another one.
        self._words.tmp_dir = str(cache)
        self._words.initialize()
        self._english: Any = EspeakFallback(british=False)

    def phonemes(self, text: str, language: str) -> str:
        """The phonemes of the text, with marks of pause between them."""
        said = self._in_english(text) if language == "en" else self._in_mandarin(text)
        return re.sub(r"\s+", " ", re.sub(r"\s+(?=[,.!?;:])", "", said)).strip()

    def _in_mandarin(self, text: str) -> str:
        said = []
        for run in _RUN.finditer(text):
            if han := run["han"]:
                said.append(self._mandarin_words(han))
            elif latin := run["latin"]:
                said.append(f" {self._latin(latin, _ACRONYM)} ")
            elif digit := run["digit"]:
                said.append(self._mandarin_words(_DIGITS[int(digit)]) if digit.isdecimal() else "")
            else:
                mark = run["other"].translate(_MARKS)
                said.append(f"{mark} " if mark in ",.!?;:" else mark)
        return "".join(said)

    def _in_english(self, text: str) -> str:
        text = re.sub(r"\d", lambda digit: f" {_DIGITS_ENGLISH[int(digit[0])]} ", text.translate(_MARKS))
        return " ".join(
            self._mandarin_words(run["han"]) if run["han"] else self._latin(run["latin"], _APART)
            for run in _ENGLISH.finditer(text)
        )

    def _mandarin_words(self, text: str) -> str:
        """Hanzi, word by word: the words decide how characters with several readings are read."""
        return " ".join(self._mandarin_word(word) for word in self._words.cut(text.replace("〇", "零")))

    def _mandarin_word(self, word: str) -> str:
        syllables = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
        return "".join(str(ZHG2P.py2ipa(syllable)) for syllable in syllables).replace("\u032f", "")

    def _latin(self, text: str, spelled: re.Pattern[str]) -> str:
        said = []
        end = 0
        for letters in spelled.finditer(text):
            said.append(self._english_words(text[end : letters.start()]))
            said += [_LETTERS[letter] for letter in letters[0] if letter != " "]
            end = letters.end()
        said.append(self._english_words(text[end:]))
        return " ".join(part for part in said if part)

    def _english_words(self, text: str) -> str:
        if not re.search(_LATIN, text):
            return text.strip()
        said, _ = self._english(SimpleNamespace(text=text.strip()))
        return re.sub(r"\([a-z-]+\)", "", str(said or ""))
