"""Sums of money in English: twelve point five yuan."""

from __future__ import annotations

from speech.spoken.en import numbers
from speech.spoken.values import Number


def money(yuan: Number) -> str:
    """Yuan as a decimal number: foreigners seldom know jiao and fen."""
    return f"{numbers.number(yuan)} yuan"
