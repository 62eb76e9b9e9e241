"""Did you mean: the one place that guesses what an author wanted to write."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(written: str, known: Iterable[str]) -> str | None:
    """Return the known word most like the written one, or None when none is like it."""
    candidates = sorted(set(known))
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    folded = written.strip().casefold().replace("-", "_").replace(" ", "_")
    if folded in by_folded:
        return by_folded[folded]
    matches = get_close_matches(folded[:80], list(by_folded), n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return a clause in two languages to end an error message with, or an empty text."""
    match = closest(written, known)
    return f"您是不是想写 {match}？/ did you mean {match}?" if match else ""
