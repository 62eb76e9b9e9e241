"""The one door to spoken values."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

from speech.spoken.en import English
from speech.spoken.errors import LanguageNotSpokenError, UnknownSayAsError
from speech.spoken.zh import Mandarin

#: How a value may be said; the same words as in the menu language.
SAY_AS = (
    "text",
    "digits",
    "number",
    "ordinal",
    "date",
    "moment",
    "time",
    "duration",
    "money",
    "phone",
    "id",
    "name",
    "list",
)


class SpokenLanguage(Protocol):
    """What each language offers."""

    def say(self, value: Any, say_as: str, following: str = "", now: str = "") -> str:
        """The value in words; total."""


class Speaker:
    """Says JSON values in words of a language. Made once by the programme; it holds no state but a cache of texts.

    Args:
        weekday: whether complete dates are followed by their weekday.
        remember: how many running texts are kept with their spoken form, so that those of menus cost nothing in a call.
            Typed values, such as identity numbers, are not kept.
    """

    def __init__(self, weekday: bool = False, remember: int = 2048) -> None:
        self._languages: dict[str, SpokenLanguage] = {"zh": Mandarin(weekday), "en": English(weekday)}
        self._remembered = lru_cache(maxsize=remember)(self._text)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that can be spoken; `zh-CN` counts as `zh`."""
        return tuple(self._languages)

    def say(self, value: Any, say_as: str = "text", language: str = "zh", *, following: str = "", now: str = "") -> str:
        """The value in words of the language, free of digits and signs, with ，。；：？！、 as pauses.

        Args:
            value: JSON data; None is silence (an empty string). A value that is not what `say_as` names is said as
                text.
            say_as: one of `SAY_AS`. Dates are ISO 8601 (also `YYYYMMDD` and `YYYY-MM`), times `HH:MM`, durations
                seconds, money yuan.
            language: language code; a region is passed over.
            following: the words right behind the value, so that 2 before 件 becomes 两.
            now: when it is said, ISO 8601 with offset, so that a `moment` of the day before becomes 昨天. Without it, a
                moment is said as a date.

        Raises:
            LanguageNotSpokenError: there are no rules for the language.
            UnknownSayAsError: `say_as` is not in `SAY_AS`.
        """
        if say_as not in SAY_AS:
            raise UnknownSayAsError(say_as)
        code = language.lower().replace("_", "-").split("-")[0]
        if code not in self._languages:
            raise LanguageNotSpokenError(language)
        if say_as == "text" and isinstance(value, str):
            return self._remembered(value, code)
        return self._languages[code].say(value, say_as, following, now)

    def _text(self, text: str, code: str) -> str:
        return self._languages[code].say(text, "text")
