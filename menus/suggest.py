"""Did you mean: the one place that guesses what an author wanted to write."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from itertools import islice

from menus.problems import Bilingual

_MOST_LISTED = 12
#: Comparing with more names than this takes longer than an author waits.
_MOST_COMPARED = 1000


def closest(written: str, known: Collection[str]) -> str | None:
    """Return the known word most like the written one, or None when none is like it."""
    if len(known) > _MOST_COMPARED:
        return None
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    folded = written.strip().casefold().replace("-", "_").replace(" ", "_")[:80]
    if folded in by_folded:
        return by_folded[folded]
    matches = get_close_matches(folded, list(by_folded), n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(written: str, known: Collection[str]) -> Bilingual | None:
    """Return a question that ends an error message, or None when nothing known is like what was written."""
    match = closest(written, known)
    return Bilingual(f"您是不是想写 {match}？", f"did you mean {match}?") if match else None


def one_of(written: str, known: Collection[str]) -> Bilingual:
    """Return the likeliest word, or all that would be right."""
    listed = [*islice(known, _MOST_LISTED), *(["…"] if len(known) > _MOST_LISTED else [])]
    return did_you_mean(written, known) or Bilingual(f"可以写：{'、'.join(listed)}", f"one of: {', '.join(listed)}")
