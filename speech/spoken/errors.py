"""What can go wrong when a value is to be spoken. Values never fail: only what the programme asks for can be wrong.

ValueError
├── LanguageNotSpokenError   no rules for this language; the caller of `say` falls back to digits or to another language
└── UnknownSayAsError        not one of SAY_AS
"""

from __future__ import annotations


class LanguageNotSpokenError(ValueError):
    """There are no rules for speaking values in this language.

    Attributes:
        language: the code that was asked for.
    """

    def __init__(self, language: str) -> None:
        super().__init__(f"no spoken form of values in language {language!r}")
        self.language = language


class UnknownSayAsError(ValueError):
    """The way of saying is none that exists."""

    def __init__(self, say_as: str) -> None:
        super().__init__(f"unknown way of saying: {say_as!r}")
        self.say_as = say_as
